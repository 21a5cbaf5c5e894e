import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import type { FailureGroup } from '../../../domain/failure.ts'
import { queueKey } from '../../../domain/queue.ts'
import { SystemIcon } from '../../components/system-label.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCompact, formatCount, formatPercent } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { barShare, placesOf } from './failures.model.ts'
import { GroupPlaces } from './group-places.tsx'

/** Chevron, cause, share, jobs, first, last. */
export const columns =
  'grid-cols-[32px_minmax(0,1fr)_112px_72px_96px_96px] gap-x-3 @max-[760px]:grid-cols-[32px_minmax(0,1fr)_64px_84px]'

/** Queues named in the row; the rest are counted. */
const mostNamed = 3

interface GroupRowProps {
  group: FailureGroup
  /** Jobs of the largest group. */
  largest: number
  /** Jobs of all groups. */
  scanned: number
  /** Say the connections: there may be several. */
  named: boolean
  active: boolean
  open: boolean
  onToggle(): void
  onRetried(): void
}

/** One cause; open it has the error as stored, and the jobs by queue. */
export const GroupRow = memo(function GroupRow(props: GroupRowProps) {
  const { group, largest, scanned, named, active, open, onToggle, onRetried } = props
  const { signature, count, firstAt, lastAt } = group
  const places = placesOf(group)
  // A queue of the same name in two connections is named once.
  const queues = [...new Map(places.map((place) => [queueKey(place.queue), place.queue])).values()]
  return (
    <li className="relative border-b border-line/60 [content-visibility:auto] [contain-intrinsic-size:auto_52px]">
      {active && <span aria-hidden className="absolute inset-y-0 left-0 z-10 w-0.5 bg-accent" />}
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className={classNames(
          'grid h-13 w-full items-center pr-3 text-start',
          columns,
          active ? 'bg-hover' : 'hover:bg-hover',
        )}
      >
        <span className="flex justify-end">
          <ChevronRight size={14} className={classNames('text-faint', open && 'rotate-90')} aria-hidden />
        </span>
        <span className="min-w-0">
          <RedisText text={signature} truncate className="font-medium" />
          <span className="flex h-5 min-w-0 items-center gap-3 text-sm text-muted">
            {queues.slice(0, mostNamed).map((queue, place) => (
              <span
                key={queueKey(queue)}
                className={classNames('flex min-w-0 items-center gap-1', place > 1 && '@max-[760px]:hidden')}
              >
                <SystemIcon system={queue.system} size={12} />
                <RedisText text={queue.name} truncate />
              </span>
            ))}
            {queues.length > mostNamed && (
              <span className="shrink-0 text-faint @max-[760px]:hidden">and {queues.length - mostNamed} more</span>
            )}
          </span>
        </span>
        <span className="flex items-center gap-2 @max-[760px]:hidden">
          <span className="h-1.5 flex-1 overflow-hidden rounded-full bg-line" aria-hidden>
            <span
              className="block h-full origin-left rounded-full bg-kind-failed"
              style={{ transform: `scaleX(${barShare(count, largest)})` }}
            />
          </span>
          <span className="w-8 text-end text-sm text-muted">{formatPercent(scanned === 0 ? 0 : count / scanned)}</span>
        </span>
        <span className="text-end font-medium" title={formatCount(count)}>
          {formatCompact(count)}
        </span>
        <span className="text-end text-sm whitespace-nowrap text-muted @max-[760px]:hidden">
          {firstAt === null ? '–' : <RelativeTime at={firstAt} />}
        </span>
        <span className="text-end text-sm whitespace-nowrap text-muted">
          {lastAt === null ? '–' : <RelativeTime at={lastAt} />}
        </span>
      </button>
      {open && (
        <div className="border-t border-line/60 bg-sunken py-3 pr-3 pl-11">
          <div className="max-h-48 overflow-auto rounded-md border border-bad/25 bg-bad/6 px-2 py-1.5">
            <RedisText text={group.example} mono lines selectable className="wrap-anywhere" />
          </div>
          <GroupPlaces places={places} named={named} onRetried={onRetried} />
        </div>
      )}
    </li>
  )
})
