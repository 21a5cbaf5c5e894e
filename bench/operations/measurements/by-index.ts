import { Redis } from 'ioredis'
import type { Found } from '../../pool/measurement.ts'
import { deadKey, measured } from '../seed.ts'

/**
 * The second seed's retry of a dead letter, `retry_dead_letter_job(queue, index)`, one after another: LINDEX, then the job
 * without what the worker added to the tail of the queue, and LREM.
 */
export async function measureByIndex(port: number, jobs: number, warm: () => Promise<void>): Promise<Found> {
  const redis = new Redis({ port, host: '127.0.0.1', protocol: 2 })
  await redis.ping()
  await warm()
  const start = performance.now()
  let done = 0
  for (; done < jobs; done++) {
    const entry = await redis.lindex(deadKey, 0)
    if (entry === null) break
    const { failedAt: _failedAt, error: _error, ...job } = JSON.parse(entry) as Record<string, unknown>
    await redis.rpush(`${measured.prefix}${measured.name}`, JSON.stringify(job))
    await redis.lrem(deadKey, 1, entry)
  }
  return { jobsPerSecond: (done / (performance.now() - start)) * 1000, done }
}
