import { Redis } from 'ioredis'
import type { Found } from '../../pool/measurement.ts'
import type { Measurement } from '../measurement.ts'
import { deadKey, measured } from '../seed.ts'

/**
 * The second seed's retry of a dead letter, `retry_dead_letter_job(queue, index)`, one after another: LINDEX, then the job
 * without what the worker added to the tail of the queue, and LREM. Jobs that were chosen lie anywhere, and LREM looks for
 * each from the head of the list; where it is always the first one, both commands find it at once.
 */
export async function measureByIndex(
  port: number,
  { jobs, which }: Extract<Measurement, { kind: 'by-index' }>,
  warm: () => Promise<void>,
): Promise<Found> {
  const redis = new Redis({ port, host: '127.0.0.1', protocol: 2 })
  const length = await redis.llen(deadKey)
  await warm()
  const start = performance.now()
  let done = 0
  for (; done < jobs; done++) {
    const index = which === 'first' ? 0 : Math.floor(((done * golden) % 1) * (length - done))
    const entry = await redis.lindex(deadKey, index)
    if (entry === null) break
    const { failedAt: _failedAt, error: _error, ...job } = JSON.parse(entry) as Record<string, unknown>
    await redis.rpush(`${measured.prefix}${measured.name}`, JSON.stringify(job))
    await redis.lrem(deadKey, 1, entry)
  }
  return { jobsPerSecond: (done / (performance.now() - start)) * 1000, done }
}

/** Its multiples are spread evenly between whole numbers. */
const golden = (Math.sqrt(5) - 1) / 2
