import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, openTestConnection, quick } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type PoolConfig, type PoolStatus, poolStatusSchema } from '../../domain/pool.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import { messagingSettings } from './handlers/settings.ts'
import { MessageRing } from './message-ring.ts'
import { MinuteCounter } from './minute-counter.ts'
import { createPools, type Pools } from './pools.ts'

let redis: TestRedis
let connection: OpenConnection
let pools: Pools
const logs: string[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url)
  logs.length = 0
  pools = createPools({
    getConnection(id) {
      if (id !== connection.id) throw new SluiceError('NOT_OPEN')
      return connection
    },
    settings: messagingSettings({ MSG91_AUTH_KEY: 'key' }),
    timing: quick,
    log: (line) => logs.push(line),
  })
})
afterEach(async () => {
  await pools.close(0)
  connection.close()
})

const config: PoolConfig = {
  connectionId: 'test',
  queueName: 'email',
  queuePrefix: 'queue:',
  handler: 'email',
  concurrency: 2,
  maxAttempts: 3,
  retryDelayMs: 1,
}
const job = (id: number) => `{"id":"${id}","type":"welcome","to":"u${id}@example.com","data":{"user_name":"U${id}"}}`

describe('pools', () => {
  it('run the e-mails and SMS of a connection, and keep what they showed', async () => {
    await redis.client.rpush('queue:email', job(1), job(2))
    await redis.client.rpush('queue:sms', '{"id":"s","type":"otp","to":"+919876543210","data":{"otp":"482913"}}')
    const email = await pools.start(config)
    const sms = await pools.start({ ...config, queueName: 'sms', handler: 'sms' })
    expect(email).toMatchObject({ state: 'running', mode: 'dev', problem: null, config })
    expect(sms.problem).toContain('MSG91_SENDER_ID')
    await eventually('all shown', () => pools.messages(null).length === 3)
    expect(pools.messages(email.id).map(({ to }) => to)).toEqual(['u2@example.com', 'u1@example.com'])
    expect(pools.messages(sms.id)).toMatchObject([{ channel: 'sms', type: 'otp', outcome: 'previewed' }])
    expect(logs.join('\n')).toContain('[queue:email] welcome to u1@example.com')
    for (const status of pools.list()) expect(poolStatusSchema.parse(status)).toEqual(status)
  })

  it('are told of at each change, at most 4 times a second', async () => {
    await redis.client.rpush('queue:email', ...Array.from({ length: 300 }, (_, i) => job(i)))
    const events: PoolStatus[][] = []
    const stop = new AbortController()
    const reading = (async () => {
      for await (const list of pools.feed.read(stop.signal, () => pools.list())) events.push(list)
    })()
    const started = Date.now()
    await pools.start(config)
    await eventually('the end is told', () => events.at(-1)?.[0]?.done === 300)
    stop.abort()
    await reading
    expect(events[0]).toEqual([])
    expect(events.length).toBeLessThanOrEqual(2 + (Date.now() - started) / 250)
  })

  it('run once on a queue, and a stopped one gives way to the next', async () => {
    const first = await pools.start(config)
    await expect(pools.start(config)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(pools.start({ ...config, queuePrefix: 'queue:em', queueName: 'ail' })).rejects.toThrow('already')
    expect(() => pools.remove(first.id)).toThrow('still runs')
    expect(await pools.stop(first.id)).toMatchObject({ state: 'stopped' })
    const second = await pools.start(config)
    expect(pools.list().map(({ id }) => id)).toEqual([second.id])
    await pools.stop(second.id)
    pools.remove(second.id)
    expect(pools.list()).toEqual([])
    expect(() => pools.remove(second.id)).toThrow(SluiceError)
    await expect(pools.stop('none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('that cannot start say why, and stand there as failed', async () => {
    await redis.client.set('queue:email', 'text')
    await expect(pools.start(config)).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    expect(pools.list()).toMatchObject([{ state: 'failed', problem: expect.stringContaining('is a string') }])
    await expect(pools.start({ ...config, connectionId: 'other' })).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })

  it('of one connection stop together', async () => {
    await pools.start(config)
    await pools.start({ ...config, queueName: 'sms', handler: 'sms' })
    await pools.stopConnection('another')
    expect(pools.list().map(({ state }) => state)).toEqual(['running', 'running'])
    await pools.stopConnection('test')
    expect(pools.list().map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  })
})

describe('the ring of messages', () => {
  it('keeps the newest', () => {
    const ring = new MessageRing(3)
    const message = {
      channel: 'sms',
      type: 'otp',
      to: '1',
      subject: null,
      text: '',
      html: null,
      outcome: 'sent',
    } as const
    for (const poolId of ['a', 'b', 'a', 'b']) ring.add({ ...message, poolId, error: null, attempt: 1 })
    expect(ring.list(null).map(({ poolId }) => poolId)).toEqual(['b', 'a', 'b'])
    expect(ring.list('a')).toHaveLength(1)
  })
})

describe('the count of the last minute', () => {
  it('forgets what is older, and starts anew when the clock is set back', () => {
    let now = 1_000_000
    const counter = new MinuteCounter(() => now)
    const at = (ms: number) => {
      now = ms
      return counter.perMinute
    }
    counter.add()
    counter.add()
    now += 30_000
    counter.add()
    expect(counter.perMinute).toBe(3)
    expect(at(1_059_999)).toBe(3)
    expect(at(1_060_000)).toBe(1)
    expect(at(1_090_000)).toBe(0)
    counter.add()
    expect(at(2_000_000)).toBe(0)
    counter.add()
    expect(at(1_000_000)).toBe(0)
  })
})
