import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun as run } from '../../../test/free-run.ts'
import { laravelMissing, runLaravel } from '../../../test/peers/laravel.ts'
import { putHorizon } from '../../../test/recorded/horizon-recording.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { Run, TrashSlot, WriteActions } from '../system.ts'
import { horizon } from './index.ts'

const shop: QueueRef = { system: 'horizon', prefix: 'shop_horizon:', name: 'shop' }
const write = horizon.write as Required<WriteActions>
const id = (n: number) => `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`
const missing = laravelMissing()

let server: TestRedis
let redis: Redis
let writer: Writer
let trash: TrashSlot
let entries = 0

beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())
beforeEach(async () => {
  trash = { key: `sluice:trash:h${++entries}`, ttlMs: 60_000 }
  await redis.flushall()
  await putHorizon(redis)
})

const hashOf = (n: number) => redis.hgetall(`shop_horizon:${id(n)}`)
async function refOf(n: number, queue = shop): Promise<string> {
  return (await horizon.find?.(writer, queue, id(n)))?.ref ?? ''
}
const retry = (...refs: string[]) => write.retry(writer, shop, 'failed', refs, 'reset', trash)

describe('retrying a failed job', () => {
  it('makes a new job of it, with the records that Horizon makes, and pushes it last', async () => {
    expect(await retry(await refOf(5))).toEqual({ done: 1, missing: 0, refused: [] })
    const now = Number((await redis.time())[0])

    const [pushed = ''] = await redis.lrange('shop_database_queues:payments', 0, -1)
    expect(await redis.lrange('shop_database_queues:payments:notify', 0, -1)).toEqual(['1'])
    const job = JSON.parse(pushed)
    expect(job).toMatchObject({
      uuid: job.id,
      attempts: 0,
      retry_of: id(5),
      maxTries: 3,
      tags: ['App\\Models\\Order:77', 'vip'],
    })
    expect(job.id).not.toBe(id(5))
    expect(pushed).toContain('"order":9223372036854775807') // every digit
    expect(pushed).toContain('i:9007199254740993;')
    // It had 3,599.5 s when it was pushed, and has as long again.
    expect(Math.abs(job.retryUntil - now - 3600)).toBeLessThan(30)
    expect(Math.abs(Number(job.pushedAt) - now)).toBeLessThan(30)

    const fresh = await redis.hgetall(`shop_horizon:${job.id}`)
    expect(fresh).toEqual({
      id: job.id,
      connection: 'redis',
      queue: 'payments',
      name: 'App\\Jobs\\ChargeCard',
      status: 'pending',
      payload: pushed,
      created_at: expect.stringMatching(/^\d{10}\.\d{4}$/),
      updated_at: fresh.created_at,
    })
    expect(Math.abs((await redis.ttl(`shop_horizon:${job.id}`)) - 3600)).toBeLessThan(30)
    for (const set of ['pending_jobs', 'recent_jobs']) {
      expect(Number(await redis.zscore(`shop_horizon:${set}`, job.id)), set).toBe(-Number(fresh.created_at))
    }
    expect(Number(await redis.zscore('shop_horizon:vip', job.id))).toBe(Number(fresh.created_at))
    expect(await redis.exists('shop_horizon:App\\Models\\Order:77')).toBe(0) // a tag that nobody watches

    expect(JSON.parse((await hashOf(5)).retried_by ?? '')).toEqual([
      { id: job.id, status: 'pending', retried_at: expect.any(Number) },
    ])
    expect(await redis.zscore('shop_horizon:failed_jobs', id(5))).not.toBeNull()
  })

  it('refuses one whose retry is under way or went well, and not one whose retries all failed', async () => {
    expect(await retry(await refOf(5))).toMatchObject({ done: 1 })
    expect((await retry(await refOf(5))).refused).toEqual([
      { ref: await refOf(5), reason: 'Already retried (1 time, last: pending).' },
    ])
    expect((await retry(await refOf(6))).refused).toEqual([
      { ref: await refOf(6), reason: 'Already retried (2 times, last: completed).' },
    ])
    expect(await redis.llen('shop_database_queues:payments')).toBe(1)

    const retries = JSON.parse((await hashOf(5)).retried_by ?? '[]')
    await redis.hset(`shop_horizon:${id(5)}`, 'retried_by', JSON.stringify([{ ...retries[0], status: 'failed' }]))
    expect(await retry(await refOf(5))).toMatchObject({ done: 1 })
    expect(JSON.parse((await hashOf(5)).retried_by ?? '[]')).toHaveLength(2)
  })

  it('touches nothing that left, changed or lost its record', async () => {
    const five = await refOf(5)
    const before = await redis.dbsize()
    await redis.zadd('shop_horizon:failed_jobs', -1_764_549_999, id(5)) // it failed again
    expect(await retry(five)).toMatchObject({ done: 0, missing: 1 })
    await redis.hset(`shop_horizon:${id(5)}`, 'status', 'completed')
    expect(await retry(await refOf(5))).toMatchObject({ done: 0, refused: [{ reason: 'It is completed now.' }] })
    await redis.hset(`shop_horizon:${id(5)}`, 'status', 'failed', 'payload', '{"no":"job"}')
    expect((await retry(await refOf(5))).refused[0]?.reason).toBe('This is no payload that a worker could run.')
    await redis.hdel(`shop_horizon:${id(5)}`, 'payload')
    expect((await retry(await refOf(5), 'nonsense')).refused.map(({ reason }) => reason)).toEqual([
      'This does not name a job of this state.',
      'Its record has expired, or lacks its payload or its queue.',
    ])
    expect(await redis.dbsize()).toBe(before)
  })

  it('writes nothing where one of its places has another type', async () => {
    for (const key of ['shop_horizon:recent_jobs', 'shop_horizon:vip', 'shop_database_queues:payments:notify']) {
      await redis.flushall()
      await putHorizon(redis)
      await redis.del(key)
      await redis.set(key, 'a string')
      await redis.rpush('shop_database_queues:payments', 'first')
      const before = await redis.dbsize()
      await expect(retry(await refOf(5)), key).rejects.toThrow('WRONGTYPE')
      expect([await redis.dbsize(), (await hashOf(5)).retried_by], key).toEqual([before, undefined])
    }
  })

  it('retries a job once when two operators do it at the same time', async () => {
    const ref = await refOf(5)
    let both: Promise<unknown> | null = null
    const slow: Writer = {
      ...writer,
      async run(script, keys, args) {
        both ??= retry(ref) // between the reading and the writing of the first
        await both
        return writer.run(script, keys, args)
      },
    }
    const second = await write.retry(slow, shop, 'failed', [ref], 'reset', trash)
    expect(second).toMatchObject({ done: 0, refused: [{ reason: expect.stringContaining('It changed') }] })
    expect(await redis.llen('shop_database_queues:payments')).toBe(1)
  })

  it.each([
    ['shop_database_queues:payments:delayed', 'shop_database_'],
    ['shop-database-queues:payments:reserved', 'shop-database-'],
    ['queues:payments:notify', ''],
  ])('finds the queue by its key %s', async (key, prefix) => {
    if (key.endsWith('notify')) await redis.rpush(key, '1')
    else await redis.zadd(key, 1, 'x')
    expect(await retry(await refOf(5))).toMatchObject({ done: 1 })
    expect(await redis.llen(`${prefix}queues:payments`)).toBe(1)
  })

  it('does not guess a queue where the prefix tells nothing, and takes the name that a person gave', async () => {
    await redis.rename('shop_horizon:failed_jobs', 'records.failed_jobs')
    await redis.rename(`shop_horizon:${id(5)}`, `records.${id(5)}`)
    const records: QueueRef = { system: 'horizon', prefix: 'records.', name: 'records' }
    const retried = write.retry(writer, records, 'failed', [await refOf(5, records)], 'reset', trash)
    await expect(retried).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('name this Horizon by hand in the profile'),
    })
    const named = { ...records, name: 'crm_prod:' }
    expect(await write.retry(writer, named, 'failed', [await refOf(5, named)], 'reset', trash)).toMatchObject({
      done: 1,
    })
    expect(await redis.llen('crm_prod:queues:payments')).toBe(1)
  })

  it('retries all that failed until now, in chunks, and stops when told', async () => {
    const payload = (n: number) => `{"uuid":"${id(n)}","job":"A@b","data":[],"id":"${id(n)}","attempts":1}`
    for (let n = 100; n < 160; n++) {
      await redis.zadd('shop_horizon:failed_jobs', -1_764_540_000 - n, id(n))
      await redis.hset(`shop_horizon:${id(n)}`, { id: id(n), queue: 'mail', status: 'failed', payload: payload(n) })
    }
    const stop = new AbortController()
    const seen: number[][] = []
    const first: Run = {
      ...run,
      signal: stop.signal,
      progress(...numbers) {
        seen.push(numbers)
        stop.abort()
      },
    }
    const frozen = await horizon.freeze(writer, shop, 'failed')
    expect(frozen.count).toBe(62)
    expect(await write.retryAll(writer, shop, 'failed', frozen, trash, 'reset', first)).toMatchObject({
      done: 25,
      left: 37,
    })
    expect(seen).toEqual([[25, 62]])
    // Fails meanwhile: it is none of those that were frozen.
    const payload7 = payload(7)
    await redis.zadd('shop_horizon:failed_jobs', -(Number((await redis.time())[0]) + 50), id(7))
    await redis.hset(`shop_horizon:${id(7)}`, { id: id(7), queue: 'mail', status: 'failed', payload: payload7 })
    const all = { done: 61, missing: 0, refused: [{ ref: 'failed', reason: '1 jobs: Already retried.' }] }
    expect(await write.retryAll(writer, shop, 'failed', frozen, trash, 'reset', run)).toEqual(all)
    expect(await write.retryAll(writer, shop, 'failed', frozen, trash, 'reset', run)).toEqual(all)
    const list = await redis.lrange('shop_database_queues:mail', 0, -1)
    expect(list.map((each) => JSON.parse(each).retry_of)).toEqual(Array.from({ length: 60 }, (_, i) => id(100 + i)))
    expect(await redis.llen('shop_database_queues:mail:notify')).toBe(60)
  })

  it.skipIf(missing !== null)(
    `is run by Laravel's own worker${missing === null ? '' : ` (skipped: ${missing})`}`,
    async () => {
      const payload = `{"uuid":"${id(5)}","displayName":"Tell","job":"Tell@aloud","maxTries":null,"data":{"order":9007199254740993},"id":"${id(5)}","attempts":3}`
      await redis.hset(`shop_horizon:${id(5)}`, 'payload', payload)
      expect(await retry(await refOf(5))).toMatchObject({ done: 1 })
      const { output } = await runLaravel(server.port, 'shop_database_', 'work', 'payments', '0', '30')
      expect(output).toBe('ran {"order":9007199254740993} attempt 1\n')
      expect(await redis.keys('shop_database_*')).toEqual([])
    },
  )
})

