import { Radio } from 'lucide-react'
import { useState } from 'react'
import type { LiveEvent } from '../../../domain/live.ts'
import { type QueueRef, queueKey } from '../../../domain/queue.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { useStream } from '../../api/use-stream.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatClock, formatCounted } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { addEvents, matching, toneOf } from './live-panel.model.ts'
import { openJobById } from './open-job-by-id.ts'

interface LivePanelProps {
  connectionId: string
  queue: QueueRef
}

/** What happens in a queue, the moment its library tells it; newest first. */
export function LivePanel({ connectionId, queue }: LivePanelProps) {
  const [events, setEvents] = useState<readonly LiveEvent[]>([])
  const [begun, setBegun] = useState(false)
  const [missed, setMissed] = useState(false)
  const [held, setHeld] = useState<readonly LiveEvent[] | null>(null)
  const [filter, setFilter] = useState('')
  const state = useStream(
    `live ${connectionId} ${queueKey(queue)}`,
    (signal) => client.queues.watch({ connectionId, queue }, { signal }),
    (batch) => {
      setBegun(true)
      setMissed((before) => before || batch.gap)
      setEvents((before) => addEvents(before, batch.events))
    },
  )
  const shown = matching(held ?? events, filter)
  const open = (id: string) =>
    void openJobById(connectionId, queue, id).catch((error: unknown) => toast.error(errorSentence(error)))
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-10 shrink-0 items-center gap-3 border-b border-line px-3">
        <FilterInput label="Filter events" value={filter} onChange={setFilter} className="w-52 min-w-20 shrink" />
        <span role="status" className="min-w-0 flex-1 truncate text-sm text-faint">
          {formatCounted(shown.length, 'event')}, newest first
        </span>
        <Button size="small" onClick={() => setHeld(held === null ? events : null)}>
          {held === null ? 'Hold still' : 'Go on'}
        </Button>
      </div>
      {state.phase === 'failed' && (
        <Notice tone="bad" flush live>
          What happens cannot be followed. {errorSentence(state.error)}
        </Notice>
      )}
      {missed && (
        <Notice tone="info" flush>
          More happened than can be shown, or the line was away for a moment: some events are missing here.
        </Notice>
      )}
      {!begun && state.phase !== 'failed' ? (
        <SkeletonRows rows={8} />
      ) : shown.length === 0 ? (
        <EmptyState icon={<Radio size={20} />} title={filter === '' ? 'Nothing has happened yet' : 'No event matches'}>
          Jobs that are added, taken, make progress and end appear here the moment the library tells it.
        </EmptyState>
      ) : (
        <ol aria-label="Events" className="min-h-0 flex-1 overflow-y-auto pb-4">
          {shown.map((event, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity of their own
            <li key={place} className="flex h-7 items-center gap-3 border-b border-line/60 px-3">
              <time className="w-16 shrink-0 text-sm text-faint">{formatClock(event.at)}</time>
              <span className="w-28 shrink-0">
                <Badge tone={toneOf(event.event)}>{event.event}</Badge>
              </span>
              <span className="flex w-44 shrink-0 items-center">
                {event.jobId === null ? (
                  <span className="text-faint">–</span>
                ) : (
                  <button
                    type="button"
                    onClick={() => open(event.jobId ?? '')}
                    className="flex max-w-full items-center hover:underline"
                  >
                    <RedisText text={event.jobId} mono truncate />
                  </button>
                )}
              </span>
              <span className="flex min-w-0 flex-1 items-center gap-2">
                {event.progress !== null && (
                  <>
                    <Meter
                      share={event.progress / 100}
                      label="Progress"
                      valueText={`${Math.round(event.progress)}%`}
                      className="w-16"
                    />
                    <span className="text-sm text-muted">{Math.round(event.progress)}%</span>
                  </>
                )}
                {event.detail !== null && event.progress === null && (
                  <RedisText text={event.detail} truncate className="text-muted" />
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
