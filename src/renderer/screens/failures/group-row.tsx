import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import type { FailureGroup } from '../../../domain/failure.ts'
import { queueKey } from '../../../domain/queue.ts'
import { SystemIcon } from '../../components/system-label.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCompact, formatCount } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { placesOf } from './failures.model.ts'
import { GroupDetails } from './group-details.tsx'

/** Chevron, cause, trend, share, jobs, first, last. */
export const columns =
  'grid-cols-[32px_minmax(0,1fr)_88px_112px_72px_92px_92px] gap-x-3 @max-[900px]:grid-cols-[32px_minmax(0,1fr)_72px_64px_84px]'

/** Queues named in the row; the rest are counted. */
const mostNamed = 3

interface GroupRowProps {
  group: FailureGroup
  /** Its part of all that was read, in words, and its bar beside that of the largest, in hundredths. */
  share: string
  bar: number
  /** Say the connections: there may be several. */
  named: boolean
  active: boolean
  open: boolean
  /** What the trend is over: "the last 24 h". */
  span: string
  onToggle(signature: string): void
}

/**
 * One cause; open it has the error as stored, and the jobs by queue. While failures are read all counts move: a row is
 * drawn again only where something that it shows did.
 */
export const GroupRow = memo(function GroupRow(props: GroupRowProps) {
  const { group, share, bar, named, active, open, span, onToggle } = props
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
        onClick={() => onToggle(signature)}
        className={classNames(
          'grid h-13 w-full scroll-mt-7 items-center pr-3 text-start',
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
                className={classNames('flex min-w-0 items-center gap-1', place > 1 && '@max-[900px]:hidden')}
              >
                <SystemIcon system={queue.system} size={12} />
                <RedisText text={queue.name} truncate />
              </span>
            ))}
            {queues.length > mostNamed && (
              <span className="shrink-0 text-faint @max-[900px]:hidden">and {queues.length - mostNamed} more</span>
            )}
          </span>
        </span>
        <span className="flex items-center">
          {group.trend.some((count) => count > 0) ? (
            <Sparkline
              values={group.trend}
              label={`Failures over ${span}`}
              width={72}
              height={20}
              tone="text-kind-failed"
            />
          ) : (
            <span className="text-faint" title="None of them says when it failed">
              –
            </span>
          )}
        </span>
        <span className="flex items-center gap-2 @max-[900px]:hidden">
          <span className="h-1.5 flex-1 overflow-hidden rounded-full bg-line" aria-hidden>
            <span
              className="block h-full origin-left rounded-full bg-kind-failed"
              style={{ transform: `scaleX(${bar})` }}
            />
          </span>
          <span className="w-8 text-end text-sm text-muted">{share}</span>
        </span>
        <span className="text-end font-medium" title={formatCount(count)}>
          {formatCompact(count)}
        </span>
        <span className="text-end text-sm whitespace-nowrap text-muted @max-[900px]:hidden">
          {firstAt === null ? '–' : <RelativeTime at={firstAt} />}
        </span>
        <span className="text-end text-sm whitespace-nowrap text-muted">
          {lastAt === null ? '–' : <RelativeTime at={lastAt} />}
        </span>
      </button>
      {open && <GroupDetails group={group} named={named} />}
    </li>
  )
})
