import { SluiceError } from '../domain/errors.ts'
import type { QueueRef } from '../domain/queue.ts'
import { systemOf } from '../systems/registry.ts'
import { inOneSlot, slotOf } from './redis/cluster/slot.ts'
import { type Connection, mastersOfCluster } from './redis/connection.ts'

const known = new WeakMap<QueueRef, number | null>()

/** The slot of all keys of a queue, those of single jobs among them; null where they have several. */
export function slotOfQueue(queue: QueueRef): number | null {
  const before = known.get(queue)
  if (before !== undefined) return before
  const keys = systemOf(queue.system)
    .keysOf(queue)
    .map(({ key }) => key)
  const [first] = keys
  // Jobs have keys that are not listed here: without a hash tag each of them is in a slot of its own.
  const tagged = first !== undefined && /^[^{]*\{[^}]+\}/.test(first) && inOneSlot(keys)
  const slot = tagged ? slotOf(first) : null
  known.set(queue, slot)
  return slot
}

const readsOnly = 'The keys of this queue lie in several slots of the cluster, so Sluice only reads it.'

/** Why a queue without a hash tag can only be read in a cluster, and what would mend it, in two sentences. */
export function whyReadOnly({ system, prefix, name }: QueueRef): string {
  if (system === 'bull' || system === 'bullmq') {
    return `${readsOnly} Its programs need a prefix with a hash tag, such as {${prefix || 'bull'}}.`
  }
  if (system === 'horizon') return `${readsOnly} Its programs need a prefix with a hash tag, such as {${name}}:.`
  return `${readsOnly} Its programs need a name with a hash tag, such as {${name}}.`
}

/** Throws CROSS_SLOT for a queue of a cluster whose keys lie in several slots: no script could change it in one step. */
export function demandOneSlot(connection: Pick<Connection, 'profile' | 'masters'>, queue: QueueRef): void {
  if (mastersOfCluster(connection) === undefined || slotOfQueue(queue) !== null) return
  throw new SluiceError('CROSS_SLOT', whyReadOnly(queue))
}
