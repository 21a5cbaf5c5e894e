import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { Writer } from '../handles.ts'
import type { TrashSlot, WriteActions } from '../system.ts'
import { plainList } from './index.ts'

const queue = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const other = { ...queue, name: 'later' }
const { retry, retryAll, purge, move, editAndRetry, restore, fates, trashKeys } =
  plainList.write as Required<WriteActions>
const waitingKey = 'queue:email'
const deadKey = 'queue:email:dlq'

let server: TestRedis
let redis: Redis
let writer: Writer
let entries = 0
const slot = (): TrashSlot => ({ key: `sluice:trash:u${++entries}`, ttlMs: 60_000 })
const frozen = (state = 'dead') => plainList.freeze(writer, queue, state)

beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())
beforeEach(() => redis.flushall())

const texts = (key: string) => redis.lrange(key, 0, -1)
async function refsOf(state: string): Promise<string[]> {
  const { jobs } = await plainList.page(writer, queue, state, { offset: 0, limit: 200 })
  return jobs.map(({ ref }) => ref)
}
const died = (id: string, at = '2026-01-01T00:00:00Z') => `{"id":"${id}","attempts":3,"failedAt":"${at}","error":"no"}`
const alive = (id: string) => `{"id":"${id}","attempts":0}`
const many = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`)

describe('undoing a retry', () => {
  it.each(['one by one', 'as a whole'])('finds its jobs wherever they wait by now: %s', async (how) => {
    const ids = many(150, 'd')
    await redis.rpush(waitingKey, ...many(3000, 'before').map(alive))
    await redis.rpush(deadKey, ...ids.map((id) => died(id)))
    const trash = slot()
    if (how === 'one by one') await retry(writer, queue, 'dead', await refsOf('dead'), 'keep', trash)
    else await retryAll(writer, queue, 'dead', await frozen(), trash, 'keep', freeRun)
    await redis.rpush(waitingKey, ...many(6000, 'after').map(alive))
    await redis.ltrim(waitingKey, 2000, -1)
    await redis.rpush(deadKey, died('late'))
    expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done: 150, missing: 0, exact: true })
    expect(await texts(deadKey)).toEqual([...ids, 'late'].map((id) => died(id)))
    expect(await texts(waitingKey)).toEqual([...many(3000, 'before').slice(2000), ...many(6000, 'after')].map(alive))
    expect((await redis.keys('*')).sort()).toEqual([waitingKey, deadKey].sort())
  })

  it.each(['one by one', 'as a whole'])('counts those that began to run as missing: %s', async (how) => {
    const ids = many(150, 'd')
    await redis.rpush(deadKey, ...ids.map((id) => died(id)))
    const trash = slot()
    if (how === 'one by one') await retry(writer, queue, 'dead', await refsOf('dead'), 'keep', trash)
    else await retryAll(writer, queue, 'dead', await frozen(), trash, 'keep', freeRun)
    await redis.ltrim(waitingKey, 60, -1)
    await redis.rpush(waitingKey, ...many(2000, 'after').map(alive))
    expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done: 90, missing: 60 })
    expect(await texts(deadKey)).toEqual(ids.slice(60).map((id) => died(id)))
    expect(await texts(waitingKey)).toEqual(many(2000, 'after').map(alive))
  })

  it('takes one of two jobs with the same bytes for each that was retried', async () => {
    await redis.rpush(waitingKey, alive('twin'))
    await redis.rpush(deadKey, died('twin'))
    const trash = slot()
    await retry(writer, queue, 'dead', await refsOf('dead'), 'keep', trash)
    expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done: 1 })
    expect([await texts(waitingKey), await texts(deadKey)]).toEqual([[alive('twin')], [died('twin')]])
  })

  it('gives back the same bytes in the same order, whatever was chosen and however often', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 12 }),
        fc.array(fc.array(fc.nat(11), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('retry', 'move', 'edit'),
        async (names, rounds, action) => {
          await redis.flushall()
          const before = names.map((name, i) => died(`${name}${i % 7}`))
          await redis.rpush(deadKey, ...before)
          const trash = slot()
          let done = 0
          for (const picks of rounds) {
            const refs = await refsOf('dead')
            const chosen = [...new Set(picks.flatMap((pick) => refs[pick] ?? []))]
            if (action === 'retry') done += (await retry(writer, queue, 'dead', chosen, 'keep', trash)).done
            else if (action === 'move') done += (await move(writer, queue, 'dead', chosen, other, trash)).done
            else
              for (const [i, ref] of chosen.entries())
                done += (await editAndRetry(writer, queue, 'dead', ref, `{"edited":${i}}`, trash)).done
          }
          if (done > 0) expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done, missing: 0 })
          expect(await texts(deadKey)).toEqual(before)
          expect(await redis.keys('*')).toEqual([deadKey])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('says so where it was undone already', async () => {
    await redis.rpush(deadKey, died('a'))
    const trash = slot()
    await retry(writer, queue, 'dead', await refsOf('dead'), 'keep', trash)
    await restore(writer, queue, 'dead', trash, freeRun)
    await expect(restore(writer, queue, 'dead', trash, freeRun)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

/** A writer whose connection is cut at its n-th script: before it reached Redis, or after. */
function cutWriter(at: number, when: 'before' | 'after'): Writer {
  let scripts = 0
  return {
    ...writer,
    async run(script, keys, args) {
      const cut = ++scripts === at
      if (cut && when === 'before') throw new Error('cut')
      const reply = await writer.run(script, keys, args)
      if (cut) throw new Error('cut')
      return reply
    },
  }
}

describe('what goes on after a cut', () => {
  const chunked = { ...freeRun, next: async (most: number) => Math.min(most, 40) }

  it.each(['before', 'after'] as const)('retries each job once, wherever it was cut (%s the script)', async (when) => {
    const ids = many(100, 'd')
    for (let at = 1; at <= 8; at++) {
      await redis.flushall()
      await redis.rpush(deadKey, ...ids.map((id) => died(id)))
      const mark = await frozen()
      await redis.rpush(deadKey, died('late'))
      const trash = slot()
      await retryAll(cutWriter(at, when), queue, 'dead', mark, trash, 'keep', chunked).catch(() => {})
      const outcome = await retryAll(writer, queue, 'dead', mark, trash, 'keep', chunked)
      expect(outcome, `cut at ${at}`).toEqual({ done: 100, missing: 0, refused: [] })
      expect(await texts(waitingKey)).toEqual(ids.map(alive))
      expect(await texts(deadKey)).toEqual([died('late')])
    }
  })

  it.each(['before', 'after'] as const)(
    'purges with many arrivals, wherever it was cut (%s the script)',
    async (when) => {
      const late = many(2500, 'late').map((id) => died(id))
      for (let at = 1; at <= 5; at++) {
        await redis.flushall()
        await redis.rpush(deadKey, ...many(10, 'd').map((id) => died(id)))
        const mark = await frozen()
        await redis.rpush(deadKey, ...late)
        const trash = slot()
        await purge(cutWriter(at, when), queue, 'dead', mark, trash, freeRun).catch(() => {})
        expect(await purge(writer, queue, 'dead', mark, trash, freeRun)).toEqual({ done: 10, missing: 0, refused: [] })
        expect(await texts(deadKey), `cut at ${at}`).toEqual(late)
        expect(await redis.pttl(`${trash.key}:data`)).toBeGreaterThan(0)
        expect(await redis.lrange(`${trash.key}:data`, 0, -1)).toEqual(many(10, 'd').map((id) => died(id)))
      }
    },
  )
})

describe('what became of retried jobs', () => {
  it.each(['one by one', 'as a whole'])('tells those that wait, failed again and are gone: %s', async (how) => {
    const ids = many(60, 'd')
    await redis.rpush(deadKey, died('older'), ...ids.map((id) => died(id)))
    const trash = slot()
    if (how === 'one by one') await retry(writer, queue, 'dead', (await refsOf('dead')).slice(0, 60), 'keep', trash)
    else await retryAll(writer, queue, 'dead', await frozen(), trash, 'keep', freeRun)
    const all = how === 'one by one' ? 60 : 61
    expect(await fates(writer, queue, 'dead', trash, 100)).toEqual({ waiting: all, succeeded: 0, failed: 0 })
    // 20 run: 5 are held, 5 wait for another try, 4 failed for good, the others are done.
    const taken = await redis.lpop(waitingKey, 20)
    await redis.sadd('queue:email:processing', ...(taken ?? []).slice(0, 5))
    for (const text of (taken ?? []).slice(5, 10))
      await redis.zadd('queue:email:delayed', 9, text.replace('"attempts":0', '"attempts":1'))
    const now = new Date().toISOString()
    for (const text of (taken ?? []).slice(10, 14)) await redis.rpush(deadKey, died(JSON.parse(text).id, now))
    await redis.rpush(deadKey, died('stranger', now))
    expect(await fates(writer, queue, 'dead', trash, 100)).toEqual({ waiting: all - 10, succeeded: 6, failed: 4 })
    const some = await fates(writer, queue, 'dead', trash, 12)
    expect(some.waiting + some.succeeded + some.failed).toBeLessThanOrEqual(12)
    expect(some.waiting).toBeGreaterThan(0)
  })

  it('names no keys and no fates where there is no entry', async () => {
    const trash = slot()
    expect(await fates(writer, queue, 'dead', trash, 10)).toEqual({ waiting: 0, succeeded: 0, failed: 0 })
    const keys: string[] = []
    for await (const group of trashKeys(writer, queue, trash)) keys.push(...group)
    expect(keys).toEqual([])
  })
})
