import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testReader } from '../../../test/reader.ts'
import { putHorizon } from '../../../test/recorded/horizon-recording.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { conformance } from '../conformance/conformance.ts'
import { seenKeys } from '../conformance/keyspace.ts'
import type { Reader } from '../handles.ts'
import type { ScannedJob } from '../system.ts'
import { horizon } from './index.ts'
import { isState, keyOf, setOfState } from './keys.ts'

const queueNamed = (name: string): QueueRef => ({ system: 'horizon', prefix: `${name}_horizon:`, name })
const shop = queueNamed('shop')

const id = (n: number) => `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`

function payload(n: number): string {
  return JSON.stringify({
    uuid: id(n),
    displayName: 'App\\Jobs\\ChargeCard',
    job: 'Illuminate\\Queue\\CallQueuedHandler@call',
    data: { commandName: 'App\\Jobs\\ChargeCard', command: `O:1:"A":1:{s:1:"n";i:${n};}` },
    id: id(n),
    attempts: 1,
    tags: ['vip'],
  })
}

let jobs = 100

conformance(horizon, {
  queueNamed,
  payload,
  async put(redis, queue, state, bytes) {
    if (!isState(state)) throw new Error(state)
    const uuid = id(++jobs)
    await redis.zadd(keyOf(queue, setOfState[state]), -(1_700_000_000.25 + jobs), uuid)
    const hash = {
      id: uuid,
      connection: 'redis',
      queue: 'default',
      name: 'A',
      status: state,
      created_at: '1700000000.5',
    }
    await redis.hset(keyOf(queue, uuid), { ...hash, payload: bytes })
    return undefined
  },
  async arrange(redis) {
    await putHorizon(redis)
    await redis.zadd('{eu}-horizon:failed_jobs', -1_700_000_000.5, id(1))
    // Without `horizon:` in its prefix it takes three keys to be believed.
    await redis.zadd('records.recent_jobs', -1, id(1))
    await redis.sadd('records.measured_queues', 'records.queue:default')
    await redis.zadd('records.supervisors', 1, 'a:b')
    await redis.zadd('crm:failed_jobs', 1, 'x')
    await redis.zadd('crm:recent_jobs', 1, 'x')
    return [
      { queue: shop, states: { pending: 2, completed: 1, silenced: 1, failed: 2 } },
      { queue: { system: 'horizon', prefix: '{eu}-horizon:', name: '{eu}' }, states: { failed: 1 } },
      { queue: { system: 'horizon', prefix: 'records.', name: 'records' }, states: {} },
    ]
  },
  cost: { sampleCommands: 5, pageTrips: 2, jobTrips: 2 },
})

