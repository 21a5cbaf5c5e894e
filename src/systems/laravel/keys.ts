import type { QueueRef } from '../../domain/queue.ts'

/**
 * laravel: the Redis driver of Laravel's queues (illuminate/queue 8 to 13). PREFIX is what the application's Redis
 * connection puts before all keys, usually `<app>_database_`, or nothing.
 *
 *   PREFIXqueues:NAME           LIST  ready; RPUSH in at the tail, the head runs next
 *   PREFIXqueues:NAME:delayed   ZSET  payload -> unix seconds when it is due: later() and retries with a back-off
 *   PREFIXqueues:NAME:reserved  ZSET  payload -> unix seconds when it is handed out again: start + retry_after
 *   PREFIXqueues:NAME:notify    LIST  a `1` a push, for workers that block
 *
 *        push          pop               done
 *   ──────────► ready ─────► reserved ─────────► gone
 *                ▲ ▲            │  │ └─ failed for good ──► the failed_jobs table of the database, not Redis
 *            due │ └────────────┘  │ released: attempts left
 *   later ──► delayed    overdue   │
 *                ▲─────────────────┘
 *
 * Due and overdue jobs are moved only when a worker asks for the next job: without workers they stay. A reserved job
 * that is overdue had a worker that died, or one that takes longer than retry_after. The copy in `reserved` is encoded
 * anew by Redis with `attempts` one higher and its keys in another order, so a job has other bytes in each place; `id`
 * and `uuid` tell that it is the same. With Redis Cluster the name stands in braces. Nothing lists the queues.
 */
export const marker = 'queues:'

/** The states and the types of their keys. */
export const stateTypes = { ready: 'list', delayed: 'zset', reserved: 'zset' } as const

export type StateId = keyof typeof stateTypes

export function isState(state: string): state is StateId {
  return Object.hasOwn(stateTypes, state)
}

/** The key that holds a state. */
export function keyOfState(queue: QueueRef, state: StateId): string {
  const base = `${queue.prefix}${marker}${queue.name}`
  return state === 'ready' ? base : `${base}:${state}`
}

/** The list of wake-ups for blocked workers. */
export function notifyKey(queue: QueueRef): string {
  return `${queue.prefix}${marker}${queue.name}:notify`
}
