import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import { testWriter } from '../../../../test/writer.ts'
import type { Writer } from '../../handles.ts'
import { digestOf } from './digest.ts'
import { removeElements } from './discard.ts'
import { moveElements } from './relocate.ts'
import { outcomeOf, type Seen } from './seen.ts'

const from = { key: 'jobs', type: 'list' } as const
const to = { key: 'others', type: 'list' } as const
const seen = (at: number, text: string): Seen => ({ ref: text, at: String(at), digest: digestOf(Buffer.from(text)) })

describe('looking for jobs that are not where they were seen', () => {
  let server: TestRedis
  let redis: Redis
  let writer: Writer

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
    writer = testWriter(redis)
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await redis.flushall()
    await redis.rpush('jobs', ...Array.from({ length: 20_000 }, (_, i) => `job ${i}`))
    await redis.config('RESETSTAT')
  })

  /** Ranges of 50 elements that the scripts looked through. */
  async function ranges(): Promise<number> {
    const info = await redis.info('commandstats')
    return Number(/cmdstat_lrange:calls=(\d+)/.exec(info)?.[1] ?? 0)
  }

  it('asks for each once where nothing moved', async () => {
    const jobs = Array.from({ length: 100 }, (_, i) => seen(i * 7, `job ${i * 7}`))
    expect(outcomeOf(await moveElements(writer, from, to, jobs), [])).toMatchObject({ done: 100, missing: 0 })
    expect(await ranges()).toBe(0)
  })

  it('looks for the first of many that moved alike, and knows the others by it', async () => {
    await redis.ltrim('jobs', 900, -1)
    const jobs = Array.from({ length: 100 }, (_, i) => seen(5000 + i, `job ${5000 + i}`))
    expect(outcomeOf(await moveElements(writer, from, to, jobs), [])).toMatchObject({ done: 100, missing: 0 })
    // 4,000 if each were looked for; 18 in one script, and more only where a busy machine makes several of it.
    expect(await ranges()).toBeLessThan(500)
  })

  it('stops searching when a hundred jobs are gone, and still finds one that stayed', async () => {
    const gone = Array.from({ length: 99 }, (_, i) => seen(9000 + i, `gone ${i}`))
    const outcome = outcomeOf(await moveElements(writer, from, to, [...gone, seen(19_000, 'job 19000')]), [])
    expect(outcome).toMatchObject({ done: 1, missing: 99 })
    // 4,000 if each were looked for; 120 in one script, and more only where a busy machine makes several of it.
    expect(await ranges()).toBeLessThan(2000)
  })

  it('does not take the end of a list for a place before its beginning', async () => {
    await redis.ltrim('jobs', 3, -1)
    // Highest first: by the drift of the first, the second would be the third from the end.
    const jobs = [seen(50, 'job 50'), seen(0, 'job 19997')]
    const result = await removeElements(writer, from, jobs, '{}', { key: 'trash', ttlMs: 60_000 })
    expect(outcomeOf(result, [])).toMatchObject({ done: 1, missing: 1 })
    expect(await redis.llen('jobs')).toBe(19_996)
  })

  it('cuts a hundred elements out in a few walks, not in one for each', async () => {
    const calls = async (name: string) =>
      Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0)
    const near = Array.from({ length: 100 }, (_, i) => seen(300 + i * 3, `job ${300 + i * 3}`))
    expect(outcomeOf(await moveElements(writer, from, to, near), [])).toMatchObject({ done: 100 })
    // 100 if each were cut out alone; 1, and more only where a busy machine makes several scripts of it.
    expect(await calls('lrem')).toBeLessThan(50)
    const far = [100, 19_000].flatMap((at) => Array.from({ length: 50 }, (_, i) => seen(at + i, '')))
    const bytes = await Promise.all(far.map(({ at }) => redis.lindex('jobs', Number(at))))
    const both = bytes.map((text, i) => seen(Number(far[i]?.at), text ?? ''))
    const trash = { key: 'trash', ttlMs: 60_000 }
    expect(outcomeOf(await removeElements(writer, from, both, '{}', trash), [])).toMatchObject({ done: 100 })
    expect(await calls('lrem')).toBeLessThan(100)
    expect(await redis.llen('jobs')).toBe(19_800)
  })
})
