import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { type QueueRef, queueKey } from '../../../domain/queue.ts'
import { useConnectionTelemetry } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCompact, formatCounted } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { moveTargets } from './move-targets.model.ts'

interface MoveDialogProps {
  connectionId: string
  from: QueueRef
  count: number
  busy: boolean
  onMove(to: QueueRef): void
  onClose(): void
}

/** Chooses the queue that jobs go to: one of the same system and connection, or a new one by its name. */
export function MoveDialog({ connectionId, from, count, busy, onMove, onClose }: MoveDialogProps) {
  const telemetry = useConnectionTelemetry(connectionId)
  const [name, setName] = useState('')
  const [marked, setMarked] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const queues = telemetry?.queues
  const targets = useMemo(
    () =>
      moveTargets(
        Array.from(queues?.values() ?? [], ({ queue }) => queue),
        from,
        name,
      ),
    [queues, from, name],
  )
  const at = Math.min(marked, targets.length - 1)
  const target = targets[at]
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    setMarked(Math.max(0, Math.min(targets.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))))
  }
  const submit = () => target !== undefined && !busy && onMove(target.queue)
  return (
    <Dialog
      open
      width="narrow"
      title={`Move ${formatCounted(count, 'job')}`}
      description="They go to the end of the other queue, payloads untouched."
      initialFocus={input}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={target === undefined} busy={busy} onClick={submit}>
            Move
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label="To the queue" hint="Type to find one, or to name a new one.">
          <Input
            ref={input}
            dir="auto"
            value={name}
            maxLength={500}
            onKeyDown={onKeyDown}
            onChange={(event) => {
              setName(event.target.value)
              setMarked(0)
            }}
          />
        </Field>
      </form>
      <ul aria-label="Queues" className="h-56 overflow-y-auto rounded-md border border-line p-1">
        {targets.map(({ queue, isNew }, index) => (
          <li key={`${isNew} ${queueKey(queue)}`}>
            <button
              type="button"
              tabIndex={-1}
              aria-pressed={index === at}
              onClick={() => setMarked(index)}
              onDoubleClick={submit}
              className={classNames(
                'flex h-7 w-full items-center gap-2 rounded-sm px-2 text-start',
                index === at ? 'bg-selected' : 'hover:bg-hover',
              )}
            >
              <RedisText text={queue.name} truncate className="flex-1" />
              <span className="shrink-0 text-sm text-faint">
                {isNew ? 'new queue' : formatCompact(queues?.get(queueKey(queue))?.kinds.waiting ?? 0)}
              </span>
            </button>
          </li>
        ))}
        {targets.length === 0 && (
          <li className="px-2 py-6 text-center text-muted">
            There is no other queue of this system here: type a name to make one.
          </li>
        )}
      </ul>
    </Dialog>
  )
}
