import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { parseQueueKey, queueKey } from '../../../domain/queue.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { useConnectionTelemetry } from '../../state/telemetry.ts'
import { IconButton } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import type { CommandForm } from './command-form.model.ts'

const shareHints: Record<CommandForm['share'], string> = {
  together: 'Each process serves all queues, in their order.',
  strict: 'Each process serves one queue; the first get what they ask for before later ones.',
  weighted: 'Each process serves one queue; they are shared out by weight.',
}

interface CommandQueuesProps {
  form: CommandForm
  problem: string | undefined
  change(next: Partial<CommandForm>): void
}

/** What a command works on: which queues in which order, and how processes are shared out to them. */
export function CommandQueues({ form, problem, change }: CommandQueuesProps) {
  const telemetry = useConnectionTelemetry(form.connectionId)
  const { queues, share } = form
  const taken = new Set(queues.map(({ queue }) => queueKey(queue)))
  const free = [...(telemetry?.queues.values() ?? [])].filter(({ queue }) => !taken.has(queueKey(queue)))
  const swap = (place: number, other: number) => {
    const next = [...queues]
    const [one, two] = [next[place], next[other]]
    if (one === undefined || two === undefined) return
    next[place] = two
    next[other] = one
    change({ queues: next })
  }
  return (
    <fieldset className="mb-3 flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <legend className="contents">
          <span className="text-sm font-medium text-muted">Queues</span>
        </legend>
        <Segmented
          label="Share"
          value={share}
          onChange={(next) => change({ share: next })}
          options={[
            { value: 'together', label: 'Together' },
            { value: 'strict', label: 'Strict' },
            { value: 'weighted', label: 'Weighted' },
          ]}
        />
      </div>
      <p className="text-xs text-faint">{shareHints[share]}</p>
      {queues.length > 0 && (
        <ol aria-label="Queues" className="overflow-hidden rounded-md border border-line">
          {queues.map(({ queue, weight }, place) => (
            <li
              key={queueKey(queue)}
              className="flex h-8 min-w-0 items-center gap-1 border-b border-line/60 pr-1 pl-2 last:border-0"
            >
              <span className="w-5 shrink-0 text-sm text-faint">{place + 1}</span>
              <span className="min-w-0 flex-1">
                <QueueName queue={queue} />
              </span>
              {share === 'weighted' && (
                <span className="flex shrink-0 items-center gap-1.5 text-sm text-muted">
                  weight
                  <Input
                    inputMode="numeric"
                    aria-label={`Weight of queue ${place + 1}`}
                    value={weight}
                    onChange={(event) =>
                      change({
                        queues: queues.map((row, at) => (at === place ? { ...row, weight: event.target.value } : row)),
                      })
                    }
                    className="h-6! w-14!"
                  />
                </span>
              )}
              <IconButton
                label="Earlier"
                icon={<ArrowUp size={13} aria-hidden />}
                type="button"
                disabled={place === 0}
                onClick={() => swap(place, place - 1)}
              />
              <IconButton
                label="Later"
                icon={<ArrowDown size={13} aria-hidden />}
                type="button"
                disabled={place === queues.length - 1}
                onClick={() => swap(place, place + 1)}
              />
              <IconButton
                label="Take it out"
                icon={<X size={13} aria-hidden />}
                type="button"
                onClick={() => change({ queues: queues.filter((_, at) => at !== place) })}
              />
            </li>
          ))}
        </ol>
      )}
      <Select
        label="Add a queue"
        placeholder={free.length === 0 ? 'No other queue is known on this connection' : 'Add a queue…'}
        value={null}
        disabled={free.length === 0}
        invalid={problem !== undefined}
        onChange={(key: string) => {
          const queue = parseQueueKey(key)
          if (queue !== null) change({ queues: [...queues, { queue, weight: '1' }] })
        }}
        options={free.map(({ queue }) => ({ value: queueKey(queue), label: <QueueName queue={queue} /> }))}
      />
      <span role={problem === undefined ? undefined : 'alert'} className="min-h-4 text-xs text-bad">
        {problem}
      </span>
    </fieldset>
  )
}
