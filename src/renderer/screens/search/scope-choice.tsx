import { ChevronsUpDown } from 'lucide-react'
import { type KeyboardEvent, useMemo, useState } from 'react'
import { type Kind, kinds, type QueueRef, queueKey, type SystemInfo } from '../../../domain/queue.ts'
import { kindLook } from '../../components/kind-look.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { useConnectionTelemetry } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCompact } from '../../ui/format.ts'
import { Input } from '../../ui/input.tsx'
import { Popover } from '../../ui/popover.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { Select } from '../../ui/select.tsx'

interface QueueScopeProps {
  connectionId: string
  queue: QueueRef | null
  onChange(queue: QueueRef | null): void
}

/** Queues listed at once; typing finds the others. */
const most = 100

/** All queues, or one of them: there may be a thousand, so they are found by typing. */
export function QueueScope({ connectionId, queue, onChange }: QueueScopeProps) {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      label="Queues to search"
      open={open}
      onOpenChange={setOpen}
      className="w-80"
      trigger={
        <Button
          aria-label={plainVisible(`Queue: ${queue === null ? 'all queues' : queue.name}`)}
          className="max-w-56 min-w-32 shrink! justify-between! font-normal!"
        >
          {queue === null ? 'All queues' : <QueueName queue={queue} />}
          <ChevronsUpDown size={12} className="text-faint" aria-hidden />
        </Button>
      }
    >
      <QueueList
        connectionId={connectionId}
        chosen={queue}
        onChoose={(next) => {
          onChange(next)
          setOpen(false)
        }}
      />
    </Popover>
  )
}

interface QueueListProps {
  connectionId: string
  chosen: QueueRef | null
  onChoose(queue: QueueRef | null): void
}

function QueueList({ connectionId, chosen, onChoose }: QueueListProps) {
  const telemetry = useConnectionTelemetry(connectionId)
  const [text, setText] = useState('')
  const [marked, setMarked] = useState(0)
  const queues = telemetry?.queues
  const matching = useMemo(() => {
    const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean)
    return [...(queues?.values() ?? [])].filter(({ queue }) => {
      const name = `${queue.name} ${queue.system} ${queue.prefix}`.toLocaleLowerCase()
      return words.every((word) => name.includes(word))
    })
  }, [queues, text])
  const listed: (QueueRef | null)[] = [
    ...(text.trim() === '' ? [null] : []),
    ...matching.slice(0, most).map(({ queue }) => queue),
  ]
  const at = Math.min(marked, listed.length - 1)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault()
      const one = listed[at]
      if (one !== undefined) onChoose(one)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setMarked(Math.max(0, Math.min(listed.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))))
    }
  }
  const same = (queue: QueueRef | null) => (queue && queueKey(queue)) === (chosen && queueKey(chosen))
  return (
    <>
      <div className="p-2 pb-1">
        <Input
          aria-label="Find a queue"
          placeholder="Find a queue"
          dir="auto"
          value={text}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setText(event.target.value)
            setMarked(0)
          }}
        />
      </div>
      <ul aria-label="Queues" className="max-h-80 overflow-y-auto p-1">
        {listed.map((queue, index) => (
          <li key={queue === null ? '' : queueKey(queue)}>
            <button
              type="button"
              tabIndex={-1}
              aria-pressed={same(queue)}
              onClick={() => onChoose(queue)}
              onPointerMove={() => setMarked(index)}
              ref={index === at ? (node) => node?.scrollIntoView({ block: 'nearest' }) : undefined}
              className={classNames(
                'flex h-7 w-full items-center gap-2 rounded-sm px-2 text-start',
                index === at && 'bg-selected',
              )}
            >
              <span className="min-w-0 flex-1">{queue === null ? 'All queues' : <QueueName queue={queue} />}</span>
              <span className="shrink-0 text-sm text-faint">
                {queue === null
                  ? formatCompact(matching.length)
                  : formatCompact(
                      Object.values(queues?.get(queueKey(queue))?.kinds ?? {}).reduce((sum, count) => sum + count, 0),
                    )}
              </span>
            </button>
          </li>
        ))}
        {listed.length === 0 && <li className="px-2 py-4 text-center text-muted">No queue is called that.</li>}
        {matching.length > most && (
          <li className="px-2 py-1 text-sm text-faint">
            {formatCompact(matching.length - most)} more: type to find them.
          </li>
        )}
      </ul>
    </>
  )
}

const every = '*'

interface StateScopeProps {
  systems: readonly SystemInfo[] | undefined
  queue: QueueRef | null
  state: string | null
  kind: Kind | null
  onState(state: string | null): void
  onKind(kind: Kind | null): void
}

/** All states, or one: of a queue in its system's own words, of all queues by our word for it. */
export function StateScope({ systems, queue, state, kind, onState, onKind }: StateScopeProps) {
  const dot = (of: Kind, label: string) => (
    <span className="flex items-center gap-2">
      <span className={classNames('size-2 shrink-0 rounded-full', kindLook[of].fill)} aria-hidden />
      {label}
    </span>
  )
  const all = { value: every, label: 'All states' }
  if (queue === null) {
    return (
      <Select
        label="State"
        value={kind ?? every}
        onChange={(next) => onKind(next === every ? null : (next as Kind))}
        options={[all, ...kinds.map((one) => ({ value: one, label: dot(one, kindLook[one].label) }))]}
        className="w-36 shrink-0"
      />
    )
  }
  const states = systems?.find(({ id }) => id === queue.system)?.states ?? []
  return (
    <Select
      label="State"
      value={state ?? every}
      onChange={(next) => onState(next === every ? null : next)}
      options={[all, ...states.map((one) => ({ value: one.id, label: dot(one.kind, one.label) }))]}
      className="w-36 shrink-0"
    />
  )
}