describe('undoing a retry', () => {
  /** All but what the trash keeps. */
  async function dump() {
    const keys = (await redis.keys('shop_*')).sort()
    return Promise.all(
      keys.map(async (key) => {
        const type = await redis.type(key)
        if (type === 'hash') return [key, await redis.hgetall(key)]
        if (type === 'list') return [key, await redis.lrange(key, 0, -1)]
        return [key, type === 'zset' ? await redis.zrange(key, 0, '-1', 'WITHSCORES') : await redis.smembers(key)]
      }),
    )
  }
  const restore = () => write.restore(writer, shop, 'failed', trash, run)

  it('takes the new job out of its queue, and leaves everything as it was', async () => {
    await redis.rpush('shop_database_queues:payments', 'another')
    await redis.rpush('shop_database_queues:payments:notify', '1')
    const before = await dump()
    expect(await retry(await refOf(5))).toMatchObject({ done: 1 })
    await redis.rpush('shop_database_queues:payments', 'later')
    expect(await write.fates(writer, shop, 'failed', trash, 10)).toEqual({ waiting: 1, succeeded: 0, failed: 0 })
    expect(await restore()).toEqual({ done: 1, missing: 0, refused: [], exact: true })
    expect(await redis.rpop('shop_database_queues:payments')).toBe('later')
    expect(await dump()).toEqual(before)
    expect(await redis.keys('sluice:*')).toEqual([])
    await expect(restore()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('gives back the note of an earlier retry, and misses a job that a worker has', async () => {
    const earlier = JSON.stringify([{ id: 'x', status: 'failed', retried_at: 1 }])
    for (const n of [5, 6]) await redis.hset(`shop_horizon:${id(n)}`, 'retried_by', earlier)
    expect(await retry(await refOf(5), await refOf(6))).toMatchObject({ done: 2 })
    const taken = JSON.parse((await redis.lpop('shop_database_queues:payments')) ?? '{}') as { id: string }
    await redis.hset(`shop_horizon:${taken.id}`, 'status', 'failed')
    expect(await write.fates(writer, shop, 'failed', trash, 10)).toEqual({ waiting: 1, succeeded: 0, failed: 1 })
    expect(await restore()).toMatchObject({ done: 1, missing: 1, refused: [] })
    expect((await hashOf(6)).retried_by).toBe(earlier)
    expect(JSON.parse((await hashOf(5)).retried_by ?? '')).toHaveLength(2)
  })

  it('refuses one whose note was changed since, and keeps it in the trash', async () => {
    expect(await retry(await refOf(5))).toMatchObject({ done: 1 })
    await redis.hset(`shop_horizon:${id(5)}`, 'retried_by', '[]')
    expect(await restore()).toMatchObject({ done: 0, refused: [{ ref: id(5) }] })
    expect(await redis.llen('shop_database_queues:payments')).toBe(1)
    const keys: string[] = []
    for await (const some of write.trashKeys(writer, shop, trash)) keys.push(...some)
    expect(keys).toEqual([`${trash.key}:items`, trash.key])
  })
})

describe('forgetting failed jobs', () => {
  it('removes all traces, and brings them back with the time that they had left', async () => {
    await redis.pexpire(`shop_horizon:${id(5)}`, 500_000)
    await redis.pexpire('shop_horizon:failed:App\\Models\\Order:77', 400_000)
    const before = await hashOf(5)
    const score = await redis.zscore('shop_horizon:failed_jobs', id(5))
    const outcome = await write.remove(writer, shop, 'failed', [await refOf(5), `-1:${id(6)}`, 'x'], trash)
    expect(outcome).toMatchObject({ done: 1, missing: 1, refused: [{ ref: 'x' }] })
    expect(await redis.exists(`shop_horizon:${id(5)}`, 'shop_horizon:failed:App\\Models\\Order:77')).toBe(0)
    expect(await redis.zrange('shop_horizon:failed_jobs', 0, '-1')).toEqual([id(6)])
    expect(await redis.zrange('shop_horizon:recent_failed_jobs', 0, '-1')).toEqual([id(6)])
    expect(await redis.pttl(trash.key)).toBeGreaterThan(0)
    expect(await redis.pttl(`${trash.key}:items`)).toBeGreaterThan(0)

    expect(await write.restore(writer, shop, 'failed', trash, run)).toEqual({
      done: 1,
      missing: 0,
      refused: [],
      exact: true,
    })
    expect(await hashOf(5)).toEqual(before)
    expect(await redis.zscore('shop_horizon:failed_jobs', id(5))).toBe(score)
    expect(await redis.zscore('shop_horizon:recent_failed_jobs', id(5))).toBe(score)
    expect(await redis.zscore('shop_horizon:failed:App\\Models\\Order:77', id(5))).toBe(score?.replace('-', ''))
    const left = await Promise.all(
      [`shop_horizon:${id(5)}`, 'shop_horizon:failed:App\\Models\\Order:77'].map((key) => redis.pttl(key)),
    )
    expect(left.map((ms) => Math.ceil(ms / 100_000))).toEqual([5, 4])
    expect(await redis.keys('sluice:*')).toEqual([])
    await expect(write.restore(writer, shop, 'failed', trash, run)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('leaves what is there again under the same id', async () => {
    await write.remove(writer, shop, 'failed', [await refOf(5)], trash)
    await redis.hset(`shop_horizon:${id(5)}`, 'status', 'pending')
    expect(await write.restore(writer, shop, 'failed', trash, run)).toMatchObject({ done: 0, missing: 1, exact: false })
    expect(await hashOf(5)).toEqual({ status: 'pending' })
  })

  it('purges all that had failed when it was frozen, in chunks', async () => {
    for (let n = 100; n < 350; n++) {
      await redis.zadd('shop_horizon:failed_jobs', -1_764_540_000 - n, id(n))
      if (n % 2 === 0) await redis.hset(`shop_horizon:${id(n)}`, { status: 'failed', payload: `{"n":${n},"tags":7}` })
    }
    // A clock ahead of the server's: this one fails after the purge began.
    await redis.zadd('shop_horizon:failed_jobs', -(Number((await redis.time())[0]) + 500), id(7))
    const frozen = await horizon.freeze(writer, shop, 'failed')
    expect(frozen.count).toBe(252)
    const seen: number[][] = []
    const telling: Run = { ...run, progress: (...numbers) => seen.push(numbers) }
    const all = { done: 252, missing: 0, refused: [] }
    expect(await write.purge(writer, shop, 'failed', frozen, trash, telling)).toEqual(all)
    expect(await write.purge(writer, shop, 'failed', frozen, trash, run)).toEqual(all)
    expect(seen).toEqual([
      [100, 252],
      [200, 252],
      [252, 252],
    ])
    expect(await redis.zrange('shop_horizon:failed_jobs', 0, '-1')).toEqual([id(7)])
    expect(await redis.exists(`shop_horizon:${id(100)}`)).toBe(0)
    expect(await write.restore(writer, shop, 'failed', trash, run)).toMatchObject({ done: 252, exact: true })
    expect(await redis.zcard('shop_horizon:failed_jobs')).toBe(253)
    expect((await hashOf(100)).payload).toBe('{"n":100,"tags":7}')
  })
})

describe('telling a supervisor', () => {
  it.each([
    ['pause', 'Pause'],
    ['continue', 'ContinueWorking'],
  ] as const)('leaves it the command to %s', async (command, name) => {
    expect(await write.tellWorker(writer, shop, 'web-1-Xk3f:bulk', command)).toMatchObject({ done: 1 })
    expect(await redis.lrange('shop_horizon:commands:web-1-Xk3f:bulk', 0, -1)).toEqual([
      `{"command":"Laravel\\\\Horizon\\\\SupervisorCommands\\\\${name}","options":[]}`,
    ])
  })

  it('tells nothing to one that is unknown or dead', async () => {
    await redis.zadd('shop_horizon:supervisors', 1_764_547_200, 'web-1-Xk3f:bulk')
    for (const worker of ['web-1-Xk3f:bulk', 'web-1-Xk3f (master)', '']) {
      await expect(write.tellWorker(writer, shop, worker, 'pause')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await redis.keys('shop_horizon:commands:*')).toEqual([])
  })
})

describe('in a cluster', () => {
  it('refuses what would need two slots, with the reason, and does it where a hash tag makes them one', async () => {
    const node = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()))
    try {
      await node.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383)
      while (!String(await node.client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await node.client.ping()
      const clustered = testWriter(node.client)
      await putHorizon(node.client)
      const ref = (await horizon.find?.(clustered, shop, id(5)))?.ref ?? ''
      for (const refused of [
        () => write.retry(clustered, shop, 'failed', [ref], 'reset', trash),
        () => write.remove(clustered, shop, 'failed', [ref], trash),
        () => write.purge(clustered, shop, 'failed', { count: 9, mark: '1999999999.0' }, trash, run),
      ]) {
        await expect(refused()).rejects.toMatchObject({
          code: 'UNSUPPORTED',
          message: expect.stringContaining('slots'),
        })
      }
      expect(await node.client.zcard('shop_horizon:failed_jobs')).toBe(2)
      expect(await write.tellWorker(clustered, shop, 'web-1-Xk3f:bulk', 'pause')).toMatchObject({ done: 1 })

      const tagged: QueueRef = { system: 'horizon', prefix: '{shop}_horizon:', name: '{shop}' }
      const payload = `{"job":"A@b","data":[],"attempts":1}`
      await node.client.hset(`{shop}_horizon:${id(5)}`, { status: 'failed', queue: 'mail', payload })
      await node.client.zadd('{shop}_horizon:failed_jobs', -1_764_547_320.75, id(5))
      const own = (await horizon.find?.(clustered, tagged, id(5)))?.ref ?? ''
      const [retried, purged] = [1, 2].map((n) => ({ key: `sluice:trash:{shop}:${n}`, ttlMs: 60_000 })) as [
        TrashSlot,
        TrashSlot,
      ]
      expect(await write.retry(clustered, tagged, 'failed', [own], 'reset', retried)).toMatchObject({ done: 1 })
      expect(await node.client.llen('{shop}_database_queues:mail')).toBe(1)
      const frozen = await horizon.freeze(clustered, tagged, 'failed')
      expect(await write.purge(clustered, tagged, 'failed', frozen, purged, run)).toMatchObject({ done: 1 })
      expect(await write.restore(clustered, tagged, 'failed', purged, run)).toMatchObject({ done: 1, exact: true })
      expect(await write.fates(clustered, tagged, 'failed', retried, 9)).toMatchObject({ waiting: 1 })
      expect(await write.restore(clustered, tagged, 'failed', retried, run)).toMatchObject({ done: 1, exact: true })
    } finally {
      await node.stop()
    }
  })
})