describe('horizon', () => {
  let server: TestRedis
  let redis: Redis
  let reader: Reader

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
    reader = testReader(redis)
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await redis.flushall()
    await putHorizon(redis)
  })

  const page = (state: string, limit = 50, offset = 0) => horizon.page(reader, shop, state, { offset, limit })
  async function detail(state: string, index = 0) {
    const { jobs } = await page(state)
    return horizon.job(reader, shop, state, jobs[index]?.ref ?? '', false)
  }
  const fieldsOf = (found: Awaited<ReturnType<typeof detail>>) =>
    Object.fromEntries(found?.fields.map(({ label, value }) => [label, value]) ?? [])
  async function reading() {
    const plan = horizon.sample([shop])
    return plan.read(await reader.pipeline(plan.commands), Date.now())[0]
  }

  it('lists failed jobs from the newest, with the first line of what went wrong', async () => {
    const { jobs, total } = await page('failed')
    expect(total).toBe(2)
    expect(jobs.map(({ id }) => id)).toEqual([id(6), id(5)])
    expect(jobs[1]).toMatchObject({
      name: 'App\\Jobs\\ChargeCard',
      error: 'RuntimeException: card declined in /srv/shop/app/Jobs/ChargeCard.php:31',
      attempts: 3,
      maxAttempts: 3,
      createdAt: 1_764_547_200_500,
      at: 1_764_547_320_750,
      badges: [],
    })
  })

  it('tells all of a failed job: tags, exception, context, and what its class and queue do', async () => {
    const found = await detail('failed', 1)
    expect(fieldsOf(found)).toMatchObject({
      Status: 'failed',
      Queue: 'payments',
      Connection: 'redis',
      Class: 'App\\Jobs\\ChargeCard',
      'Property order': '9007199254740993',
      Tags: 'App\\Models\\Order:77, vip',
      Context: '{"order":9007199254740993}',
      'Time limit': '180 s',
      'Back-off': '30,60 s',
      'This class since the last snapshot': '12 jobs, 340.5 ms each',
      'This queue since the last snapshot': '40 jobs, 95.5 ms each',
    })
    expect(found?.failures).toEqual([
      {
        attempt: 3,
        message: 'RuntimeException: card declined in /srv/shop/app/Jobs/ChargeCard.php:31',
        stack: expect.stringContaining('#1 {main}'),
      },
    ])
    expect(found?.timeline).toEqual([
      { at: 1_764_547_200_500, label: 'Pushed' },
      { at: 1_764_547_319_125, label: 'Reserved' },
      { at: 1_764_547_320_750, label: 'Failed' },
    ])
    expect(found?.payload.text).toContain('"order":9223372036854775807')
  })

  it('says how often a job was retried, and what became of each', async () => {
    const found = await detail('failed', 0)
    expect(fieldsOf(found)).toMatchObject({
      Retried: '2 times, last: completed',
      'Retry 1': `${id(16)}, failed`,
      'Retry 2': `${id(26)}, completed`,
    })
    expect(found?.timeline.at(-1)).toEqual({ at: 1_764_547_350_000, label: 'Retried: completed' })
  })

  it('shows pending jobs from the oldest, and finds the reserved ones among them', async () => {
    expect((await page('pending')).jobs.map((row) => row.id)).toEqual([id(1), id(2)])
    const { jobs, total, partial } = await page('reserved')
    expect([total, partial, jobs.map((row) => row.id)]).toEqual([1, null, [id(1)]])
    expect(jobs[0]).toMatchObject({ state: 'reserved', at: 1_764_547_201_500 })
    expect(fieldsOf(await detail('reserved'))).toMatchObject({ Status: 'reserved' })
    expect((await page('reserved', 50, 1)).jobs).toEqual([])
  })

  it('says how far it looked for reserved jobs', async () => {
    for (let i = 0; i < 600; i++) await redis.zadd('shop_horizon:pending_jobs', -1_764_540_000 + i, `old-${i}`)
    expect(await page('reserved')).toMatchObject({
      total: 0,
      partial: 'Looked through the 500 oldest of 602 pending jobs.',
    })
  })

  it('shows monitored and silenced jobs, and one whose record expired', async () => {
    expect((await page('monitored')).jobs.map((row) => row.id)).toEqual([id(3)])
    const [silenced] = (await page('silenced')).jobs
    expect(silenced).toMatchObject({ id: id(4), name: null, bytes: 0, badges: ['no-data'] })
    expect(await detail('silenced')).toMatchObject({ badges: ['no-data'], failures: [] })
    await redis.set(`shop_horizon:${id(4)}`, 'a string')
    expect((await page('silenced')).jobs[0]?.badges).toEqual(['wrong-type'])
  })

  it('finds a job by its id, where it says most', async () => {
    expect(await horizon.find?.(reader, shop, id(3))).toMatchObject({ state: 'completed' })
    const place = await horizon.find?.(reader, shop, id(5))
    expect(place?.state).toBe('failed')
    expect((await horizon.job(reader, shop, 'failed', place?.ref ?? '', false))?.id).toBe(id(5))
    expect(await horizon.find?.(reader, shop, id(999))).toBeNull()
  })

  it('counts processes of living supervisors only, and is paused when all of them are', async () => {
    expect(await reading()).toMatchObject({ workers: 6, paused: false, problem: null })
    await redis.hset('shop_horizon:supervisor:web-1-Xk3f:supervisor-1', 'status', 'paused')
    expect(await reading()).toMatchObject({ workers: 6, paused: true })
    const late = Number((await redis.time())[0]) - 30
    await redis.zadd('shop_horizon:supervisors', late, 'web-1-Xk3f:supervisor-1')
    expect(await reading()).toMatchObject({ workers: 1, paused: true })
    await redis.zadd('shop_horizon:supervisors', late, 'web-1-Xk3f:bulk')
    expect(await reading()).toMatchObject({ workers: null, paused: false })
  })

  it('survives supervisors whose records are damaged', async () => {
    await redis.hset('shop_horizon:supervisor:web-1-Xk3f:bulk', 'processes', '{"redis:bulk":', 'options', '[')
    expect(await reading()).toMatchObject({ workers: 5, problem: null })
    expect(await horizon.workersInKeys?.(reader, [shop], Date.now())).toHaveLength(3)
  })

  it('lists masters and supervisors that live, with what they can be told', async () => {
    const now = Number((await redis.time())[0]) * 1000
    expect(await horizon.workersInKeys?.(reader, [shop], now)).toEqual([
      {
        queue: shop,
        id: 'web-1-Xk3f (master)',
        address: null,
        since: null,
        status: 'running',
        detail: 'master, 2 supervisors, production, pid 41',
      },
      {
        queue: shop,
        id: 'web-1-Xk3f:bulk',
        address: null,
        since: null,
        status: 'paused',
        detail: '1 process on redis:bulk, balance off, memory 1024 MB, pid 53',
        commands: ['continue'],
      },
      {
        queue: shop,
        id: 'web-1-Xk3f:supervisor-1',
        address: null,
        since: null,
        status: 'running',
        detail: '5 processes on redis:payments and redis:notifications, balance auto, at most 8, memory 256 MB, pid 52',
        commands: ['pause'],
      },
    ])
    const later = now + 20_000
    expect(await horizon.workersInKeys?.(reader, [shop], later)).toHaveLength(2)
    expect(await horizon.workersInKeys?.(reader, [shop], now + 60_000)).toEqual([])
  })

  it('reads what it can where it may not run scripts', async () => {
    const refusing: Reader = {
      call: reader.call,
      async pipeline(commands) {
        const replies = await reader.pipeline(commands)
        return replies.map((reply, i) =>
          commands[i]?.[0] === 'EVAL'
            ? new Error("NOPERM this user has no permissions to run the 'eval' command")
            : reply,
        )
      },
    }
    const [, row] = (await horizon.page(refusing, shop, 'failed', { offset: 0, limit: 10 })).jobs
    expect(row).toMatchObject({ id: id(5), name: 'App\\Jobs\\ChargeCard', createdAt: 1_764_547_200_500 })
    expect(row?.bytes).toBeGreaterThan(500)
    const found = await horizon.job(refusing, shop, 'failed', row?.ref ?? '', false)
    expect(fieldsOf(found)).toMatchObject({ Queue: 'payments', Status: 'failed' })
  })

  it('walks every state, and tells what pages tell', async () => {
    const plain: Reader = {
      call: reader.call,
      pipeline: async (commands) =>
        commands.some(([name]) => name === 'EVAL')
          ? commands.map(() => new Error('NOPERM no'))
          : reader.pipeline(commands),
    }
    for (const { id: state } of horizon.states) {
      const wanted = (await horizon.page(reader, shop, state, { offset: 0, limit: 50 })).jobs
      const oldest = state === 'pending' || state === 'reserved' ? wanted : [...wanted].reverse()
      for (const by of [reader, plain]) {
        const jobs: ScannedJob[] = []
        for await (const step of horizon.scan(by, shop, state, { chunk: 1, payloads: true })) jobs.push(...step.jobs)
        expect(
          jobs.map((job) => job.summary()),
          state,
        ).toEqual(oldest)
        expect(jobs.map(({ ref }) => ref)).toEqual(oldest.map(({ ref }) => ref))
        for (const job of jobs) expect(job.payload().length).toBe(job.bytes)
      }
      const { count } = await horizon.freeze(reader, shop, state)
      expect(await horizon.freeze(plain, shop, state)).toMatchObject({ count })
      expect(count, state).toBe(wanted.length)
    }
    const failed: ScannedJob[] = []
    for await (const step of horizon.scan(reader, shop, 'failed', { chunk: 9, payloads: false }))
      failed.push(...step.jobs)
    const row = (await horizon.page(reader, shop, 'failed', { offset: 0, limit: 9 })).jobs.at(-1)
    expect(failed[0]?.error()?.startsWith(row?.error ?? 'none')).toBe(true)
    expect(Math.abs((failed[0]?.at() ?? 0) - (row?.at ?? 0))).toBeLessThan(1000)
  })

  it('takes the name that a person gave it', async () => {
    const hints = { queues: [{ system: 'horizon', prefix: 'shop_horizon:', name: 'crm' }], trackedPrefix: '' }
    const found = await horizon.detect(await seenKeys(redis), hints, reader)
    expect(found).toEqual([
      { queue: { system: 'horizon', prefix: 'shop_horizon:', name: 'crm' }, evidence: 'named by hand' },
    ])
  })
})
