import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BullmqPeer, type BullmqVersion, bullmqPeer, repeatableQueue } from '../../../test/peers/bullmq.ts'
import { countingReader, testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { scheduleSchema } from '../../domain/schedule.ts'
import type { Reader } from '../handles.ts'
import { bullmq } from './index.ts'

/** A server and a queue of one version for the tests around it, and the schedules that are listed there. */
function setUp(version: BullmqVersion) {
  const queue = { system: 'bullmq' as const, prefix: 'bull', name: 'mail' }
  const at = {} as { port: number; redis: TestRedis['client']; reader: Reader; peer: BullmqPeer }
  let server: TestRedis
  beforeAll(async () => {
    server = await startRedis()
    at.port = server.port
    at.redis = server.client
    at.reader = testReader(server.client)
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.client.flushall()
    at.peer = bullmqPeer(version, server.port, 'mail')
  })
  afterEach(() => at.peer?.close())
  return Object.assign(at, {
    async listed(by = at.reader) {
      const found = (await bullmq.schedules?.(by, queue)) ?? []
      for (const schedule of found) scheduleSchema.strict().parse(schedule)
      return found
    },
  })
}

describe.each([5, 6] as const)('schedules that BullMQ %i itself made', (version) => {
  const at = setUp(version)
  it('are listed as BullMQ lists them, the next one first, in three round trips', async () => {
    const { queue: own } = at.peer
    const ends = Date.now() + 9 * 86_400_000
    await own.upsertJobScheduler(
      'nightly',
      { pattern: '0 3 * * *', tz: 'Asia/Tehran', endDate: ends },
      { name: 'cron', data: { n: '9007199254740993' }, opts: { attempts: 3 } },
    )
    await own.upsertJobScheduler('often:eu:1', { every: 60_000, limit: 5, startDate: ends - 1000 }, { name: 'o' })
    const counting = countingReader(at.reader)
    const found = await at.listed(counting)
    expect(counting.trips).toBe(3)
    const official = await own.getJobSchedulers(0, -1, true)
    expect(found.map(({ id, nextAt }) => [id, nextAt])).toEqual(official.map(({ key, next }) => [key, next]))
    expect(found).toMatchObject([
      {
        id: 'nightly',
        name: 'cron',
        pattern: '0 3 * * *',
        everyMs: null,
        timeZone: 'Asia/Tehran',
        startsAt: null,
        endsAt: ends,
        runs: 0,
        limit: null,
        payload: '{"n":"9007199254740993"}',
        options: '{"attempts":3}',
        problem: null,
      },
      { id: 'often:eu:1', everyMs: 60_000, pattern: null, startsAt: ends - 1000, limit: 5, problem: null },
    ])
  })

  it('count their runs, and are over at their limit', async () => {
    const made = await at.peer.queue.upsertJobScheduler('thrice', { every: 50, limit: 3 }, { name: 'ok' })
    expect(await at.listed()).toMatchObject([{ runs: 0, limit: 3 }])
    await at.peer.work()
    await at.peer.ended(String(made?.id))
    await expect.poll(async () => (await at.peer.queue.getJobCounts('completed')).completed).toBe(3)
    expect(await at.listed()).toMatchObject([{ runs: 3, limit: 3, problem: null }])
  })

  it('are known to be dead once their next job is gone, or ended alone', async () => {
    for (const id of ['a', 'b', 'c']) await at.peer.queue.upsertJobScheduler(id, { pattern: '0 3 * * *' }, { name: id })
    const [a, b, c] = (await at.listed()).map(({ id, nextAt }) => `repeat:${id}:${nextAt}`)
    await at.redis.zrem('bull:mail:delayed', String(a), String(b))
    await at.redis.del(`bull:mail:${a}`)
    await (await at.peer.queue.getJob(String(c)))?.promote()
    const problems = async () => (await at.listed()).map(({ problem }) => problem?.slice(0, 14) ?? null)
    expect(await problems()).toEqual(['Its next job i', 'Its next job i', null])
    await at.redis.zadd('bull:mail:failed', 1, String(b))
    expect(await problems()).toEqual(['Its next job i', 'Its last job e', null])
    await at.redis.lpush('bull:mail:wait', ...Array.from({ length: 10_000 }, (_, n) => `x${n}`))
    expect(await problems()).toEqual([null, 'Its last job e', null])
  })

  it('survive what others wrote there', async () => {
    await at.redis.zadd('bull:mail:repeat', 1, 'x', 2, ':::::', 3, 'a:b', 4, '', 5, Buffer.from([0xff]))
    await at.redis.set('bull:mail:repeat:x', 'no hash')
    expect(await at.listed()).toHaveLength(5)
    await at.redis.set('bull:mail:repeat', 'x')
    expect(await at.listed()).toEqual([])
    await at.redis.del('bull:mail:repeat')
    expect(await at.listed()).toEqual([])
  })
})

describe('repeatable jobs of the old kind, which BullMQ 5 serves', () => {
  const at = setUp(5)

  it('are listed as BullMQ lists them, and known to be dead', async () => {
    const own = repeatableQueue(at.port, 'mail')
    await own.add('cron', { n: 1 }, { repeat: { pattern: '0 3 * * *', tz: 'Asia/Tehran' } })
    await own.add('often', { n: 2 }, { repeat: { every: 3_600_000 } })
    const official = await own.getRepeatableJobs(0, -1, true)
    const found = await at.listed()
    expect(
      found.map(({ id, name, nextAt, pattern, timeZone, everyMs }) => ({
        id,
        name,
        nextAt,
        pattern,
        timeZone,
        everyMs,
      })),
    ).toEqual(
      official.map(({ key, name, next, pattern, tz, every }) => ({
        id: key,
        name,
        nextAt: next,
        pattern,
        timeZone: tz,
        everyMs: every === null ? null : Number(every),
      })),
    )
    expect(found.map(({ problem, payload }) => [problem, payload])).toEqual([
      [null, null],
      [null, null],
    ])
    const often = (await own.getDelayed()).find(({ name }) => name === 'often')
    await at.redis.zrem('bull:mail:delayed', String(often?.id))
    expect((await at.listed()).find(({ name }) => name === 'often')?.problem).toMatch(/^Its next job is missing/)
    await own.close()
    // Members that hold all themselves are older yet; their next job cannot be named.
    await at.redis.zadd('bull:mail:repeat', 1, 'old:7:1900000000000:UTC:0 5 * * *')
    expect((await at.listed())[0]).toMatchObject({
      name: 'old',
      pattern: '0 5 * * *',
      timeZone: 'UTC',
      endsAt: 1_900_000_000_000,
      problem: null,
    })
  })
})
