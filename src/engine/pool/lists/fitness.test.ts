import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, openTestConnection, quick } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import type { Handler } from '../handler.ts'
import { createListPool, type ListPool, type ListPoolOptions, listPoolDefaults } from './list-pool.ts'

let redis: TestRedis
let connection: OpenConnection
const pools: ListPool[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url)
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop(0)))
  connection.close()
})

const config = {
  ...listPoolDefaults,
  concurrency: 4,
  system: 'plain-list',
  queueName: 'email',
  queuePrefix: 'queue:',
  backoff: { kind: 'given', delaysMs: [1, 2] },
} as const

function pool(handler: Handler, options: Partial<ListPoolOptions> & { concurrency?: number } = {}): ListPool {
  const { concurrency = config.concurrency, ...rest } = options
  const made = createListPool({ connection, handler, config: { ...config, concurrency }, timing: quick, ...rest })
  pools.push(made)
  return made
}

const push = (...payloads: (string | Buffer)[]) => redis.client.rpush('queue:email', ...payloads)
const job = (id: string, more = '') => `{"id":"${id}","type":"welcome","to":"a@b.co","data":{}${more},"attempts":0}`

describe('a cluster', () => {
  it('is refused where the keys of the queue do not share a slot, and used where they do', async () => {
    const cluster = await startRedis('--cluster-enabled', 'yes')
    const reached = await openTestConnection(cluster.url)
    try {
      await cluster.client.cluster('ADDSLOTSRANGE', 0, 16383)
      await eventually('it is whole', async () => (await cluster.client.cluster('INFO')).includes('cluster_state:ok'))
      await expect(pool(async () => {}, { connection: reached }).start()).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message:
          'In a cluster all keys of a queue must share a slot: name it with braces, {queue:email} or queue:{email}.',
      })
      await cluster.client.rpush('queue:{email}', job('1'))
      const workers = pool(async () => {}, { connection: reached, config: { ...config, queueName: '{email}' } })
      await workers.start()
      await eventually('done', () => workers.done === 1)
      await workers.stop()
    } finally {
      reached.close()
      await cluster.stop()
    }
  })
})

describe('a Redis that is not as it should be', () => {
  it('is refused when a key has another type', async () => {
    await redis.client.rpush('queue:email:processing', 'x')
    const workers = pool(async () => {})
    await expect(workers.start()).rejects.toMatchObject({
      code: 'WRONG_TYPE',
      message: 'queue:email:processing is a list: workers of this layout cannot use it.',
    })
    expect(workers.state).toBe('failed')
  })

  it('is refused when it may not be written to', async () => {
    connection.update({ ...connection.profile, readOnly: true })
    await expect(pool(async () => {}).start()).rejects.toMatchObject({ code: 'READ_ONLY' })
  })

  it('is refused when it may evict queues, and warned of when that is accepted', async () => {
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    try {
      const refused = pool(async () => {})
      await expect(refused.start()).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining(
          'may evict whole queues when its memory is full (maxmemory-policy allkeys-lru)',
        ),
      })
      expect(refused.state).toBe('failed')
      const accepted = pool(async () => {}, { config: { ...config, acceptsEviction: true } })
      await accepted.start()
      expect(accepted.problem).toContain('set it to noeviction')
    } finally {
      await redis.client.config('SET', 'maxmemory-policy', 'noeviction')
    }
  })

  it('is drained even when its memory is full: good jobs, retries and dead letters', async () => {
    await push(...Array.from({ length: 300 }, (_, i) => job(String(i))))
    await redis.client.config('SET', 'maxmemory', '1mb')
    await expect(push(job('x'))).rejects.toThrow(/OOM/)
    const workers = pool(async ({ id, attempts }) => {
      if (Number(id) % 3 === 0) throw new Error('always')
      if (Number(id) % 3 === 1 && attempts === 0) throw new Error('once')
    })
    await workers.start()
    await eventually('all settled', () => workers.done === 200 && workers.dead === 100)
    await redis.client.config('SET', 'maxmemory', '0')
    expect(await redis.client.llen('queue:email:dlq')).toBe(100)
  })
})
