import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../../test/pool.ts'
import { startProxy } from '../../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import { layoutOf } from './layout.ts'
import { createProducer, type Producer } from './producer.ts'

let redis: TestRedis
let connection: OpenConnection
let producer: Producer
const layout = layoutOf('plain-list', 'queue:', 'email')

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(async () => {
  await redis.client.flushall()
  producer = await createProducer(connection, layout)
})
afterEach(() => producer.close())

const calls = async (command: string) =>
  Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.client.info('commandstats'))?.[1] ?? 0)

describe('a producer', () => {
  it('adds what is asked for in one tick together, in order, each to its list', async () => {
    await redis.client.config('RESETSTAT')
    await Promise.all([
      ...Array.from({ length: 100 }, (_, i) => producer.add(`job ${i}`)),
      producer.add('first', 'high'),
      producer.add(Buffer.from([0xff, 0x00]), 'low'),
    ])
    expect(await redis.client.lrange(layout.waiting, 0, -1)).toEqual(Array.from({ length: 100 }, (_, i) => `job ${i}`))
    expect(await redis.client.lrange(layout.high, 0, -1)).toEqual(['first'])
    expect(await redis.client.lrangeBuffer(layout.low, 0, -1)).toEqual([Buffer.from([0xff, 0x00])])
    expect(await calls('rpush')).toBe(3)
  })

  it('adds many a thousand at a time', async () => {
    await redis.client.config('RESETSTAT')
    await producer.addMany(Array.from({ length: 2500 }, (_, i) => `job ${i}`))
    expect(await redis.client.llen(layout.waiting)).toBe(2500)
    expect(await redis.client.lindex(layout.waiting, -1)).toBe('job 2499')
    expect(await calls('rpush')).toBe(3)
    await producer.addMany([])
  })

  it('adds for later, and equals stay apart', async () => {
    const at = Date.now() + 60_000
    for (let i = 0; i < 3; i++) await producer.addAt('{"n":1}', at)
    expect(await redis.client.zrange(layout.delayed, '0', '-1')).toEqual(['{"n":1}', '{"n":1} ', '{"n":1}  '])
    expect(await redis.client.zscore(layout.delayed, '{"n":1}')).toBe(String(at))
  })

  it('says that it does not know when the answer is lost, to all who were in the same push, and goes on', async () => {
    const proxy = await startProxy(redis.port)
    const behind = await openTestConnection(`redis://127.0.0.1:${proxy.port}`)
    const cut = await createProducer(behind, layout)
    try {
      await cut.add('0')
      proxy.loseReplyTo(/rpush/i)
      const both = await Promise.allSettled([cut.add('1'), cut.add('2')])
      expect(both).toEqual(
        [1, 2].map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }) })),
      )
      await cut.add('3')
      expect(await redis.client.lrange(layout.waiting, 0, -1)).toEqual(['0', '1', '2', '3'])
    } finally {
      cut.close()
      behind.close()
      await proxy.close()
    }
  })

  it('does not begin on a connection that may not write', async () => {
    const readOnly = await openTestConnection(redis.url, { readOnly: true })
    await expect(createProducer(readOnly, layout)).rejects.toMatchObject({ code: 'READ_ONLY' })
    readOnly.close()
  })
})
