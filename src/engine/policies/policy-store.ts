import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { type Policy, policySchema, type QueuePolicy } from '../../domain/policy.ts'
import { type QueueRef, queueKey, queueRefSchema } from '../../domain/queue.ts'
import { writeFileAtomic } from '../profiles/atomic-file.ts'
import { readKeptFile } from '../profiles/kept-file.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'

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
const fileSchema = z.object({ version: z.literal(1), policies: z.array(entrySchema) })

interface PolicyStoreOptions {
  readonly folder: string
  /** Whether there is such a profile. */
  isProfile(id: string): boolean
  /** Policies that queues of one profile carry as long as nobody changed them. They are not in the file. */
  readonly samples?: { readonly connectionId: string; readonly policies: readonly QueuePolicy[] }
}

/** Opens `policies.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export async function openPolicyStore({ folder, isProfile, samples }: PolicyStoreOptions): Promise<PolicyStore> {
  const file = join(folder, 'policies.json')
  const { contents, notice } = await readKeptFile(file, fileSchema)
  let entries: readonly Entry[] = contents?.policies ?? []
  const inTurn = oneAtATime()

  const samplesOf = (connectionId: string) => (samples?.connectionId === connectionId ? samples.policies : [])
  const isSampled = (connectionId: string, key: string) =>
    samplesOf(connectionId).some(({ queue }) => queueKey(queue) === key)

  async function keep(next: readonly Entry[]) {
    await writeFileAtomic(file, `${JSON.stringify({ version: 1, policies: next }, null, 2)}\n`)
    entries = next
  }

  /** All entries but that of the queue, and the new one where the old one was. */
  function withEntry(connectionId: string, queue: QueueRef, entry: Entry | null): readonly Entry[] {
    const key = queueKey(queue)
    const at = entries.findIndex((each) => each.connectionId === connectionId && queueKey(each.queue) === key)
    if (entry === null) return entries.filter((_, index) => index !== at)
    return at < 0 ? [...entries, entry] : entries.with(at, entry)
  }

  return {
    list(connectionId) {
      const policies = new Map(samplesOf(connectionId).map((each) => [queueKey(each.queue), each]))
      for (const { connectionId: id, queue, policy } of entries) {
        if (id !== connectionId) continue
        if (policy === null) policies.delete(queueKey(queue))
        else policies.set(queueKey(queue), { queue, policy })
      }
      return [...policies.values()]
    },
    save: (connectionId, queue, policy) =>
      inTurn(async () => {
        if (!isProfile(connectionId)) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
        await keep(withEntry(connectionId, queue, { connectionId, queue, policy }))
        return { queue, policy }
      }),
    remove: (connectionId, queue) =>
      inTurn(async () => {
        const sampled = isSampled(connectionId, queueKey(queue))
        const next = withEntry(connectionId, queue, sampled ? { connectionId, queue, policy: null } : null)
        if (sampled || next.length < entries.length) await keep(next)
      }),
    forget: (connectionId) =>
      inTurn(async () => {
        const next = entries.filter((entry) => entry.connectionId !== connectionId)
        if (next.length < entries.length) await keep(next)
      }),
    notices: notice === null ? [] : [notice],
  }
}
