import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import { layoutOf } from './layout.ts'
import { auditQueue, pauseQueue, resumeQueue } from './queue-control.ts'

let redis: TestRedis
let connection: OpenConnection
const layout = layoutOf('plain-list', 'queue:', 'email')

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(() => redis.client.flushall())

/** Redis' own clock, in ms. */
const serverNow = async () => Number((await redis.client.time())[0]) * 1000

describe('an audit', () => {
  it('of a queue that is not there is nothing, and all is well', async () => {
    const audit = await auditQueue(connection.reader, layout)
    expect(audit).toMatchObject({ total: 0, workers: [], orphans: { count: 0, oldestAgeMs: null }, problems: [] })
    expect(Object.values(audit.places)).toEqual(Array(9).fill(0))
  })

  it('counts every place where a job may be', async () => {
    const now = await serverNow()
    const { client } = redis
    await client.rpush(layout.waiting, 'a', 'b')
    await client.rpush(layout.high, 'c')
    await client.rpush(layout.low, 'd', 'e', 'f')
    await client.rpush(layout.suspects, 'g')
    await client.rpush(layout.dead, 'h', 'i')
    await client.zadd(layout.delayed, 1, 'j')
    await client.hset(layout.stats, 'done', 7)
    await client.zadd(layout.leases, now + 10_000, 'alive', now - 5000, 'expired', -now, 'gone')
    await client.hset(`${layout.workers}alive`, 'last', '1 0 2 0 0 0 0', '4096', 'k', '4097', 'l')
    await client.hset(`${layout.workers}expired`, 'last', '1 0 1 0 0 0 0', '4096', 'm')
    await client.rpush(`${layout.claims}alive`, 'n')
    await client.sadd(layout.processing, 'k', 'm', 'left')
    await client.zadd(layout.orphans, now - 60_000, 'digest')
    const { places, total, workers, orphans, problems } = await auditQueue(connection.reader, layout)
    expect(places).toEqual({
      waiting: 2,
      high: 1,
      low: 3,
      suspects: 1,
      delayed: 1,
      held: 3,
      claimed: 1,
      dead: 2,
      done: 7,
    })
    expect(total).toBe(21)
    expect(workers.map(({ worker, held, claimed }) => [worker, held, claimed])).toEqual([
      ['expired', 1, 0],
      ['alive', 2, 1],
    ])
    expect(workers.map(({ leaseMs }) => Math.sign(leaseMs))).toEqual([-1, 1])
    expect(orphans.count).toBe(1)
    expect(orphans.oldestAgeMs ?? 0).toBeGreaterThanOrEqual(60_000)
    expect(problems).toEqual([
      '1 job is in the hands of workers that died: the next worker that runs gives them back.',
      '1 job is being run, and not shown as such: somebody changed the processing key.',
    ])
  })

  it('counts equals in a view that is a list', async () => {
    const http = layoutOf('http-jobs', '', 'job_queue')
    await redis.client.zadd(http.leases, (await serverNow()) + 10_000, 'alive')
    await redis.client.hset(`${http.workers}alive`, 'last', '1 0 1 0 0 0 0', '4096', 'same')
    await redis.client.rpush(http.processing, 'same', 'same', 'same')
    const { orphans, problems } = await auditQueue(connection.reader, http)
    expect([orphans.count, problems]).toEqual([2, []])
  })

  it('writes nothing, and so may be asked of a read-only connection', async () => {
    await redis.client.rpush(layout.waiting, 'a')
    const readOnly = await openTestConnection(redis.url, { readOnly: true })
    expect((await auditQueue(readOnly.reader, layout)).total).toBe(1)
    readOnly.close()
  })
})

describe('a pause', () => {
  it('is one field of the queue, and leaves nothing when it ends', async () => {
    await pauseQueue(connection.writer(), layout)
    expect(await redis.client.hgetall(layout.meta)).toEqual({ paused: '1' })
    await resumeQueue(connection.writer(), layout)
    expect(await redis.client.keys('*')).toEqual([])
  })
})
