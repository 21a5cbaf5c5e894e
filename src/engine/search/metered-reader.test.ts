import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { meteredReader } from './metered-reader.ts'

let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
  await server.client.rpush('list', ...Array.from({ length: 5000 }, (_, i) => `${i}`.padEnd(100)))
})
afterAll(() => server?.stop())

const never = () => new AbortController().signal
/** Keeps Redis at work for a while, and changes nothing. */
const busy = ['EVAL', "for i = 1, tonumber(ARGV[1]) do redis.call('LRANGE', 'list', 0, 200) end", 0] as const

describe('a metered reader', () => {
  it('counts the bytes of replies, and the time that Redis worked by its own clock', async () => {
    const connection = await openTestConnection(server)
    const reader = meteredReader(connection.reader, { budget: 100, signal: never() })
    const trips = connection.reader.trips
    expect(await reader.call('LRANGE', 'list', 0, 1)).toHaveLength(2)
    expect(
      await reader.pipeline([
        ['LLEN', 'list'],
        ['LINDEX', 'list', 7],
      ]),
    ).toEqual([5000, Buffer.from('7'.padEnd(100))])
    expect(reader.bytes).toBe(300)
    expect(connection.reader.trips - trips).toBe(2)
    const before = { redisMs: reader.redisMs, stats: await scriptUs() }
    await reader.call(...busy, 300)
    const worked = ((await scriptUs()) - before.stats) / 1000
    expect(worked).toBeGreaterThan(1)
    expect(reader.redisMs - before.redisMs).toBeGreaterThanOrEqual(worked * 0.9)
    connection.close()
  })

  it('waits until what it took is within its budget', async () => {
    const connection = await openTestConnection(server)
    const reader = meteredReader(connection.reader, { budget: 10, signal: never(), allowanceMs: 0 })
    const start = performance.now()
    for (let i = 0; i < 6; i++) await reader.call(...busy, 100)
    const last = reader.redisMs
    await reader.call('PING') // waits for what came before it
    expect(last).toBeLessThanOrEqual((performance.now() - start) * 0.1 + 0.1)
    connection.close()
  })

  it('does not wait for what is small', async () => {
    const connection = await openTestConnection(server)
    const reader = meteredReader(connection.reader, { budget: 0.1, signal: never(), allowanceMs: 60_000 })
    const start = performance.now()
    for (let i = 0; i < 6; i++) await reader.call(...busy, 100)
    // Held back, it would have taken a thousand times as long as Redis worked.
    expect(performance.now() - start).toBeLessThan(reader.redisMs * 500)
    connection.close()
  })

  it('throws what Redis says, and the reason of its signal, also while it waits', async () => {
    const connection = await openTestConnection(server)
    const stop = new AbortController()
    const reader = meteredReader(connection.reader, { budget: 1, signal: stop.signal, allowanceMs: 0 })
    await expect(reader.call('HGET', 'list', 'a')).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    await expect(reader.call('SET', 'a', 'b')).rejects.toMatchObject({ code: 'READ_ONLY' })
    await reader.call(...busy, 2000)
    const waiting = reader.call('PING')
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    const trips = connection.reader.trips
    await expect(reader.call('PING')).rejects.toThrow('stopped')
    expect(connection.reader.trips).toBe(trips)
    connection.close()
  })

  it('measures the round trips of a user who may not ask for the time', async () => {
    const connection = await openAsUser(server, ['-time'])
    const reader = meteredReader(connection.reader, { budget: 100, signal: never() })
    expect(await reader.call('LLEN', 'list')).toBe(5000)
    expect(reader.redisMs).toBeGreaterThan(0)
    connection.close()
  })
})

/** Time of all scripts so far, by Redis' own statistics. */
async function scriptUs(): Promise<number> {
  const info = await server.client.info('commandstats')
  return Number(/cmdstat_eval_ro:calls=\d+,usec=(\d+)/.exec(info)?.[1] ?? 0)
}
