import type { Redis } from 'ioredis'
import type { QueueRef } from '../../src/domain/queue.ts'
import { countedQueue } from './measurement.ts'

const chunk = 5000
const began = 1_760_000_000_000
const stack = JSON.stringify([
  'Error: connect ETIMEDOUT 10.0.0.7:587\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16)',
])

/** Jobs as the library leaves them when their only attempt failed: `payloadBytes` of JSON, an error and its stack. */
export async function seedFailed(redis: Redis, queue: QueueRef, jobs: number, payloadBytes: number): Promise<void> {
  const base = `${queue.prefix}:${queue.name}:`
  await redis.hset(`${base}meta`, { version: 'bullmq:6.7.0', 'opts.maxLenEvents': 10_000 })
  await redis.set(`${base}id`, jobs)
  for (let from = 1; from <= jobs; from += chunk) {
    const pipeline = redis.pipeline()
    const scores: (string | number)[] = []
    for (let id = from; id < Math.min(from + chunk, jobs + 1); id++) {
      pipeline.hset(`${base}${id}`, jobOf(id, payloadBytes))
      scores.push(began + id, id)
    }
    pipeline.zadd(`${base}failed`, ...scores)
    await pipeline.exec()
  }
}

function jobOf(id: number, payloadBytes: number): Record<string, string | number> {
  const payload = { to: `person-${id}@example.com`, body: '' }
  payload.body = 'x'.repeat(payloadBytes - JSON.stringify(payload).length)
  return {
    name: 'send',
    data: JSON.stringify(payload),
    opts: '{"attempts":1}',
    timestamp: began - 60_000,
    delay: 0,
    priority: 0,
    progress: id % 101,
    ats: 1,
    atm: 1,
    processedOn: began,
    finishedOn: began + id,
    failedReason: 'connect ETIMEDOUT 10.0.0.7:587',
    stacktrace: stack,
  }
}

/** Queues with a few jobs in each state. */
export async function seedCounted(redis: Redis, queues: number): Promise<void> {
  const pipeline = redis.pipeline()
  for (let n = 0; n < queues; n++) {
    const { prefix, name } = countedQueue(n)
    const base = `${prefix}:${name}:`
    pipeline.hset(`${base}meta`, { version: 'bullmq:6.7.0', 'opts.maxLenEvents': 10_000 })
    pipeline.set(`${base}id`, 100)
    for (const id of [1, 2, 3]) pipeline.hset(`${base}${id}`, jobOf(id, 500))
    pipeline.lpush(`${base}wait`, 1, 2, 3)
    pipeline.lpush(`${base}active`, 4, 5)
    pipeline.zadd(`${base}delayed`, 1, '6', 2, '7')
    pipeline.zadd(`${base}failed`, 1, '8', 2, '9', 3, '10')
    pipeline.zadd(`${base}completed`, 1, '11', 2, '12', 3, '13')
  }
  await pipeline.exec()
}
