import type { QueueRef } from '../../domain/queue.ts'

/**
 * http-jobs: jobs that are HTTP calls to make, as JSON messages, one set of keys a queue. NAME is `job_queue`, or any
 * other word that a team put before the same suffixes.
 *
 *   NAME:ready       LIST  ready to run; RPUSH in at the tail, the head runs next
 *   NAME:processing  SET   being run (some workers keep a list instead: both are read); messages, or only their ids
 *   NAME:failed      LIST  out of retries, RPUSH, so the tail is the newest
 *   NAME:completed   LIST  done, RPUSH, so the tail is the newest
 *   NAME:delayed     ZSET  message -> due time, where a scheduler keeps one (seconds or ms since 1970)
 *
 *                     RPUSH          a worker takes it        2xx
 *   scheduler ──┬────────────► ready ─────────────► processing ────► completed
 *               └► delayed ──────┘ ▲                   │
 *                        due       └─── retry_count+1 ◄┤ error, timeout
 *                                                      └──► failed   retry_count = max_retry_count
 *
 * A message: {"id","job_id","api_url","max_retry_count","retry_count","created_at","scheduled_at","timeout"}, times in
 * ISO 8601, `timeout` in seconds. Sluice's own workers also read `method`, `headers` and `body`, and keep their record of
 * what they hold in other keys beside these. What they write into a job that ends: `completed_at`, or `failed_at`, `error`
 * and one more in `retry_count`; `status_code`, the HTTP status of the last answer, where there was one; `duration_ms` of
 * the last try. They cut `completed` back to its last 10,000. `failed` is never cut: what is in it was not done, and an
 * operator must be able to find it, so it grows until somebody runs, removes or purges what is there.
 * An operator runs failed and completed jobs again as if they had never run (tail of ready, `retry_count` 0, without what
 * their runs added; completed ones with one more in `rerun_count`), takes delayed ones to ready before their time, and
 * leaves what is in processing to its workers.
 * An empty list has no key, so a queue whose jobs are all done may show as only `NAME:completed`.
 */
export const wellKnownName = 'job_queue'

/** The states and the types that their keys may have. */
export const stateTypes = {
  ready: ['list'],
  delayed: ['zset'],
  processing: ['set', 'list'],
  failed: ['list'],
  completed: ['list'],
} as const satisfies Record<string, readonly string[]>

export type StateId = keyof typeof stateTypes

export function isState(state: string): state is StateId {
  return Object.hasOwn(stateTypes, state)
}

/** What Sluice's own workers write into a job that ends. */
export const endFields = {
  error: 'error',
  failedAt: 'failed_at',
  completedAt: 'completed_at',
  status: 'status_code',
  durationMs: 'duration_ms',
} as const

/** The key that holds a state. */
export function keyOfState(queue: QueueRef, state: StateId): string {
  return `${queue.prefix}${queue.name}:${state}`
}
