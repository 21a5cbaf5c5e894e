import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { PoolConfig, SavedPool } from '../../../domain/pool.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import type { Connection } from '../../state/connections.ts'
import { useRedisStats } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { focusFirstProblem } from '../../ui/focus-problem.ts'
import { Field } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { EvictionBox } from './advanced-inputs.tsx'
import { type Keeping, KeepingInputs } from './keeping-inputs.tsx'
import { PoolInputs } from './pool-inputs.tsx'
import {
  advancedFields,
  fromPoolConfig,
  type PoolForm,
  poolProblems,
  startingForm,
  toPoolConfig,
} from './start-pool.model.ts'

interface StartPoolDialogProps {
  connections: readonly Connection[]
  connectionId: string | null
  /** What the form begins with; undefined begins anew. */
  from: PoolConfig | undefined
  /** The saved pool that is edited. */
  saved: SavedPool | undefined
  /** Workers of these settings run already: they can be saved, not started. */
  runs: boolean
  onClose(): void
}

/** Which queue, which handler, how many at a time; all else has a good default and is folded away. */
export function StartPoolDialog({ connections, connectionId, from, saved, runs, onClose }: StartPoolDialogProps) {
  const [form, setForm] = useState<PoolForm>(() =>
    from === undefined
      ? { ...startingForm, connectionId: connectionId ?? connections[0]?.profile.id ?? '' }
      : fromPoolConfig(from),
  )
  const [keeping, setKeeping] = useState<Keeping>({
    save: saved !== undefined || runs,
    autostart: saved?.autostart ?? false,
  })
  /** Kept once it is saved, so that another try to start it does not save it twice. */
  const savedId = useRef(saved?.id ?? null)
  const [tried, setTried] = useState(false)
  const [advanced, setAdvanced] = useState(false)
  const redis = useRedisStats(form.connectionId)
  const connection = connections.find(({ profile }) => profile.id === form.connectionId)
  const production = connection?.profile.environment === 'production'
  const work = useMutation({
    meta: { quiet: true },
    mutationFn: async ({ start, config }: { start: boolean; config: PoolConfig }) => {
      if (keeping.save) {
        const autostart = keeping.autostart && !production
        savedId.current = (await client.pools.save({ id: savedId.current, config, autostart })).id
      }
      if (start) await client.pools.start({ config, savedId: keeping.save ? savedId.current : null })
    },
    onSuccess: onClose,
    onSettled: () => void queryClient.invalidateQueries({ queryKey: orpc.pools.saved.key() }),
  })
  const problems = poolProblems(form)
  const problem = (field: keyof PoolForm) => (tried ? problems[field] : undefined)
  const change = (next: Partial<PoolForm>) => setForm((before) => ({ ...before, ...next }))
  const submit = (start: boolean) => {
    setTried(true)
    if (advancedFields.some((field) => problems[field] !== undefined)) setAdvanced(true)
    if (Object.keys(problems).length > 0) return focusFirstProblem()
    if (!work.isPending) work.mutate({ start, config: toPoolConfig(form) })
  }
  const mayEvict = redis?.policyCanEvictQueues === true || (work.isError && /\bevict/i.test(work.error.message))
  const readOnly = connection?.status.writable === false
  return (
    <Dialog
      open
      title={saved !== undefined ? 'Edit saved workers' : runs ? 'Save these workers' : 'Start workers on this desktop'}
      description={
        runs
          ? 'What runs goes on as it is until it is started again.'
          : 'They take jobs at least once, put back what they did not finish, and stop without losing any.'
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {keeping.save && (
            <Button look={runs ? 'primary' : 'plain'} busy={work.isPending} onClick={() => submit(false)}>
              {runs ? 'Save' : 'Save only'}
            </Button>
          )}
          {!runs && (
            <Button look="primary" busy={work.isPending} disabled={readOnly} onClick={() => submit(true)}>
              {keeping.save ? 'Save and start' : 'Start'}
            </Button>
          )}
        </>
      }
    >
      <form
        className="flex flex-col gap-1"
        onSubmit={(event) => {
          event.preventDefault()
          submit(!readOnly && !runs)
        }}
      >
        <Field label="Connection">
          <Select
            label="Connection"
            placeholder="Choose a connection"
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
        {readOnly && (
          <div className="mb-2">
            <Notice tone="warn">
              This connection is read-only now, and workers have to write.
              {production &&
                !connection.profile.readOnly &&
                ' Unlock it first; the button is at the top of its screens.'}
            </Notice>
          </div>
        )}
        <PoolInputs
          form={form}
          tried={tried}
          problem={problem}
          change={change}
          advanced={advanced}
          onAdvanced={setAdvanced}
          evictionAsked={mayEvict}
        />
        {mayEvict && (
          <div className="mt-1">
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
        <KeepingInputs
          keeping={keeping}
          fixed={saved !== undefined || runs}
          production={production}
          onChange={setKeeping}
        />
        {work.isError && (
          <div className="mt-2">
            <Notice tone="bad" live>
              {errorSentence(work.error)}
            </Notice>
          </div>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
