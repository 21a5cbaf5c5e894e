import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BullPeer, bullPeer } from '../../../test/peers/bull.ts'
import { countingReader, testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { scheduleSchema } from '../../domain/schedule.ts'
import type { Reader } from '../handles.ts'
import { bull } from './index.ts'

describe('schedules that Bull itself made', () => {
  let server: TestRedis
  let reader: Reader
  let peer: BullPeer
  const queue = { system: 'bull' as const, prefix: 'bull', name: 'mail' }
  beforeAll(async () => {
    server = await startRedis()
    reader = testReader(server.client)
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.client.flushall()
    peer = bullPeer(server.port, 'mail')
  })
  afterEach(() => peer?.close())

  async function listed(by = reader) {
    const found = (await bull.schedules?.(by, queue)) ?? []
    for (const schedule of found) scheduleSchema.strict().parse(schedule)
    return found
  }

  it('are listed as Bull lists them, the next one first, in three round trips', async () => {
    const { queue: own } = peer
    const soon = Date.now() + 86_400_000
    await own.add(
      'cron',
      { n: '9007199254740993' },
      { repeat: { cron: '0 3 * * *', tz: 'Asia/Tehran', endDate: soon } },
    )
    await own.add('often', { n: 2 }, { repeat: { every: 60_000, limit: 5 } })
    await own.add({ n: 3 }, { repeat: { cron: '*/5 * * * *' } })
    await own.add('with id', { n: 4 }, { jobId: 'nightly', repeat: { cron: '0 4 * * 1-5' } })
    await own.add('a:b', {}, { repeat: { cron: '1 1 1 1 *' } })
    await own.add('twice', {}, { jobId: 'order:7', repeat: { every: 3_600_000 } })
    const counting = countingReader(reader)
    const found = await listed(counting)
    expect(counting.trips).toBe(3)
    const official = await own.getRepeatableJobs(0, -1, true)
    expect(found.map(({ id, nextAt }) => [id, nextAt])).toEqual(official.map(({ key, next }) => [key, next]))
    expect(found.map(({ problem }) => problem)).toEqual(found.map(() => null))
    const of = (start: string) => found.find(({ id }) => id.startsWith(start))
    expect(of('cron:')).toMatchObject({
      name: 'cron',
      pattern: '0 3 * * *',
      everyMs: null,
      timeZone: 'Asia/Tehran',
      endsAt: soon,
      limit: null,
      runs: 0,
      payload: '{"n":"9007199254740993"}',
    })
    expect(of('often:')).toMatchObject({
      pattern: null,
      everyMs: 60_000,
      timeZone: null,
      endsAt: null,
      limit: 5,
      runs: 0,
    })
    expect(of('__default__:')).toMatchObject({ name: null, pattern: '*/5 * * * *', payload: '{"n":3}' })
    expect(of('with id:')).toMatchObject({ name: 'with id', pattern: '0 4 * * 1-5', payload: '{"n":4}' })
    expect(of('a:b:')).toMatchObject({ name: 'a:b', pattern: '1 1 1 1 *', payload: '{}' })
    expect(of('twice:')).toMatchObject({ name: 'twice', everyMs: 3_600_000, payload: '{}' })
  })

  it('are known to be dead once their next job is gone, or ended alone', async () => {
    for (const name of ['a', 'b', 'c']) await peer.queue.add(name, {}, { repeat: { cron: '0 3 * * *' } })
    const [a, b, c] = (await peer.queue.getDelayed()).sort((one, other) => one.name.localeCompare(other.name))
    await a?.remove()
    expect((await listed()).map(({ name, problem }) => [name, problem])).toEqual([
      ['a', 'Its next job is missing, so it will not run again.'],
      ['b', null],
      ['c', null],
    ])
    await c?.promote() // it waits, and makes the next one when it runs
    await server.client.zrem('bull:mail:delayed', String(b?.id))
    expect((await listed()).map(({ problem }) => problem?.slice(0, 11) ?? null)).toEqual([
      'Its next jo',
      'Its next jo',
      null,
    ])
    await server.client.zadd('bull:mail:completed', 1, String(b?.id))
    expect((await listed()).map(({ problem }) => problem?.slice(0, 14) ?? null)).toEqual([
      'Its next job i',
      'Its last job e',
      null,
    ])
    await server.client.lpush('bull:mail:wait', ...Array.from({ length: 10_000 }, (_, n) => `x${n}`))
    expect((await listed()).map(({ problem }) => problem?.slice(0, 14) ?? null)).toEqual([null, 'Its last job e', null])
  })

  it('survive what others wrote there', async () => {
    await server.client.zadd('bull:mail:repeat', 1, 'x', 2, ':::::', 3, 'a:b', 4, '')
    expect(await listed()).toHaveLength(4)
    await server.client.zadd('bull:mail:repeat', 5, Buffer.from([0xff, 0x3a]))
    expect(await listed()).toHaveLength(5)
    await server.client.set('bull:mail:repeat', 'x')
    expect(await listed()).toEqual([])
    await server.client.del('bull:mail:repeat')
    expect(await listed()).toEqual([])
  })
})
