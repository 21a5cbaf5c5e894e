import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { conformance } from '../conformance/conformance.ts'
import type { Reader } from '../handles.ts'
import type { Hints } from '../system.ts'
import { httpJobs } from './index.ts'
import { isState, keyOfState } from './keys.ts'

const queueNamed = (name: string): QueueRef => ({ system: 'http-jobs', prefix: '', name })

function payload(n: number, state: string): string {
  return JSON.stringify({
    id: `job_${n}`,
    job_id: 456 + n,
    api_url: 'https://api.example.com/v1/endpoint?key=secret',
    max_retry_count: 3,
    retry_count: state === 'failed' ? 3 : 0,
    created_at: '2024-01-01T00:00:00Z',
    scheduled_at: '2024-01-01T00:00:00Z',
    timeout: 90,
  })
}

let due = 1_900_000_000

conformance(httpJobs, {
  queueNamed,
  payload,
  async put(redis, queue, state, bytes) {
    if (!isState(state)) throw new Error(state)
    const key = keyOfState(queue, state)
    if (state === 'processing') await redis.sadd(key, bytes)
    else if (state === 'delayed') await redis.zadd(key, due++, bytes)
    else await redis.rpush(key, bytes)
    return undefined
  },
  async arrange(redis) {
    await redis.rpush('job_queue:ready', payload(1, 'ready'), payload(2, 'ready'), payload(3, 'ready'))
    await redis.sadd('job_queue:processing', 'job_7', payload(4, 'processing'))
    await redis.rpush('job_queue:failed', payload(5, 'failed'))
    await redis.rpush('job_queue:completed', payload(6, 'completed'))
    await redis.zadd('job_queue:delayed', 1_900_000_000, payload(8, 'delayed'))
    await redis.rpush('billing:ready', payload(9, 'ready'))
    await redis.rpush('billing:processing', payload(10, 'processing'), payload(11, 'processing'))
    await redis.rpush('eu:{job_queue}:completed', payload(12, 'completed'))
    return [
      { queue: queueNamed('job_queue'), states: { ready: 3, processing: 2, failed: 1, completed: 1, delayed: 1 } },
      { queue: queueNamed('billing'), states: { ready: 1, processing: 2 } },
      { queue: queueNamed('eu:{job_queue}'), states: { completed: 1 } },
    ]
  },
  cost: { sampleCommands: 6, pageTrips: 1, jobTrips: 1 },
})

describe('http-jobs', () => {
  let server: TestRedis
  let redis: Redis
  let reader: Reader
  const queue = queueNamed('job_queue')

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
    reader = testReader(redis)
  })
  afterAll(() => server?.stop())
  beforeEach(() => redis.flushall())

  const reading = async () => {
    const plan = httpJobs.sample([queue])
    return plan.read(await reader.pipeline(plan.commands), Date.now())[0]
  }
  const found = async (keys: Record<string, string>, hints: Hints = { queues: [], trackedPrefix: '' }) => {
    const seen = Object.entries(keys).map(([key, type]) => ({ key, type }))
    return (await httpJobs.detect(seen, hints, reader)).map((each) => each.queue)
  }

  it('shows ready jobs from the one that runs next, ended ones newest first', async () => {
    for (const state of ['ready', 'failed', 'completed'] as const) {
      await redis.rpush(keyOfState(queue, state), payload(1, state), payload(2, state), payload(3, state))
      const { jobs } = await httpJobs.page(reader, queue, state, { offset: 0, limit: 2 })
      expect(jobs.map(({ id }) => id)).toEqual(state === 'ready' ? ['job_1', 'job_2'] : ['job_3', 'job_2'])
    }
  })

  it('tells how old the next job is', async () => {
    expect((await reading())?.head).toBeNull()
    await redis.rpush('job_queue:ready', payload(1, 'ready'), '{"created_at":"2025-01-01T00:00:00Z"}')
    expect((await reading())?.head?.createdAt).toBe(Date.parse('2024-01-01T00:00:00Z'))
  })

  it('counts jobs being run in a list as in a set, without an error in the statistics of the server', async () => {
    await redis.rpush('job_queue:processing', payload(1, 'processing'), payload(2, 'processing'))
    expect((await reading())?.states.processing).toBe(2)
    await redis.del('job_queue:processing')
    await redis.sadd('job_queue:processing', payload(1, 'processing'))
    expect((await reading())?.states.processing).toBe(1)
    expect(await redis.info('errorstats')).not.toContain('WRONGTYPE')
    await redis.del('job_queue:processing')
    await redis.hset('job_queue:processing', 'a', 'b')
    expect((await reading())?.problem).toBe(
      'job_queue:processing is a hash, but this queue system keeps a set or a list there.',
    )
  })

  it('takes a prefix for a queue only with a ready list and a sibling, and leaves others their names', async () => {
    expect(await found({ 'mail_queue:ready': 'list', 'mail_queue:failed': 'list' })).toEqual([queueNamed('mail_queue')])
    expect(await found({ 'x:ready': 'list', 'x:delayed': 'zset' })).toEqual([])
    expect(await found({ 'x:ready': 'list', 'x:failed': 'zset' })).toEqual([])
    expect(await found({ 'x:failed': 'list', 'x:completed': 'list' })).toEqual([])
    expect(await found({ 'queue:ready': 'list', 'queue:failed': 'list' })).toEqual([])
    expect(await found({ 'shop_queues:ready': 'list', 'shop_queues:failed': 'list' })).toEqual([])
    expect(await found({ ':ready': 'list', ':failed': 'list' })).toEqual([])
  })

  it('knows its own name by any key of it', async () => {
    for (const name of ['job_queue', 'app:job_queue', '{job_queue}', 'app_JOB_QUEUE']) {
      expect(await found({ [`${name}:failed`]: 'list' })).toEqual([queueNamed(name)])
    }
    expect(await found({ 'notajob_queue:failed': 'list', 'job_queue:failed': 'zset' })).toEqual([])
  })

  it('knows a queue that a person named, once', async () => {
    const hints = { queues: [{ system: 'http-jobs', prefix: 'app:', name: 'calls' }], trackedPrefix: '' }
    const keys = { 'app:calls:ready': 'list', 'app:calls:failed': 'list' }
    expect(await found(keys, hints)).toEqual([{ system: 'http-jobs', prefix: 'app:', name: 'calls' }])
  })

  it('has nothing in a state that it does not have', async () => {
    expect(await httpJobs.page(reader, queue, 'toString', { offset: 0, limit: 5 })).toMatchObject({ total: 0 })
    expect(await httpJobs.job(reader, queue, 'toString', `list:0:${'a'.repeat(40)}`, false)).toBeNull()
  })
})
