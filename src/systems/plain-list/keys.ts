import type { QueueRef } from '../../domain/queue.ts'

/**
 * plain-list: jobs as JSON in a Redis list, as small teams build it by hand (producers RPUSH, workers pop the head).
 *
 *   queue:NAME              LIST  waiting, RPUSH in at the tail, the head runs next
 *   queue:NAME:processing   SET   raw payloads that a worker says it holds: a view, kept by every worker of this layout
 *   queue:NAME:dlq          LIST  dead letters: the job plus `failedAt` and `error`, RPUSH, so the tail is the newest
 *
 * Sluice's own workers add, and old workers ignore:
 *
 *   queue:NAME:delayed      ZSET  payload -> due ms: retries that wait for their time
 *   queue:NAME:w:WORKER     HASH  seq -> payload: what one worker holds, the authority behind :processing
 *   queue:NAME:claim:WORKER LIST  where a job stands for the moment in which an idle worker is woken by it
 *   queue:NAME:leases       ZSET  worker -> ms until which it counts as alive
 *   queue:NAME:suspect      LIST  jobs that workers died with: each is run alone
 *   queue:NAME:crashes      HASH  digest of a payload -> how many workers died while they held it
 *   queue:NAME:meta         HASH  whether the queue is paused
 *   queue:NAME:rate         STRING  how much of its allowance a limited queue has used
 *   queue:NAME:orphans      ZSET  digests of members of :processing that no lease owns -> ms when first seen so
 *   queue:NAME:twins        HASH  digest of a payload that several hold at once -> how many more than one
 *   queue:NAME:stats        HASH  done, dead, retried: counters that only grow
 *
 *              RPUSH             worker takes it            acknowledged
 *   producer ────────► waiting ────────────────► active ─────────────────► gone
 *                         ▲  ▲                    │   │
 *                retry,   │  │ due                │   └─ last attempt failed ──► dead
 *                edit ◄── dead └──── delayed ◄────┘ failed, attempts left
 */
export const defaultPrefix = 'queue:'

/** All keys of a queue. */
export function keysOf(queue: QueueRef) {
  const base = queue.prefix + queue.name
  return {
    base,
    processing: `${base}:processing`,
    dead: `${base}:dlq`,
    delayed: `${base}:delayed`,
    leases: `${base}:leases`,
    stats: `${base}:stats`,
  }
}

/**
 * Suffixes of keys that belong to a queue and name no queue of their own. `high` and `low` are not among them, which
 * producers push to, nor what is no list anyway: many a queue is called so.
 */
export const ownSuffix = /:(processing|dlq|delayed|leases|orphans|twins|stats|suspect|(w|claim):[^:]+:\d+:[^:]+)$/

/** The key that holds a state. */
export function keyOfState(queue: QueueRef, state: string): string {
  const keys = keysOf(queue)
  if (state === 'active') return keys.processing
  if (state === 'dead') return keys.dead
  if (state === 'delayed') return keys.delayed
  return keys.base
}
