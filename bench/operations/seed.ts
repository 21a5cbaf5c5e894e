import type { Redis } from 'ioredis'
import type { QueueRef } from '../../src/domain/queue.ts'
import { letterBytes } from './sizes.ts'

/** The queue that is measured. */
export const measured: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
export const deadKey = `${measured.prefix}${measured.name}:dlq`

const seedChunk = 5000
const errors = [
  (n: number) => `Timeout after ${1000 + (n % 9000)} ms`,
  (n: number) => `connect ECONNREFUSED 10.0.${n % 200}.7:587`,
  (n: number) => `550 no such user user-${n}@shop.example`,
  () => 'socket hang up',
  (n: number) => `Template /srv/mail/templates/welcome-${n % 40}.html is missing`,
]

/** The user of the first job; that of each other is one more than that of the one before. */
export const firstUser = 5_000_000

/** The user whose job is looked for: nearly at the end of a walk. */
export const soughtUser = (jobs: number) => firstUser + Math.floor(jobs * 0.9)

/** Dead letters of the second seed, oldest first: the job, then `failedAt` and `error`. */
export async function seedDead(redis: Redis, jobs: number): Promise<void> {
  for (let from = 0; from < jobs; from += seedChunk) {
    const entries = Array.from({ length: Math.min(seedChunk, jobs - from) }, (_, i) => letter(from + i))
    await redis.rpush(deadKey, ...entries)
  }
}

function letter(n: number): string {
  const job = {
    id: `job-${n}`,
    type: 'welcome',
    to: `user-${n}@shop.example`,
    data: { user: { id: firstUser + n }, text: '' },
  }
  const rest = {
    attempts: 3,
    failedAt: new Date(Date.now() - (n % 86_400) * 1000).toISOString(),
    error: errors[n % errors.length]?.(n),
  }
  const room = letterBytes - JSON.stringify({ ...job, ...rest }).length
  job.data.text = 'x'.repeat(Math.max(0, room))
  return JSON.stringify({ ...job, ...rest })
}
