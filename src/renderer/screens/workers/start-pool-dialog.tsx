import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { handlerIds } from '../../../domain/pool.ts'
import { parseQueueKey, queueKey } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import type { Connection } from '../../state/connections.ts'
import { useConnectionTelemetry } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCompact } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { guessHandler, type PoolForm, poolProblems, startingForm, toPoolConfig } from './start-pool.model.ts'

interface StartPoolDialogProps {
  connections: readonly Connection[]
  connectionId: string | null
  onClose(): void
}

const handlerLabels = { email: 'E-mail', sms: 'SMS' }
const byName = 'by-name'

/** Which queue, which handler, how many at a time. */
export function StartPoolDialog({ connections, connectionId, onClose }: StartPoolDialogProps) {
  const [form, setForm] = useState<PoolForm>({
    ...startingForm,
    connectionId: connectionId ?? connections[0]?.profile.id ?? '',
  })
  const [naming, setNaming] = useState(false)
  const [tried, setTried] = useState(false)
  const telemetry = useConnectionTelemetry(form.connectionId)
  const connection = connections.find(({ profile }) => profile.id === form.connectionId)
  const start = useMutation(orpc.pools.start.mutationOptions({ onSuccess: onClose, meta: { quiet: true } }))
  const problems = poolProblems(form)
  const problem = (field: keyof PoolForm) => (tried ? problems[field] : undefined)
  const change = (next: Partial<PoolForm>) => setForm((before) => ({ ...before, ...next }))
  const queues = [...(telemetry?.queues.values() ?? [])].filter(({ queue }) => queue.system === 'plain-list')
  const chosen = queues.find(({ queue }) => queue.name === form.queueName && queue.prefix === form.queuePrefix)
  const number = (field: 'concurrency' | 'maxAttempts' | 'retryDelay') => ({
    value: form[field],
    inputMode: 'decimal' as const,
    onChange: (event: { target: { value: string } }) => change({ [field]: event.target.value }),
    'aria-invalid': problem(field) !== undefined,
  })
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length === 0) start.mutate(toPoolConfig(form))
  }
  return (
    <Dialog
      open
      width="narrow"
      title="Start workers on this desktop"
      description="They take jobs at least once, put back what they did not finish, and stop without losing any."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={start.isPending}
            disabled={connection?.status.writable === false}
            onClick={submit}
          >
            Start
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-1"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label="Connection" error={problem('connectionId')}>
          <Select
            label="Connection"
            value={form.connectionId}
            onChange={(next) => change({ connectionId: next, queueName: '' })}
            options={connections.map(({ profile }) => ({
              value: profile.id,
              label: (
                <span className="flex items-center gap-2">
                  <RedisText text={profile.name} /> <EnvironmentTag environment={profile.environment} />
                </span>
              ),
            }))}
          />
        </Field>
        {connection?.status.writable === false && (
          <Notice tone="warn">
            This connection is read-only now, and workers have to write.
            {connection.profile.environment === 'production' &&
              !connection.profile.readOnly &&
              ' Unlock it first; the button is at the top of its screens.'}
          </Notice>
        )}
        <Field
          label="Queue"
          error={problem('queueName')}
          hint="A plain list: jobs are pushed to its key and taken from the other end."
        >
          <Select
            label="Queue"
            placeholder="Choose a queue"
            value={naming ? byName : chosen === undefined ? null : queueKey(chosen.queue)}
            onChange={(key) => {
              setNaming(key === byName)
              const queue = parseQueueKey(key)
              if (queue !== null)
                change({ queueName: queue.name, queuePrefix: queue.prefix, handler: guessHandler(queue) })
              else change({ queueName: '' })
            }}
            options={[
              ...queues.map(({ queue, kinds }) => ({
                value: queueKey(queue),
                label: (
                  <span className="flex items-center gap-2">
                    <RedisText text={queue.name} />{' '}
                    <span className="text-sm text-faint">{formatCompact(kinds.waiting ?? 0)} waiting</span>
                  </span>
                ),
              })),
              { value: byName, label: 'Another, by name…' },
            ]}
          />
        </Field>
        {naming && (
          <div className="grid grid-cols-[112px_1fr] gap-2">
            <Field label="Prefix">
              <Input mono value={form.queuePrefix} onChange={(event) => change({ queuePrefix: event.target.value })} />
            </Field>
            <Field label="Name">
              <Input
                mono
                dir="auto"
                value={form.queueName}
                onChange={(event) => change({ queueName: event.target.value })}
              />
            </Field>
          </div>
        )}
        <div className="mb-3 flex items-center justify-between">
          <span className="text-sm font-medium text-muted">Handler</span>
          <Segmented
            label="Handler"
            value={form.handler}
            onChange={(handler) => change({ handler })}
            options={handlerIds.map((value) => ({ value, label: handlerLabels[value] }))}
          />
        </div>
        <div className="grid grid-cols-3 gap-3">
          <Field label="At a time" error={problem('concurrency')} hint="jobs, 1 to 64">
            <Input {...number('concurrency')} />
          </Field>
          <Field label="Attempts" error={problem('maxAttempts')} hint="then dead letter">
            <Input {...number('maxAttempts')} />
          </Field>
          <Field label="Retry after" error={problem('retryDelay')} hint="seconds, growing">
            <Input {...number('retryDelay')} />
          </Field>
        </div>
        {start.isError && <Notice tone="bad">{errorSentence(start.error)}</Notice>}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
