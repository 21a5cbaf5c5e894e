import type { QueueRef } from '../../domain/queue.ts'

/**
 * horizon: what Laravel Horizon 5 writes down of the jobs of an application's Redis queues, and of the processes that
 * work on them. The jobs themselves are Laravel's (`queues:NAME` under another prefix); a "queue" here is a whole
 * installation. PREFIX is `horizon.prefix`, by default `<app>_horizon:`, in place of the application's Redis prefix.
 *
 *   PREFIX<uuid>             HASH  a job: id, connection, queue, name, status, payload, exception, context, created_at,
 *                                  updated_at, reserved_at, completed_at, failed_at (float seconds), and retried_by
 *                                  (JSON list of id, status, retried_at); expires an hour, or a week after a failure
 *   PREFIXpending_jobs       ZSET  uuid -> -float seconds, as in all of these: the newest first. Waiting, delayed, reserved
 *   PREFIXcompleted_jobs, silenced_jobs, failed_jobs, monitored_jobs
 *   PREFIXrecent_jobs        ZSET  all of the last hour; recent_failed_jobs the failures of a week
 *   PREFIXmonitoring         SET   tags that are watched; PREFIX<tag> ZSET uuid -> float seconds of each such tag
 *   PREFIXfailed:<tag>       ZSET  failed jobs with that tag; expires
 *   PREFIXmeasured_jobs, measured_queues   SET   full names of the keys below
 *   PREFIXjob:CLASS, queue:NAME            HASH  throughput and mean runtime (ms) since the last snapshot
 *   PREFIXmasters, supervisors             ZSET  name -> unix seconds of the last beat
 *   PREFIXmaster:NAME, supervisor:MASTER:NAME   HASH  status, processes (JSON), options (JSON); expire after 15 and 30 s
 *   PREFIXcommands:SUPERVISOR              LIST  commands as JSON, which the supervisor takes about once a second
 *
 *   pushed ──► pending ──► reserved ──► completed, or silenced ──► trimmed after an hour
 *              (status in the hash; both in pending_jobs)   └──► failed ──► trimmed after a week
 *                 ▲                                                 │
 *                 └── a retry is a new job; the failed one stays and notes it in retried_by
 */
export const keyOf = (queue: QueueRef, name: string): string => queue.prefix + name

/** States and the sorted sets that hold them. Reserved jobs have none of their own, and monitored ones are in another too. */
export const setOfState = {
  pending: 'pending_jobs',
  reserved: 'pending_jobs',
  completed: 'completed_jobs',
  silenced: 'silenced_jobs',
  failed: 'failed_jobs',
  monitored: 'monitored_jobs',
} as const

export type StateId = keyof typeof setOfState

export function isState(state: string): state is StateId {
  return Object.hasOwn(setOfState, state)
}

/** States that `sample` counts, each by one ZCARD. */
export const countedStates = ['pending', 'completed', 'silenced', 'failed'] as const

/** Names of keys by which an installation is known, and their types. */
export const telling: Readonly<Record<string, string>> = {
  pending_jobs: 'zset',
  completed_jobs: 'zset',
  silenced_jobs: 'zset',
  failed_jobs: 'zset',
  recent_failed_jobs: 'zset',
  recent_jobs: 'zset',
  monitored_jobs: 'zset',
  measured_jobs: 'set',
  measured_queues: 'set',
  monitoring: 'set',
  masters: 'zset',
  supervisors: 'zset',
}

/** Seconds after its last beat until which a supervisor, or a master, counts as alive. */
export const supervisorLives = 29
export const masterLives = 14

/** The application's name, which its default prefixes begin with: `shop_horizon:` is the one of `shop`. */
export function nameOf(prefix: string): string {
  return prefix.replace(/horizon:$/, '').replace(/[_:.-]+$/, '') || 'horizon'
}

/**
 * What the keys of the application's queues may begin with, the likeliest first. A queue that a person named by hand tells
 * it by its name.
 */
export function redisPrefixes({ name }: QueueRef): string[] {
  return [`${name}_database_`, `${name}-database-`, name, '']
}

/** Keys of a Laravel queue under a Redis prefix. */
export function laravelKeys(prefix: string, queue: string) {
  const list = `${prefix}queues:${queue}`
  return { list, notify: `${list}:notify`, all: [list, `${list}:notify`, `${list}:reserved`, `${list}:delayed`] }
}
