import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import type { FailureGroup, Trait } from '../../../domain/failure.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { formatCount, formatPercent } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { traitShares } from './failures.model.ts'

/** As many places as may be asked about at once; a group that is in more of them is told by its largest. */
const mostPlaces = 200

interface GroupTraitsProps {
  group: FailureGroup
  onFind(trait: Trait): void
}

/** What the failing jobs of a group have in common that the others have not: where to look for the cause. */
export function GroupTraits({ group, onFind }: GroupTraitsProps) {
  const places = [...group.queues]
    .sort((one, other) => other.count - one.count)
    .slice(0, mostPlaces)
    .map(({ connectionId, queue, state }) => ({ connectionId, queue, state }))
  const { data, error, isPending, refetch } = useQuery(
    orpc.failures.traits.queryOptions({
      input: { signature: group.signature, places },
      staleTime: 60_000,
    }),
  )
  return (
    <section aria-label="What they share" className="mt-4">
      <h3 className="flex items-baseline gap-2 text-sm font-medium text-muted">
        What they share
        {data?.comparedWith != null && (
          <span className="text-xs font-normal text-faint">compared with {data.comparedWith}</span>
        )}
      </h3>
      {isPending ? (
        <div className="mt-1 flex flex-col gap-2">
          <p role="status" className="text-muted">
            Comparing up to 2,000 of them with jobs of the same queues that succeed
          </p>
          <Skeleton className="h-3 w-96 max-w-full" />
          <Skeleton className="h-3 w-72 max-w-full" />
        </div>
      ) : error !== null ? (
        <div className="mt-1">
          <Notice
            tone="bad"
            action={
              <Button size="small" onClick={() => void refetch()}>
                Try again
              </Button>
            }
          >
            These jobs could not be compared. {errorSentence(error)}
          </Notice>
        </div>
      ) : data.comparedWith === null ? (
        <p className="mt-1 text-muted">
          There is nothing to compare them with: no job of these queues succeeded or waits.
        </p>
      ) : data.traits.length === 0 ? (
        <p className="mt-1 text-muted">Nothing in their payloads stands out: the others look the same.</p>
      ) : (
        <ul className="mt-1 flex max-w-240 flex-col">
          {data.traits.map((trait) => (
            <TraitRow key={trait.filter} trait={trait} onFind={() => onFind(trait)} />
          ))}
        </ul>
      )}
    </section>
  )
}

function TraitRow({ trait, onFind }: { trait: Trait; onFind(): void }) {
  const { path, value, failing, failingOf, others, othersOf } = trait
  const shares = traitShares(trait)
  return (
    <li className="flex min-h-9 items-center gap-4 border-b border-line/60 py-1 last:border-b-0">
      <span
        className="flex w-32 shrink-0 flex-col gap-0.5 @max-[620px]:w-20"
        title={`${formatCount(failing)} of ${formatCount(failingOf)} failing jobs that were looked at, ${formatCount(others)} of ${formatCount(othersOf)} others`}
        aria-hidden
      >
        <Share share={shares.failing} fill="bg-kind-failed" />
        <Share share={shares.others ?? 0} fill="bg-kind-completed" />
      </span>
      <span className="max-h-20 min-w-0 flex-1 overflow-y-auto text-pretty">
        <strong className="font-semibold">{formatPercent(shares.failing)}</strong> of these have{' '}
        <RedisText text={path} mono className="text-muted" /> ={' '}
        <RedisText text={value} mono selectable className="font-semibold wrap-anywhere" />
        <span className="text-muted">
          {shares.others === null
            ? ''
            : others === 0
              ? '; none of the others'
              : `; ${formatPercent(shares.others)} of the others`}
        </span>
      </span>
      <Button size="small" icon={<Search size={12} aria-hidden />} title={plainVisible(trait.filter)} onClick={onFind}>
        Find these
      </Button>
    </li>
  )
}

function Share({ share, fill }: { share: number; fill: string }) {
  return (
    <span className="block h-1.5 overflow-hidden rounded-full bg-line">
      <span className={`block h-full origin-left rounded-full ${fill}`} style={{ transform: `scaleX(${share})` }} />
    </span>
  )
}
