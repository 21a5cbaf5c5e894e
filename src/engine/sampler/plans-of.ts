import type { QueueRef } from '../../domain/queue.ts'
import type { QueueSystem, Reading, SamplePlan } from '../../systems/system.ts'
import { slotOfQueue, whyReadOnly } from '../slot-of-queue.ts'

/** What one tick asks of some queues of one system. */
export interface TickPlan {
  readonly system: QueueSystem
  readonly queues: readonly QueueRef[]
  readonly plan: SamplePlan
}

/** One plan a system: on a single Redis a script may read any number of queues. */
export function plansOf(systems: readonly QueueSystem[], queues: readonly QueueRef[]): TickPlan[] {
  return systems.flatMap((system) => {
    const own = queues.filter((queue) => queue.system === system.id)
    return own.length === 0 ? [] : [{ system, queues: own, plan: system.sample(own) }]
  })
}

/**
 * The plans of a cluster, where all keys of a script have to be in one slot: one for the queues of each slot. A queue
 * whose keys lie in several is read without scripts, as far as its system can.
 */
export function plansInCluster(systems: readonly QueueSystem[], queues: readonly QueueRef[]): TickPlan[] {
  return systems.flatMap((system) => {
    const bySlot = new Map<number, QueueRef[]>()
    const plans: TickPlan[] = []
    for (const queue of queues) {
      if (queue.system !== system.id) continue
      const slot = slotOfQueue(queue)
      if (slot === null) {
        const plan = system.sample([queue])
        plans.push({ system, queues: [queue], plan: plan.plain?.() ?? plan })
      } else {
        const group = bySlot.get(slot)
        if (group) group.push(queue)
        else bySlot.set(slot, [queue])
      }
    }
    for (const group of bySlot.values()) plans.push({ system, queues: group, plan: system.sample(group) })
    return plans
  })
}

/** A reading as it is in a cluster: a queue in several slots can only be read. */
export function readingInCluster(reading: Reading): Reading {
  if (slotOfQueue(reading.queue) !== null) return reading
  return { ...reading, readOnly: reading.readOnly ?? whyReadOnly(reading.queue) }
}
