import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { Sample } from '../../domain/sample.ts'
import type { Load } from './plan-workers.ts'

/** Beyond this age a sample says nothing any more: Redis is away. The sampler reads every 5 s when it is held. */
const freshMs = 30_000

const nothing: Load = { waiting: 0, averageJobMs: null, oldestWaitMs: null }

/**
 * What waits in a queue by the last sample of its connection; null when that says nothing about it. 0 round trips.
 *
 * What is delayed or held asks for one worker at least: most systems bring due jobs, and those of a worker that died, back
 * only when a worker asks for its next job, so that with none they would stay for ever.
 *
 * How long a job takes is derived: the jobs that run at a time divided by the jobs that end in a time, which holds over
 * any stretch in which the load is steady (Little's law). It is left open where rates are only lower bounds.
 */
export function loadIn(sample: Sample | undefined, queue: QueueRef, now = Date.now()): Load | null {
  if (sample === undefined || now - sample.at > freshMs) return null
  const key = queueKey(queue)
  const found = sample.queues.find((each) => queueKey(each.queue) === key)
  // A queue without jobs has no keys in most systems; but where discovery saw only a part, it may be in the rest.
  if (found === undefined) return sample.partial === null ? nothing : null
  if (found.paused) return nothing
  const { active, waiting, delayed, retrying } = found.kinds
  const known = found.ratesExact && active > 0 && found.outPerMinute !== null && found.outPerMinute > 0
  return {
    waiting: Math.max(waiting, active + delayed + retrying > 0 ? 1 : 0),
    averageJobMs: known ? (active * 60_000) / (found.outPerMinute as number) : null,
    oldestWaitMs: waiting > 0 ? found.oldestAgeMs : null,
  }
}

/** What waits in several queues that the same workers serve; null when nothing is known of any. */
export function sumLoads(loads: readonly (Load | null)[]): Load | null {
  const known = loads.filter((load) => load !== null)
  if (known.length === 0) return null
  const timed = known.filter(({ averageJobMs, waiting }) => averageJobMs !== null && waiting > 0)
  const timedJobs = timed.reduce((sum, { waiting }) => sum + waiting, 0)
  const waits = known.flatMap(({ oldestWaitMs }) => oldestWaitMs ?? [])
  return {
    waiting: known.reduce((sum, { waiting }) => sum + waiting, 0),
    averageJobMs:
      timedJobs === 0
        ? null
        : timed.reduce((sum, load) => sum + load.waiting * (load.averageJobMs ?? 0), 0) / timedJobs,
    oldestWaitMs: waits.length === 0 ? null : Math.max(...waits),
  }
}
