import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countingReader, testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { ScannedJob } from '../system.ts'
import { requestTracker } from './index.ts'
import { queueOfBase } from './keys.ts'

const queue = queueOfBase('local_request')

describe('a walk over tracked requests', () => {
  let server: TestRedis
  let redis: Redis

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
  })
  afterAll(() => server?.stop())
  beforeEach(() => redis.flushall())

  async function walk(state: string, payloads = true, between = async () => {}): Promise<ScannedJob[]> {
    const jobs: ScannedJob[] = []
    for await (const step of requestTracker.scan(testReader(redis), queue, state, { chunk: 1000, payloads })) {
      jobs.push(...step.jobs)
      await between()
    }
    return jobs
  }
  async function track(hash: string, status: string, more: object = {}) {
    const request = { hash, service_slug: 'vat', status, started_at: '2026-01-02T03:04:05Z', ...more }
    await redis.set(`local_request:${hash}`, JSON.stringify(request))
    await redis.lpush('local_requests_list', hash)
  }

  it('finds the requests of a state as the page does, oldest first, also behind the newest 500', async () => {
    for (let i = 0; i < 700; i++) await track(`req_${i}`, i % 2 ? 'failed' : 'completed', { error_message: `no ${i}` })
    const jobs = await walk('failed')
    expect(jobs.map(({ ref }) => ref)).toEqual(Array.from({ length: 350 }, (_, i) => `hash:req_${i * 2 + 1}`))
    const page = await requestTracker.page(testReader(redis), queue, 'failed', { offset: 0, limit: 1 })
    expect(jobs.at(-1)?.summary()).toEqual(page.jobs[0])
    expect(jobs[0]?.error()).toBe('no 1')
    expect(jobs[0]?.payload().toString()).toBe(await redis.get('local_request:req_1'))
  })

  it('tells each once while new ones arrive, those listed twice, and what expired', async () => {
    for (let i = 0; i < 300; i++) await track(`req_${i}`, 'running')
    await redis.rpush('local_requests_list', 'req_7', 'gone')
    let made = 0
    const refs = (await walk('processing', true, () => track(`new_${made++}`, 'running'))).map(({ ref }) => ref)
    expect(refs.filter((ref) => ref.startsWith('hash:req'))).toHaveLength(300)
    expect(new Set(refs).size).toBe(refs.length)
    expect((await walk('expired')).map(({ ref }) => ref)).toEqual(['hash:gone'])
  })

  it('reads large requests whole, one by one, and not at all where nobody asks for payloads', async () => {
    await track('req_1', 'failed', { result_data: 'x'.repeat(3_000_000) })
    const stored = await redis.getBuffer('local_request:req_1')
    expect((await walk('failed'))[0]?.payload().equals(stored as Buffer)).toBe(true)
    const reader = countingReader(testReader(redis))
    for await (const { jobs } of requestTracker.scan(reader, queue, 'failed', { chunk: 100, payloads: false })) {
      expect(jobs[0]?.bytes).toBe(stored?.length)
    }
    expect(reader.bytes).toBeLessThan(10_000)
  })

  it('says so where the list is no list', async () => {
    await redis.set('local_requests_list', 'x')
    await expect(walk('failed')).rejects.toMatchObject({ code: 'WRONG_TYPE' })
  })
})
