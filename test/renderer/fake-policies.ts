import { channelPolicies, emptyPolicy, type Overrun, type Policy, type QueuePolicy } from '../../src/domain/policy.ts'
import { type QueueRef, queueKey } from '../../src/domain/queue.ts'
import type { World } from './fake-world.ts'

/** Policies for some queues of the shop: one within, others outside by their wait, by their failures, by all. */
export function fakePolicies(world: World) {
  const kept = new Map<string, Map<string, QueuePolicy>>()
  const of = (connectionId: string) => {
    const known = kept.get(connectionId) ?? new Map<string, QueuePolicy>()
    kept.set(connectionId, known)
    return known
  }
  const give = (connectionId: string, name: string, policy: Policy) => {
    for (const { profile, queues } of world.connections) {
      if (profile.id !== connectionId) continue
      for (const { ref } of queues) if (ref.name === name) of(connectionId).set(queueKey(ref), { queue: ref, policy })
    }
  }
  give('prod-eu', 'default', { ...channelPolicies.payments, memoryMb: null })
  give('prod-eu', 'notifications', channelPolicies.notifications)
  give('prod-eu', 'exports', channelPolicies.exports)
  give('prod-eu', 'video-transcode', { ...channelPolicies.payments, timeoutSeconds: 8, maxFailed: 25 })
  give('local', 'job_queue', { ...emptyPolicy, tries: 3, maxFailed: 25 })

  return {
    list: (connectionId: string) => [...of(connectionId).values()],
    save(connectionId: string, queue: QueueRef, policy: Policy): QueuePolicy {
      of(connectionId).set(queueKey(queue), { queue, policy })
      return { queue, policy }
    },
    remove: (connectionId: string, queue: QueueRef) => of(connectionId).delete(queueKey(queue)),
    overruns: (connectionId: string): Overrun[] =>
      [...of(connectionId).values()].flatMap(({ queue, policy: { timeoutSeconds } }) =>
        timeoutSeconds !== null && timeoutSeconds < 10 ? [{ queue, jobs: 2, atLeast: false, longestMs: 9_600 }] : [],
      ),
  }
}
