import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countingReader, testReader } from '../../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { JobSummary } from '../../../domain/job.ts'
import type { Reader } from '../../handles.ts'
import { type Element, fieldsOf, findElement, headCommand, pageOfElements, readHead } from './elements.ts'

const rowOf = (element: Element): JobSummary => ({
  ref: element.ref,
  id: null,
  name: null,
  state: 's',
  preview: element.bytes.toString('latin1').slice(0, 40),
  bytes: element.size,
  createdAt: null,
  at: element.score,
  attempts: null,
  maxAttempts: null,
  progress: null,
  error: null,
  badges: [],
})

const anything = ['list', 'zset', 'set']
const previews = (page: { jobs: JobSummary[] }) => page.jobs.map(({ preview }) => preview)

describe('elements that are jobs', () => {
  let server: TestRedis
  let redis: Redis
  let scripted: Reader
  /** A user who may read everything and run no script. */
  let narrow: Redis
  let unscripted: Reader

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
    scripted = testReader(redis)
    await redis.call('ACL', 'SETUSER', 'auditor', 'on', '>secret', '~*', '+@read', '+@connection')
    narrow = new Redis({
      port: server.port,
      username: 'auditor',
      password: 'secret',
      protocol: 2,
      enableReadyCheck: false,
    })
    unscripted = testReader(narrow)
  })
  afterAll(async () => {
    narrow?.disconnect()
    await server?.stop()
  })
  beforeEach(() => redis.flushall())

  async function fill() {
    const large = `large ${'é'.repeat(50_000)}`
    for (let n = 0; n < 30; n++) {
      const bytes = n === 11 ? large : `job ${n}`
      await redis.rpush('list', bytes)
      await redis.zadd('zset', 1_700_000_000 + Math.floor(n / 4) + 0.5, bytes)
      await redis.sadd('set', bytes)
    }
  }

  for (const key of anything) {
    it(`reads and finds the same of a ${key} with and without scripts`, async () => {
      await fill()
      for (const order of ['head', 'tail'] as const) {
        for (const [offset, limit] of [
          [0, 7],
          [5, 20],
          [25, 10],
          [28, 200],
          [30, 5],
          [31, 5],
        ] as const) {
          const request = { offset, limit }
          const page = await pageOfElements(scripted, key, anything, order, request, rowOf)
          expect(page.jobs).toHaveLength(Math.max(0, Math.min(limit, 30 - offset)))
          expect(page.total).toBe(30)
          expect(await pageOfElements(unscripted, key, anything, order, request, rowOf)).toEqual(page)
          for (const { ref, preview } of page.jobs) {
            const found = await findElement(scripted, key, ref, false)
            expect(found?.bytes.toString('latin1').slice(0, 40)).toBe(preview)
            expect(
              (await findElement(unscripted, key, ref, false))?.bytes.equals(found?.bytes ?? Buffer.alloc(1)),
            ).toBe(true)
          }
        }
      }
    })
  }

  it('counts from the end that it is told', async () => {
    await redis.rpush('list', 'a', 'b', 'c', 'd')
    const page = (order: 'head' | 'tail', offset: number) =>
      pageOfElements(scripted, 'list', anything, order, { offset, limit: 2 }, rowOf).then(previews)
    expect([await page('head', 1), await page('tail', 0), await page('tail', 3)]).toEqual([
      ['b', 'c'],
      ['d', 'c'],
      ['a'],
    ])
  })

  it('finds a job that moved up because others left, or down because others were put before it', async () => {
    for (let n = 0; n < 500; n++) await redis.rpush('list', `job ${n}`)
    const { jobs } = await pageOfElements(scripted, 'list', anything, 'head', { offset: 300, limit: 1 }, rowOf)
    const ref = jobs[0]?.ref ?? ''
    const here = async (reader: Reader) => (await findElement(reader, 'list', ref, false))?.bytes.toString()
    await redis.ltrim('list', 90, -1)
    expect([await here(scripted), await here(unscripted)]).toEqual(['job 300', 'job 300'])
    await redis.ltrim('list', 200, -1)
    expect(await here(scripted)).toBe('job 300')
    for (let n = 0; n < 700; n++) await redis.lpush('list', `new ${n}`)
    expect(await here(scripted)).toBe('job 300')
    await redis.lrem('list', 1, 'job 300')
    expect([await here(scripted), await here(unscripted)]).toEqual([undefined, undefined])
  })

  it('does not take a changed job for the one that was seen', async () => {
    const body = 'x'.repeat(200_000)
    await redis.rpush('list', `${body}a`)
    const { jobs } = await pageOfElements(scripted, 'list', anything, 'head', { offset: 0, limit: 1 }, rowOf)
    await redis.lset('list', 0, `${body}b`)
    expect(await findElement(scripted, 'list', jobs[0]?.ref ?? '', false)).toBeNull()
  })

  it('does not look for a job in a key that has another type by now', async () => {
    await redis.rpush('key', 'a')
    const { jobs } = await pageOfElements(scripted, 'key', anything, 'head', { offset: 0, limit: 1 }, rowOf)
    await redis.del('key')
    await redis.zadd('key', 0, 'a')
    for (const reader of [scripted, unscripted]) {
      expect(await findElement(reader, 'key', jobs[0]?.ref ?? '', false)).toBeNull()
    }
  })

  it('cuts what it opens at 256 KB unless all is asked for', async () => {
    await redis.rpush('list', 'y'.repeat(300_000))
    const { jobs } = await pageOfElements(scripted, 'list', anything, 'head', { offset: 0, limit: 1 }, rowOf)
    const ref = jobs[0]?.ref ?? ''
    for (const reader of [scripted, unscripted]) {
      const cut = await findElement(reader, 'list', ref, false)
      expect([cut?.bytes.length, cut?.size]).toEqual([256 * 1024, 300_000])
      expect((await findElement(reader, 'list', ref, true))?.bytes.length).toBe(300_000)
    }
  })

  it('pages the first 2,000 members of a larger set and says so', async () => {
    const pipeline = redis.pipeline()
    for (let n = 0; n < 2500; n++) pipeline.sadd('set', `member ${n}`)
    await pipeline.exec()
    const page = await pageOfElements(scripted, 'set', anything, 'head', { offset: 1990, limit: 50 }, rowOf)
    expect([page.total, page.jobs.length, page.partial]).toEqual([2500, 10, expect.stringContaining('2,000 of 2,500')])
    const ref = page.jobs[0]?.ref ?? ''
    expect((await findElement(scripted, 'set', ref, false))?.ref).toBe(ref)
  })

  it('sends at most the two ends of a payload for a row', async () => {
    await redis.rpush('list', 'z'.repeat(5_000_000), 'z'.repeat(5_000_000))
    const counting = countingReader(scripted)
    const page = await pageOfElements(counting, 'list', anything, 'head', { offset: 0, limit: 10 }, rowOf)
    expect(page.jobs.map(({ bytes }) => bytes)).toEqual([5_000_000, 5_000_000])
    expect(counting.bytes).toBeLessThan(2 * 5400)
  })

  it('says what is wrong with a key of another type', async () => {
    await redis.hset('hash', 'a', '1')
    for (const reader of [scripted, unscripted]) {
      const page = await pageOfElements(reader, 'hash', ['list'], 'head', { offset: 0, limit: 10 }, rowOf)
      expect(page).toEqual({
        total: 0,
        offset: 0,
        jobs: [],
        partial: 'hash is a hash, but this queue system keeps a list there.',
      })
      expect(await findElement(reader, 'hash', `list:0:${'a'.repeat(40)}`, false)).toBeNull()
    }
  })

  it('reads fields from the beginning and the end of a payload, and none out of the middle', async () => {
    const inner = JSON.stringify({ id: 'inner', attempts: 9, text: '","id":"quoted"}' })
    const payload = `{"name":"n","data":{"x":"${'x'.repeat(6000)}","deep":${inner}},"id":"outer","attempts":3}`
    await redis.rpush('list', payload)
    const head = readHead((await scripted.pipeline([headCommand('list')]))[0])
    expect(head?.element.size).toBe(payload.length)
    expect(fieldsOf(head?.element as Element, ['name', 'id', 'attempts', 'x'])).toEqual({
      name: 'n',
      id: 'outer',
      attempts: 3,
    })
    expect(head?.fingerprint).toMatch(/^[0-9a-f]{40}$/)
  })

  it('has no head where there is no list, or no right to run scripts', async () => {
    await redis.rpush('list', 'a')
    await redis.sadd('set', 'a')
    const heads = await scripted.pipeline([headCommand('absent'), headCommand('set')])
    expect(heads.map(readHead)).toEqual([null, null])
    expect((await unscripted.pipeline([headCommand('list')])).map(readHead)).toEqual([null])
  })
})
