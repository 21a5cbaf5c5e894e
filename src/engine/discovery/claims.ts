import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { QueueSystem } from '../../systems/system.ts'

/** A queue that is said to exist, and how good the word is. */
export interface Claim {
  readonly queue: QueueRef
  /** `hand`: a person named it. `seen`: its keys are there. `before`: they were there once, and may just be empty now. */
  readonly by: 'hand' | 'seen' | 'before'
}

/**
 * The claims that stand when unlike systems claim the same key: no key belongs to two of them.
 *
 * What a person named by hand stands first. Then, once a whole sweep was made (`trustSeen`), what was seen in it beats
 * what is remembered. Then the later system in the registry's order, which goes from the generic to the specific:
 * Bull's layout also fits BullMQ's keys, and `queue:NAME` fits several libraries. Two queues of one system never dispute.
 */
export function settleClaims(claims: Iterable<Claim>, systems: readonly QueueSystem[], trustSeen: boolean): QueueRef[] {
  const order = new Map(systems.map((system, i) => [system.id, i]))
  const rank = (claim: Claim) => {
    const word = claim.by === 'hand' ? 2 : trustSeen && claim.by === 'seen' ? 1 : 0
    return word * systems.length + (order.get(claim.queue.system) ?? -1)
  }
  const ranked = Array.from(claims)
    .filter((claim) => order.has(claim.queue.system))
    .sort((a, b) => rank(b) - rank(a))
  const owner = new Map<string, string>()
  const standing = new Map<string, QueueRef>()
  for (const claim of ranked) {
    const { system: id } = claim.queue
    const name = queueKey(claim.queue)
    if (standing.has(name)) continue
    const keys = systems[order.get(id) as number]?.keysOf(claim.queue) ?? []
    if (keys.some(({ key }) => (owner.get(key) ?? id) !== id)) continue
    for (const { key } of keys) owner.set(key, id)
    standing.set(name, claim.queue)
  }
  return [...standing.values()]
}
