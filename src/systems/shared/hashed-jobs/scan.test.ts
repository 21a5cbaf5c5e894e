import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countingReader, testReader } from '../../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { bullmq } from '../../bullmq/index.ts'
import type { Reader } from '../../handles.ts'
import type { ScannedJob } from '../../system.ts'

const queue: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'mail' }
const began = 1_695_309_650_000

let server: TestRedis
let redis: Redis
let reader: Reader
beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  reader = testReader(redis)
})
afterAll(() => server?.stop())
beforeEach(() => redis.flushall())

/** Without scripts, as some users are. */
const plain = (inner: Reader): Reader => ({
  call: inner.call,
  pipeline: async (commands) => {
    if (!commands.some(([name]) => name === 'EVAL')) return inner.pipeline(commands)
    return commands.map(() => new Error("NOPERM this user has no permissions to run the 'eval' command"))
  },
})

/** Jobs in the sorted set `failed`, each at its score, or in the list `wait`, the first to run next. */
async function fill(state: 'failed' | 'wait', jobs: readonly { id: string; at?: number; data?: string }[]) {
  const batch = redis.pipeline()
  for (const { id, at = began, data = `{"id":"${id}"}` } of jobs) {
    batch.hset(`bull:mail:${id}`, { data, name: 'send', timestamp: began, finishedOn: at, failedReason: `boom ${id}` })
    if (state === 'failed') batch.zadd('bull:mail:failed', at, id)
    else batch.lpush('bull:mail:wait', id)
  }
  await batch.exec()
}
const many = (count: number, same = 1) =>
  Array.from({ length: count }, (_, n) => ({ id: `j${n}`, at: began + Math.floor(n / same) }))

/** Walks, does something after each step, and returns the ids that were told. */
async function walked(
  state: string,
  { chunk = 10, payloads = true, by = reader, after = async (_step: number) => {} } = {},
): Promise<string[]> {
  const ids: string[] = []
  let step = 0
  for await (const { jobs, behind, total } of bullmq.scan(by, queue, state, { chunk, payloads })) {
    ids.push(...jobs.map((job) => String(job.summary().id)))
    expect(behind).toBe(ids.length)
    expect(total).toBeGreaterThanOrEqual(behind)
    await after(step++)
  }
  expect(new Set(ids).size).toBe(ids.length)
  return ids
}

