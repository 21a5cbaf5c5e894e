import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { type Policy, policySchema, type QueuePolicy } from '../../domain/policy.ts'
import { type QueueRef, queueKey, queueRefSchema } from '../../domain/queue.ts'
import { openKeptList } from '../profiles/kept-list.ts'

/** What is expected of the queues of each profile. Kept on this computer: a read-only profile may have policies too. */
export interface PolicyStore {
  list(connectionId: string): QueuePolicy[]
  /** Gives a queue a policy, in place of the one it has. Throws NOT_FOUND for no profile, DISK_FAILED; then nothing changed. */
  save(connectionId: string, queue: QueueRef, policy: Policy): Promise<QueuePolicy>
  /** Takes the policy of a queue away, where it has one. Throws DISK_FAILED; then nothing changed. */
  remove(connectionId: string, queue: QueueRef): Promise<void>
  /** Takes all policies of a profile away: it was removed. Throws DISK_FAILED. */
  forget(connectionId: string): Promise<void>
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

/** `policy` is null for a queue whose sample policy a person took away. */
const entrySchema = z.object({
  connectionId: z.string().min(1).max(64),
  queue: queueRefSchema,
  policy: policySchema.nullable(),
})
type Entry = z.infer<typeof entrySchema>

interface PolicyStoreOptions {
  readonly folder: string
  /** Whether there is such a profile. */
  isProfile(id: string): boolean
  /** Policies that queues of one profile carry as long as nobody changed them. They are not in the file. */
  readonly samples?: { readonly connectionId: string; readonly policies: readonly QueuePolicy[] }
}

/** Opens `policies.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export async function openPolicyStore({ folder, isProfile, samples }: PolicyStoreOptions): Promise<PolicyStore> {
  const kept = await openKeptList(join(folder, 'policies.json'), 'policies', entrySchema)

  const samplesOf = (connectionId: string) => (samples?.connectionId === connectionId ? samples.policies : [])
  const isSampled = (connectionId: string, key: string) =>
    samplesOf(connectionId).some(({ queue }) => queueKey(queue) === key)

  /** The entries with that of the queue in place of the old one, or without it. */
  const change = (connectionId: string, queue: QueueRef, entry: Entry | null) =>
    kept.change((entries) => {
      const key = queueKey(queue)
      const at = entries.findIndex((each) => each.connectionId === connectionId && queueKey(each.queue) === key)
      if (entry === null) return at < 0 ? entries : entries.toSpliced(at, 1)
      return at < 0 ? [...entries, entry] : entries.with(at, entry)
    })

  return {
    list(connectionId) {
      const policies = new Map(samplesOf(connectionId).map((each) => [queueKey(each.queue), each]))
      for (const { connectionId: id, queue, policy } of kept.entries()) {
        if (id !== connectionId) continue
        if (policy === null) policies.delete(queueKey(queue))
        else policies.set(queueKey(queue), { queue, policy })
      }
      return [...policies.values()]
    },
    async save(connectionId, queue, policy) {
      if (!isProfile(connectionId)) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
      await change(connectionId, queue, { connectionId, queue, policy })
      return { queue, policy }
    },
    remove: (connectionId, queue) =>
      change(
        connectionId,
        queue,
        isSampled(connectionId, queueKey(queue)) ? { connectionId, queue, policy: null } : null,
      ),
    forget: (connectionId) =>
      kept.change((entries) => {
        const others = entries.filter((entry) => entry.connectionId !== connectionId)
        return others.length < entries.length ? others : entries
      }),
    notices: kept.notices,
  }
}
