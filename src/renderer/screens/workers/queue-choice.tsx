import { useState } from 'react'
import { type PoolSystem, poolSystems } from '../../../domain/pool.ts'
import { parseQueueKey, queueKey } from '../../../domain/queue.ts'
import { guessHandler } from '../../components/guess-handler.model.ts'
import { SystemIcon, systemLabel } from '../../components/system-label.tsx'
import { useConnectionTelemetry } from '../../state/telemetry.ts'
import { formatCompact } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { type PoolForm, poolQueue, usualPrefixes } from './start-pool.model.ts'

interface QueueChoiceProps {
  form: PoolForm
  problem: string | undefined
  /** Another queue asks for another handler. */
  change(next: Partial<PoolForm>): void
}

const byName = 'by-name'

const hints: Record<PoolSystem, string> = {
  'plain-list': 'A plain list: producers push jobs to its key.',
  'http-jobs': 'HTTP jobs: each is a call to the URL that it names.',
  bull: 'Bull: its own library works on it, within Sluice.',
  bullmq: 'BullMQ: its own library works on it, within Sluice.',
  'request-tracker': 'Tracked requests: each is answered by a call to the local API.',
}

/** One of the queues that are there and that pools can work on, or another by its name. The handler follows. */
export function QueueChoice({ form, problem, change }: QueueChoiceProps) {
  const [naming, setNaming] = useState(false)
  const telemetry = useConnectionTelemetry(form.connectionId)
  const queues = [...(telemetry?.queues.values() ?? [])].filter(({ queue }) => poolQueue(queue) !== null)
  const { system, queuePrefix: prefix, queueName: name } = form
  const key = queueKey({ system, prefix, name })
  const listed = queues.some(({ queue }) => queueKey(queue) === key)
  // A queue that was chosen once and is not there now is shown by its name.
  const named = naming || (name !== '' && !listed)
  const choose = (next: string) => {
    setNaming(next === byName)
    const parsed = parseQueueKey(next)
    const queue = parsed === null ? null : poolQueue(parsed)
    if (queue === null) return change({ queueName: '', queuePrefix: usualPrefixes[system] })
    change({
      system: queue.system,
      queueName: queue.name,
      queuePrefix: queue.prefix,
      handler: guessHandler(queue),
    })
  }
  const chooseSystem = (next: PoolSystem) =>
    change({ system: next, queuePrefix: usualPrefixes[next], handler: guessHandler({ system: next, prefix, name }) })
  return (
    <>
      <Field
        label="Queue"
        error={problem}
        hint={
          name === '' && !named ? 'Plain lists, HTTP jobs, Bull, BullMQ and requests of this connection' : hints[system]
        }
      >
        <Select
          label="Queue"
          placeholder="Choose a queue"
          value={named ? byName : listed ? key : null}
          onChange={choose}
          options={[
            ...queues.map(({ queue, kinds }) => ({
              value: queueKey(queue),
              label: (
                <span className="flex min-w-0 items-center gap-2">
                  <SystemIcon system={queue.system} />
                  <RedisText text={queue.name} truncate />
                  <span className="shrink-0 text-sm text-faint">{formatCompact(kinds.waiting ?? 0)} waiting</span>
                </span>
              ),
            })),
            { value: byName, label: 'Another, by name…' },
          ]}
        />
      </Field>
      {named && (
        <>
          <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
            <span className="text-sm font-medium text-muted">Its jobs are</span>
            <Segmented
              label="Its jobs are"
              value={system}
              onChange={chooseSystem}
              options={poolSystems.map((value) => ({ value, label: systemLabel(value) }))}
            />
          </div>
          <div className="grid grid-cols-[112px_1fr] gap-2">
            <Field label="Prefix">
              <Input mono value={prefix} onChange={(event) => change({ queuePrefix: event.target.value })} />
            </Field>
            <Field label="Name">
              <Input mono dir="auto" value={name} onChange={(event) => change({ queueName: event.target.value })} />
            </Field>
          </div>
        </>
      )}
    </>
  )
}