describe.each(['with scripts', 'without scripts'])('a walk %s', (how) => {
  const by = () => (how === 'with scripts' ? reader : plain(reader))

  it.each(['failed', 'wait'] as const)('tells each job of %s once, in order', async (state) => {
    const jobs = many(57)
    await fill(state, jobs)
    expect(await walked(state, { by: by() })).toEqual(jobs.map(({ id }) => id))
    expect(await walked(state, { by: by(), chunk: 1000, payloads: false })).toEqual(jobs.map(({ id }) => id))
  })

  it('tells what it is asked of a job', async () => {
    await fill('failed', [{ id: 'a', data: '{"n":9007199254740993}' }])
    const jobs: ScannedJob[] = []
    for await (const step of bullmq.scan(by(), queue, 'failed', { chunk: 5, payloads: true })) jobs.push(...step.jobs)
    const [job] = jobs
    const page = await bullmq.page(reader, queue, 'failed', { offset: 0, limit: 5 })
    expect(job?.ref).toBe(page.jobs[0]?.ref)
    expect(job?.summary()).toEqual(page.jobs[0])
    expect(job?.payload().toString()).toBe('{"n":9007199254740993}')
    expect([job?.error(), job?.at(), job?.bytes]).toEqual(['boom a', began, 22])
  })

  it('keeps replies small, whatever the payloads are', async () => {
    const jobs = Array.from({ length: 40 }, (_, n) => {
      return { id: `j${n}`, at: began + n, data: 'x'.repeat([100, 200_000, 3_000_000][n % 3] ?? 0) }
    })
    await fill('failed', jobs)
    const counting = countingReader(by())
    const sizes: number[] = []
    let before = 0
    for await (const step of bullmq.scan(counting, queue, 'failed', { chunk: 100, payloads: true })) {
      for (const job of step.jobs) {
        expect(job.payload().length).toBe(job.bytes)
        sizes.push(job.bytes)
      }
      const alone = step.jobs.length === 1
      expect(counting.bytes - before).toBeLessThan(alone ? 3_100_000 : 1_400_000)
      before = counting.bytes
    }
    expect(sizes).toEqual(jobs.map(({ data }) => data.length))
  })

  it('goes on where jobs of one moment left, and tells none twice', async () => {
    const jobs = many(4000, 3000)
    await fill('failed', jobs)
    const order = await redis.zrange('bull:mail:failed', 0, '-1')
    const gone = new Set<string>()
    const ids = await walked('failed', {
      by: by(),
      chunk: 100,
      async after(step) {
        // The last 60 that were told leave, and one that is yet to come.
        const told = order.filter((id) => !gone.has(id))
        const left = [...told.slice((step + 1) * 40 - 20, (step + 1) * 40 + 40), order[order.length - 1 - step] ?? '']
        for (const id of left) gone.add(id)
        await redis.zrem('bull:mail:failed', ...left, 'none')
      },
    })
    const stayed = order.filter((id) => !gone.has(id))
    expect(ids.filter((id) => !gone.has(id))).toEqual(stayed)
  })

  it('passes over nothing where the job told last ended once more', async () => {
    await fill('failed', many(30))
    const ids = await walked('failed', {
      by: by(),
      after: async (step) => void (step === 0 && (await redis.zadd('bull:mail:failed', began + 100, 'j9'))),
    })
    expect(ids).toEqual(many(30).map(({ id }) => id))
  })

  it('follows a list whose jobs leave at the tail and come at the head', async () => {
    const jobs = many(400)
    await fill('wait', jobs)
    let next = 0
    const ids = await walked('wait', {
      by: by(),
      async after(step) {
        for (let n = 0; n < (step % 3 === 2 ? 16 : 3); n++) {
          const id = await redis.rpop('bull:mail:wait')
          // Some come back at once: they are behind the end of the walk.
          if (n % 2 === 0 && id !== null) await redis.lpush('bull:mail:wait', id)
        }
        await redis.lpush('bull:mail:wait', `new${next++}`)
      },
    })
    expect(ids).toEqual(jobs.map(({ id }) => id))
  })

  it('goes on at the tail where workers are faster than the walk', async () => {
    const jobs = many(400)
    await fill('wait', jobs)
    let left = 0
    const ids = await walked('wait', {
      by: by(),
      async after() {
        for (let n = 0; n < 70; n++) if ((await redis.rpop('bull:mail:wait')) !== null) left++
      },
    })
    const places = ids.map((id) => jobs.findIndex((job) => job.id === id))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect([left, ids.length >= 50]).toEqual([400, true])
  })

  it('tells every job that stays while others are put to the tail and taken from the middle', async () => {
    const jobs = many(200)
    await fill('wait', jobs)
    let next = 0
    const gone = new Set<string>()
    const ids = await walked('wait', {
      by: by(),
      chunk: 20,
      async after(step) {
        for (let n = 0; n < 3; n++) await redis.rpush('bull:mail:wait', `urgent${next++}`)
        for (const id of [`j${step * 20 + 19}`, `j${step * 20 + 25}`]) {
          gone.add(id)
          await redis.lrem('bull:mail:wait', 1, id)
        }
      },
    })
    const own = ids.filter((id) => id.startsWith('j') && !gone.has(id))
    expect(own).toEqual(jobs.map(({ id }) => id).filter((id) => !gone.has(id)))
  })

  it('ends while jobs keep coming, and where the key holds something else', async () => {
    await fill('failed', many(50))
    await fill('wait', many(50))
    let next = 0
    for (const state of ['failed', 'wait'] as const) {
      const ids = await walked(state, {
        by: by(),
        async after() {
          const newest = Array.from({ length: 30 }, () => ({ id: `new${next++}`, at: began + 1_000_000 + next }))
          await fill(state, newest)
        },
      })
      expect(ids).toEqual(many(50).map(({ id }) => id))
    }
    await redis.set('bull:mail:completed', 'text')
    await expect(walked('completed', { by: by() })).rejects.toMatchObject({ code: 'WRONG_TYPE' })
  })
})

it('takes 1 round trip a step beside the first', async () => {
  await fill('failed', many(100))
  const counting = countingReader(reader)
  await walked('failed', { by: counting, chunk: 20 })
  expect(counting.trips).toBe(1 + 5)
})

it('walks active jobs that no worker holds as stalled ones, and hashes that are in no state as orphans', async () => {
  await fill('failed', many(3))
  await redis.del('bull:mail:failed')
  await redis.lpush('bull:mail:active', 'j0', 'j1')
  await redis.set('bull:mail:j1:lock', 'token')
  const told: string[] = []
  for await (const { jobs } of bullmq.scan(reader, queue, 'stalled', { chunk: 9, payloads: true }))
    for (const job of jobs) told.push(`${job.summary().id} ${job.summary().badges}`)
  expect(told).toEqual(['j0 stalled'])
  expect(await walked('orphans')).toEqual(['j2'])
})

describe('freezing', () => {
  it('says how many jobs there are, in 1 round trip', async () => {
    await fill('failed', many(5))
    await fill('wait', many(3))
    for (const [state, count] of [
      ['failed', 5],
      ['wait', 3],
      ['delayed', 0],
    ] as const) {
      const counting = countingReader(reader)
      expect(await bullmq.freeze(counting, queue, state)).toMatchObject({ count })
      expect(counting.trips).toBe(1)
      expect(await bullmq.freeze(plain(reader), queue, state)).toMatchObject({ count })
    }
  })

  it('leaves out what will have ended after this moment by the clock of Redis', async () => {
    await fill('failed', [...many(2), { id: 'later', at: began + 10 ** 12 }])
    expect(await bullmq.freeze(reader, queue, 'failed')).toMatchObject({ count: 2 })
  })
})
