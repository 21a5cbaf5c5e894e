import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { handlerIds } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import type { Connection } from '../../state/connections.ts'
import { useRedisStats } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { AdvancedInputs, EvictionBox } from './advanced-inputs.tsx'
import { QueueChoice } from './queue-choice.tsx'
import { advancedFields, type PoolForm, poolProblems, startingForm, toPoolConfig } from './start-pool.model.ts'

interface StartPoolDialogProps {
  connections: readonly Connection[]
  connectionId: string | null
  onClose(): void
}

const handlerLabels = { email: 'E-mail', sms: 'SMS', http: 'HTTP call' }

/** Which queue, which handler, how many at a time; all else has a good default and is folded away. */
export function StartPoolDialog({ connections, connectionId, onClose }: StartPoolDialogProps) {
  const [form, setForm] = useState<PoolForm>({
    ...startingForm,
    connectionId: connectionId ?? connections[0]?.profile.id ?? '',
  })
  const [tried, setTried] = useState(false)
  const [advanced, setAdvanced] = useState(false)
  const redis = useRedisStats(form.connectionId)
  const connection = connections.find(({ profile }) => profile.id === form.connectionId)
  const start = useMutation(orpc.pools.start.mutationOptions({ onSuccess: onClose, meta: { quiet: true } }))
  const problems = poolProblems(form)
  const problem = (field: keyof PoolForm) => (tried ? problems[field] : undefined)
  const change = (next: Partial<PoolForm>) => setForm((before) => ({ ...before, ...next }))
  const number = (field: 'concurrency' | 'maxAttempts') => ({
    value: form[field],
    inputMode: 'numeric' as const,
    onChange: (event: { target: { value: string } }) => change({ [field]: event.target.value }),
    'aria-invalid': problem(field) !== undefined,
  })
  const submit = () => {
    setTried(true)
    if (advancedFields.some((field) => problems[field] !== undefined)) setAdvanced(true)
    if (Object.keys(problems).length === 0) start.mutate(toPoolConfig(form))
  }
  const mayEvict = redis?.policyCanEvictQueues === true || (start.isError && /\bevict/i.test(start.error.message))
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
            onChange={(next) => change({ connectionId: next, queueName: '', acceptsEviction: false })}
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
          <div className="-mt-4 mb-2">
            <Notice tone="warn">
              This connection is read-only now, and workers have to write.
              {connection.profile.environment === 'production' &&
                !connection.profile.readOnly &&
                ' Unlock it first; the button is at the top of its screens.'}
            </Notice>
          </div>
        )}
        <QueueChoice key={form.connectionId} form={form} problem={problem('queueName')} change={change} />
        <div className="mb-3 flex items-center justify-between">
          <span className="text-sm font-medium text-muted">Handler</span>
          <Segmented
            label="Handler"
            value={form.handler}
            onChange={(handler) => change({ handler })}
            options={handlerIds.map((value) => ({ value, label: handlerLabels[value] }))}
          />
        </div>
        <div className="grid grid-cols-2 gap-3">
          <Field label="At a time" error={problem('concurrency')} hint="jobs, 1 to 256">
            <Input {...number('concurrency')} />
          </Field>
          <Field
            label="Attempts"
            error={problem('maxAttempts')}
            hint={form.system === 'http-jobs' ? 'unless the job sets its own' : 'then it is a dead letter'}
          >
            <Input {...number('maxAttempts')} />
          </Field>
        </div>
        {mayEvict && (
          <div className="mt-1 mb-2">
            <Notice tone="warn">
              When its memory is full, this Redis may drop whole queues
              {redis?.policyCanEvictQueues === true && ` (maxmemory-policy ${redis.maxmemoryPolicy})`}. Set the policy
              to noeviction, or take the risk:
              <div className="mt-1">
                <EvictionBox form={form} change={change} />
              </div>
            </Notice>
          </div>
        )}
        <AdvancedInputs
          form={form}
          problem={problem}
          change={change}
          open={advanced}
          onOpen={setAdvanced}
          evictionAsked={mayEvict}
        />
        {start.isError && (
          <div className="mt-2">
            <Notice tone="bad" live>
              {errorSentence(start.error)}
            </Notice>
          </div>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
