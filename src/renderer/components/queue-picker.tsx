import { type KeyboardEvent, type RefObject, useMemo, useState } from 'react'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import { useConnectionTelemetry } from '../state/telemetry.ts'
import { classNames } from '../ui/class-names.ts'
import { formatCompact } from '../ui/format.ts'
import { Field, Input } from '../ui/input.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { moveTargets } from './move-targets.model.ts'
import { SystemIcon } from './system-label.tsx'

interface QueuePickerProps {
  /** The connection whose queues are offered. */
  connectionId: string
  /** Where the jobs are; null where that is not one queue. */
  from: QueueRef | null
  /** Whether the jobs are in another connection than the queues. */
  elsewhere?: boolean
  value: QueueRef | null
  onChange(queue: QueueRef | null): void
  /** A double click on a queue. */
  onSubmit?(): void
  input?: RefObject<HTMLInputElement | null>
  /** Rows of the list that are seen at once. */
  rows?: 4 | 8
}

/** Chooses the queue that jobs go to: one of the same system, or a new one by its name. */
export function QueuePicker(props: QueuePickerProps) {
  const { connectionId, from, elsewhere, value, onChange, onSubmit, input, rows = 8 } = props
  const telemetry = useConnectionTelemetry(connectionId)
  const [name, setName] = useState('')
  const queues = telemetry?.queues
  const known = useMemo(() => Array.from(queues?.values() ?? [], ({ queue }) => queue), [queues])
  const targets = useMemo(() => moveTargets(known, from, name, elsewhere), [known, from, name, elsewhere])
  const at = value === null ? -1 : targets.findIndex(({ queue }) => queueKey(queue) === queueKey(value))
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    const next = targets[Math.max(0, Math.min(targets.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))]
    if (next !== undefined) onChange(next.queue)
  }
  return (
    <div>
      <Field
        label="To the queue"
        hint={from === null ? 'Type to find one.' : 'Type to find one, or to name a new one.'}
      >
        <Input
          ref={input}
          dir="auto"
          value={name}
          maxLength={500}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            const typed = event.target.value
            setName(typed)
            onChange(typed.trim() === '' ? null : (moveTargets(known, from, typed, elsewhere)[0]?.queue ?? null))
          }}
        />
      </Field>
      <ul
        aria-label="Queues"
        className={classNames('overflow-y-auto rounded-md border border-line p-1', rows === 4 ? 'h-30' : 'h-56')}
      >
        {targets.map(({ queue, isNew }, index) => (
          <li key={`${isNew} ${queueKey(queue)}`}>
            <button
              type="button"
              tabIndex={-1}
              aria-pressed={index === at}
              onClick={() => onChange(queue)}
              onDoubleClick={onSubmit}
              className={classNames(
                'flex h-7 w-full items-center gap-2 rounded-sm px-2 text-start',
                index === at ? 'bg-selected' : 'hover:bg-hover',
              )}
            >
              <SystemIcon system={queue.system} />
              <RedisText text={queue.name} truncate className="flex-1" />
              <span className="shrink-0 text-sm text-faint">
                {isNew ? 'new queue' : formatCompact(queues?.get(queueKey(queue))?.kinds.waiting ?? 0)}
              </span>
            </button>
          </li>
        ))}
        {targets.length === 0 && (
          <li className="px-2 py-4 text-center text-muted">
            {from === null
              ? 'No queue of this connection has that in its name.'
              : 'There is no such queue of this system here: type a name to make one.'}
          </li>
        )}
      </ul>
    </div>
  )
}
