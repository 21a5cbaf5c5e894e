import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Breach, type Channel, channelPolicies, channels, type Policy } from '../../../domain/policy.ts'
import type { QueueRef, StateInfo } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { expectsNothing, type PolicyForm, policyForm, policyProblems, toPolicy } from './policy-form.model.ts'

interface PolicyDialogProps {
  connectionId: string
  queue: QueueRef
  /** Undefined where the queue has none yet. */
  policy: Policy | undefined
  /** How the queue is outside of it now. */
  breaches: readonly Breach[]
  /** The states of the queue's system. */
  states: readonly StateInfo[] | undefined
  onClose(): void
}

/** What is expected of a queue: made from nothing or from a sample, changed, taken away. */
export function PolicyDialog({ connectionId, queue, policy, breaches, states, onClose }: PolicyDialogProps) {
  const [form, setForm] = useState(() => policyForm(policy))
  const [sample, setSample] = useState<Channel | null>(null)
  const [tried, setTried] = useState(false)
  const done = async () => {
    await queryClient.invalidateQueries({ queryKey: orpc.policies.key() })
    onClose()
  }
  const save = useMutation(orpc.policies.save.mutationOptions({ onSuccess: done, meta: { quiet: true } }))
  const remove = useMutation(orpc.policies.remove.mutationOptions({ onSuccess: done, meta: { quiet: true } }))
  const busy = save.isPending || remove.isPending
  const failure = save.error ?? remove.error
  const problems = policyProblems(form)
  const empty = expectsNothing(form)
  const submit = () => {
    setTried(true)
    if (!empty && !busy && Object.keys(problems).length === 0) {
      save.mutate({ connectionId, queue, policy: toPolicy(form) })
    }
  }
  const problem = (field: keyof PolicyForm) => (tried ? problems[field] : undefined)
  const input = (field: keyof PolicyForm) => ({
    value: form[field],
    inputMode: 'numeric' as const,
    onChange: (event: FormEvent<HTMLInputElement>) => {
      const { value } = event.currentTarget
      setForm((before) => ({ ...before, [field]: value }))
    },
    'aria-invalid': problem(field) !== undefined,
  })
  const keepsFailed = states === undefined || states.some(({ kind }) => kind === 'failed')
  return (
    <Dialog
      open
      title={
        <>
          Policy of <RedisText text={queue.name} />
        </>
      }
      description="What you expect of this queue, shown beside what it does. It is kept on this computer: nothing is written to Redis, and no worker obeys it."
      onClose={onClose}
      footer={
        <>
          {policy !== undefined && (
            <Button className="mr-auto" look="ghost" busy={busy} onClick={() => remove.mutate({ connectionId, queue })}>
              Remove the policy
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={busy} onClick={submit}>
            Save
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
        {breaches.length > 0 && (
          <div className="mb-2">
            <Notice tone="warn">
              {breaches.map(({ what, sentence }) => (
                <p key={what}>{sentence}</p>
              ))}
            </Notice>
          </div>
        )}
        <Field label="Start from a sample" hint="channels of a donation platform; then change what you like">
          <Select
            label="Start from a sample"
            placeholder="Choose a channel"
            value={sample}
            onChange={(channel) => {
              setSample(channel)
              setForm(policyForm(channelPolicies[channel]))
            }}
            options={channels.map((value) => ({ value, label: `as in channel ${value}` }))}
          />
        </Field>
        <div className="grid grid-cols-2 gap-x-3 gap-y-1">
          <Field label="Longest wait" error={problem('maxWaitSeconds')} hint="seconds until the next job is begun">
            <Input {...input('maxWaitSeconds')} />
          </Field>
          <Field
            label="Most failed jobs"
            error={problem('maxFailed')}
            hint={keepsFailed ? 'that stand there at a time' : 'not in Redis with this system: not measured'}
          >
            <Input {...input('maxFailed')} />
          </Field>
          <Field label="Timeout" error={problem('timeoutSeconds')} hint="seconds that one job may run">
            <Input {...input('timeoutSeconds')} />
          </Field>
          <Field label="Tries" error={problem('tries')} hint="of one job">
            <Input {...input('tries')} />
          </Field>
          <Field
            label="Back-off"
            error={problem('backoffSeconds')}
            hint="seconds before each retry"
            className="col-span-2"
          >
            <Input mono placeholder="30, 60, 120" {...input('backoffSeconds')} inputMode="text" />
          </Field>
          <Field label="Priority" error={problem('priority')} hint="1 to 10; 10 goes first">
            <Input {...input('priority')} />
          </Field>
          <Field label="Memory" error={problem('memoryMb')} hint="MB that a worker may use">
            <Input {...input('memoryMb')} />
          </Field>
        </div>
        <div role="status" className="flex flex-col gap-1">
          {tried && empty && <Notice tone="warn">Fill in at least one field.</Notice>}
          {failure !== null && <Notice tone="bad">{errorSentence(failure)}</Notice>}
        </div>
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
