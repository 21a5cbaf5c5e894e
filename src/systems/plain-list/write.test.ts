import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { Run, TrashSlot } from '../system.ts'
import { plainList } from './index.ts'
import { page } from './page.ts'

const queue = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const other = { ...queue, name: 'later' }
const write = plainList.write
if (!write) throw new Error('plain-list writes')
const { retry, retryAll, editAndRetry, remove, purge, move, promote, reschedule, add, restore } = write as Required<
  typeof write
>

let server: TestRedis
let redis: Redis
let writer: Writer
let entries = 0
const slot = (): TrashSlot => ({ key: `sluice:trash:t${++entries}`, ttlMs: 60_000 })
const frozen = (queue: QueueRef, state: string) => plainList.freeze(writer, queue, state)

beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())
beforeEach(() => redis.flushall())

const list = (key = 'queue:email') => redis.lrangeBuffer(key, 0, -1)
const texts = async (key?: string) => (await list(key)).map(String)
async function refsOf(state: string): Promise<string[]> {
  const refs: string[] = []
  for (let offset = 0; ; offset += 200) {
    const { jobs } = await page(writer, queue, state, { offset, limit: 200 })
    refs.push(...jobs.map(({ ref }) => ref))
    if (jobs.length < 200) return refs
  }
}
const dead = (id: string) =>
  `{"id":"${id}","n":9007199254740993,"attempts":3,"failedAt":"2026-01-01T00:00:00Z","error":"no"}`
const alive = (id: string) => `{"id":"${id}","n":9007199254740993,"attempts":0}`

describe('retry', () => {
  it('runs the chosen dead letters again in their order, without what their death added', async () => {
    await redis.rpush('queue:email:dlq', dead('a'), dead('b'), dead('c'))
    const [c, , a] = await refsOf('dead')
    expect(await retry(writer, queue, 'dead', [c as string, a as string], 'keep', slot())).toEqual({
      done: 2,
      missing: 0,
      refused: [],
    })
    expect(await texts()).toEqual([alive('a'), alive('c')])
    expect(await texts('queue:email:dlq')).toEqual([dead('b')])
  })
  it('counts what left as missing, refuses what is no ref, and takes one element once', async () => {
    await redis.rpush('queue:email:dlq', dead('a'))
    const [a] = await refsOf('dead')
    await redis.del('queue:email:dlq')
    await redis.rpush('queue:email:dlq', dead('new'))
    const outcome = await retry(writer, queue, 'dead', [a as string, a as string, 'nonsense'], 'keep', slot())
    expect(outcome).toMatchObject({ done: 0, missing: 1 })
    expect(outcome.refused.map(({ ref }) => ref)).toEqual(['nonsense'])
    expect(await texts('queue:email:dlq')).toEqual([dead('new')])
  })
  it('finds jobs whose places shifted since they were seen', async () => {
    await redis.rpush('queue:email:dlq', ...Array.from({ length: 300 }, (_, i) => dead(`d${i}`)))
    const refs = await refsOf('dead')
    await redis.ltrim('queue:email:dlq', 120, -1)
    expect(await retry(writer, queue, 'dead', [refs[0] as string], 'keep', slot())).toMatchObject({ done: 1 })
    expect(await texts()).toEqual([alive('d299')])
  })
  it('handles 1,000 refs in order', async () => {
    await redis.rpush('queue:email:dlq', ...Array.from({ length: 1000 }, (_, i) => dead(`d${i}`)))
    expect(await retry(writer, queue, 'dead', await refsOf('dead'), 'keep', slot())).toMatchObject({
      done: 1000,
      missing: 0,
    })
    expect(await texts()).toEqual(Array.from({ length: 1000 }, (_, i) => alive(`d${i}`)))
  })
  it('puts back bytes that are no JSON as they are', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x7b])
    await redis.rpush('queue:email:dlq', bytes)
    await retry(writer, queue, 'dead', await refsOf('dead'), 'keep', slot())
    expect(await list()).toEqual([bytes])
  })
})

describe('delayed jobs', () => {
  const delayed = (name = 'email') => redis.zrange(`queue:${name}:delayed`, 0, '-1', 'WITHSCORES')

  it('run now', async () => {
    await redis.zadd('queue:email:delayed', 1_900_000_000_000, alive('x'), 1_900_000_000_000, alive('y'))
    const [, y = ''] = await refsOf('delayed')
    expect(await promote(writer, queue, 'delayed', [y])).toEqual({ done: 1, missing: 0, refused: [] })
    expect(await texts()).toEqual([alive('y')])
    expect(await delayed()).toEqual([alive('x'), '1900000000000'])
  })
  it('get another time in the unit that they had', async () => {
    await redis.zadd('queue:email:delayed', 1_900_000_000, alive('s'), 1_900_000_000_000, alive('ms'))
    const at = Date.parse('2031-01-01T00:00:00.250Z')
    expect(await reschedule(writer, queue, 'delayed', await refsOf('delayed'), at)).toMatchObject({ done: 2 })
    expect(await delayed()).toEqual([alive('s'), String(Math.ceil(at / 1000)), alive('ms'), String(at)])
    const { jobs } = await page(writer, queue, 'delayed', { offset: 0, limit: 9 })
    expect(jobs.map((job) => job.at)).toEqual([Math.ceil(at / 1000) * 1000, at])
  })
  it('move with their time, unless the other queue has the same bytes', async () => {
    await redis.zadd('queue:email:delayed', 1_900_000_000_000, alive('x'), 1_900_000_000_001, alive('y'))
    await redis.zadd('queue:later:delayed', 5, alive('y'))
    const refs = await refsOf('delayed')
    expect(await move(writer, queue, 'delayed', refs, other, slot())).toMatchObject({
      done: 1,
      refused: [{ ref: refs[1] }],
    })
    expect(await delayed('later')).toEqual([alive('y'), '5', alive('x'), '1900000000000'])
    expect(await delayed()).toEqual([alive('y'), '1900000000001'])
  })
  it('come back with their time after remove and purge', async () => {
    await redis.zadd('queue:email:delayed', 1_900_000_000_000, alive('x'), 1_900_000_000_001, alive('y'))
    const before = await delayed()
    const [removed, purged] = [slot(), slot()]
    expect(await remove(writer, queue, 'delayed', [(await refsOf('delayed'))[0] ?? ''], removed)).toMatchObject({
      done: 1,
    })
    expect(await purge(writer, queue, 'delayed', await frozen(queue, 'delayed'), purged, freeRun)).toMatchObject({
      done: 1,
    })
    expect(await redis.exists('queue:email:delayed')).toBe(0)
    expect(await restore(writer, queue, 'delayed', purged, freeRun)).toMatchObject({ done: 1, exact: true })
    expect(await restore(writer, queue, 'delayed', removed, freeRun)).toMatchObject({ done: 1, exact: true })
    expect(await delayed()).toEqual(before)
  })
})

/** A run that ends with an error after so many steps, as one does whose connection is cut. */
function cutAfter(steps: number): Run {
  let asked = 0
  return {
    ...freeRun,
    next: async (most) => (asked++ < steps ? Math.min(most, 100) : Promise.reject(new Error('cut'))),
  }
}

describe('retryAll', () => {
  it('runs all that were dead when it was frozen, and nothing that died since', async () => {
    const ids = Array.from({ length: 250 }, (_, i) => `d${i}`)
    await redis.rpush('queue:email:dlq', ...ids.map(dead))
    const before = await frozen(queue, 'dead')
    await redis.rpush('queue:email:dlq', dead('late'))
    const trash = slot()
    expect(await retryAll(writer, queue, 'dead', before, trash, 'keep', freeRun)).toEqual({
      done: 250,
      missing: 0,
      refused: [],
    })
    expect(await texts()).toEqual(ids.map(alive))
    expect(await texts('queue:email:dlq')).toEqual([dead('late')])
    expect(await redis.pttl(`${trash.key}:data`)).toBeGreaterThan(0)
  })
  it('leaves the rest in the trash when it is cut off half-way, and Undo puts all of it back', async () => {
    await redis.rpush('queue:email:dlq', ...Array.from({ length: 250 }, (_, i) => dead(`d${i}`)))
    const trash = slot()
    await expect(
      retryAll(writer, queue, 'dead', await frozen(queue, 'dead'), trash, 'keep', cutAfter(1)),
    ).rejects.toThrow('cut')
    // What has yet to run must not expire.
    expect([await redis.pttl(trash.key), await redis.pttl(`${trash.key}:data`)]).toEqual([-1, -1])
    await redis.rpush('queue:email:dlq', dead('late'))
    expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done: 250, exact: true })
    expect(await redis.exists('queue:email')).toBe(0)
    expect(await texts('queue:email:dlq')).toEqual(
      [...Array.from({ length: 250 }, (_, i) => `d${i}`), 'late'].map(dead),
    )
    expect(await redis.keys('sluice:*')).toEqual([])
  })
})

describe('retryAll when the operator stops it', () => {
  it('puts back what has not run yet, and tells how far it came', async () => {
    const ids = Array.from({ length: 250 }, (_, i) => `d${i}`)
    await redis.rpush('queue:email:dlq', ...ids.map(dead))
    const stop = new AbortController()
    const seen: number[][] = []
    const run: Run = {
      signal: stop.signal,
      progress(...numbers) {
        seen.push(numbers)
        if (numbers[0] === 144) stop.abort()
      },
      next: async (most) => Math.min(most, 100),
    }
    const trash = slot()
    expect(await retryAll(writer, queue, 'dead', await frozen(queue, 'dead'), trash, 'keep', run)).toEqual({
      done: 144,
      missing: 0,
      refused: [],
      left: 106,
    })
    // The first few show how large they are; of what was read and not taken, nothing is read again.
    expect(seen).toEqual([16, 116, 144].map((count) => [count, 250]))
    expect(await texts()).toEqual(ids.slice(0, 144).map(alive))
    expect(await texts('queue:email:dlq')).toEqual(ids.slice(144).map(dead))
    expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done: 144, missing: 0, exact: true })
    expect(await texts('queue:email:dlq')).toEqual(ids.map(dead))
    expect(await redis.keys('*')).toEqual(['queue:email:dlq'])
  })
})

describe('editAndRetry, move, add', () => {
  it('replaces a dead letter by the edited text, to run', async () => {
    await redis.rpush('queue:email:dlq', dead('a'), dead('b'))
    const [b] = await refsOf('dead')
    expect(await editAndRetry(writer, queue, 'dead', b as string, '{"id":"b","fixed":true}', slot())).toMatchObject({
      done: 1,
    })
    expect(await texts()).toEqual(['{"id":"b","fixed":true}'])
    expect(await editAndRetry(writer, queue, 'dead', b as string, '{}', slot())).toMatchObject({ done: 0, missing: 1 })
  })
  it('edits a waiting job in its place', async () => {
    await redis.rpush('queue:email', alive('a'), alive('b'), alive('c'))
    await editAndRetry(writer, queue, 'waiting', (await refsOf('waiting'))[1] as string, '{"id":"B"}', slot())
    expect(await texts()).toEqual([alive('a'), '{"id":"B"}', alive('c')])
  })
  it('moves jobs to another queue, byte for byte', async () => {
    const bytes = Buffer.from([0x7b, 0xff])
    await redis.rpush('queue:email', alive('a'), bytes, alive('c'))
    await move(writer, queue, 'waiting', (await refsOf('waiting')).slice(1), other, slot())
    expect(await list('queue:later')).toEqual([bytes, Buffer.from(alive('c'))])
    expect(await texts()).toEqual([alive('a')])
  })
  it('loses no job where the target is no list', async () => {
    await redis.rpush('queue:email:dlq', dead('a'))
    await redis.set('queue:later', 'a string')
    await redis.set('queue:email', 'a string')
    const refs = await refsOf('dead')
    for (const act of [
      () => move(writer, queue, 'dead', refs, other, slot()),
      () => retry(writer, queue, 'dead', refs, 'keep', slot()),
      () => editAndRetry(writer, queue, 'dead', refs[0] as string, '{}', slot()),
    ]) {
      await expect(act()).rejects.toThrow('WRONGTYPE')
    }
    const trash = slot()
    await expect(retryAll(writer, queue, 'dead', await frozen(queue, 'dead'), trash, 'keep', freeRun)).rejects.toThrow(
      'WRONGTYPE',
    )
    await restore(writer, queue, 'dead', trash, freeRun)
    expect(await texts('queue:email:dlq')).toEqual([dead('a')])
  })
  it('adds exactly the text', async () => {
    await add(writer, queue, { payload: '{"n": 9007199254740993}', name: null, options: null })
    expect(await texts()).toEqual(['{"n": 9007199254740993}'])
  })
})

describe('remove, purge and restore', () => {
  it('brings back removed jobs byte for byte, in place and order, whatever was chosen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(11), { minLength: 1 }),
        fc.nat(3),
        async (elements, chosen, pushed) => {
          await redis.flushall()
          const before = elements.map((bytes) => Buffer.from(bytes))
          await redis.rpush('queue:email', ...before)
          const refs = await refsOf('waiting')
          const trash = slot()
          const picked = [...new Set(chosen.flatMap((i) => refs[i] ?? []))]
          const { done } = await remove(writer, queue, 'waiting', picked, trash)
          expect(done).toBe(picked.length)
          const arrived = Array.from({ length: pushed }, (_, i) => Buffer.from(`arrived later ${i}`))
          if (pushed > 0) await redis.rpush('queue:email', ...arrived)
          if (done > 0) await restore(writer, queue, 'waiting', trash, freeRun)
          expect(await list()).toEqual([...before, ...arrived])
          expect(await redis.keys('sluice:*')).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
  it('finds the old places again after workers took jobs from the head', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => alive(`j${i}`))
    await redis.rpush('queue:email', ...ids)
    const refs = await refsOf('waiting')
    const trash = slot()
    await remove(writer, queue, 'waiting', [refs[10] as string, refs[15] as string], trash)
    await redis.ltrim('queue:email', 5, -1)
    await redis.rpush('queue:email', alive('new'))
    expect(await restore(writer, queue, 'waiting', trash, freeRun)).toMatchObject({ done: 2, exact: true })
    expect(await texts()).toEqual([...ids.slice(5), alive('new')])
  })
  it('says so when the place is only near', async () => {
    await redis.rpush('queue:email', alive('a'), alive('b'), alive('c'))
    const trash = slot()
    await remove(writer, queue, 'waiting', [(await refsOf('waiting'))[1] as string], trash)
    await redis.del('queue:email')
    await redis.rpush('queue:email', alive('x'))
    expect(await restore(writer, queue, 'waiting', trash, freeRun)).toMatchObject({ done: 1, exact: false })
    expect((await texts()).sort()).toEqual([alive('b'), alive('x')])
  })
  it('restores near both ends of a long list and in its middle', async () => {
    const ids = Array.from({ length: 5000 }, (_, i) => alive(`j${i}`))
    await redis.rpush('queue:email', ...ids)
    const places = [0, 1, 400, 2500, 3999, 4998, 4999]
    const refs = await Promise.all(
      places.map(async (offset) => (await page(writer, queue, 'waiting', { offset, limit: 1 })).jobs[0]?.ref as string),
    )
    const trash = slot()
    expect(await remove(writer, queue, 'waiting', refs, trash)).toMatchObject({ done: 7 })
    await restore(writer, queue, 'waiting', trash, freeRun)
    expect(await texts()).toEqual(ids)
  })
  it('purges in one rename and restores in one, with what arrived since behind', async () => {
    const ids = Array.from({ length: 3000 }, (_, i) => dead(`d${i}`))
    await redis.rpush('queue:email:dlq', ...ids)
    const trash = slot()
    expect(await purge(writer, queue, 'dead', await frozen(queue, 'dead'), trash, freeRun)).toMatchObject({
      done: 3000,
    })
    expect(await redis.exists('queue:email:dlq')).toBe(0)
    expect(await redis.pttl(`${trash.key}:data`)).toBeGreaterThan(0)
    await redis.rpush('queue:email:dlq', dead('late'))
    expect(await restore(writer, queue, 'dead', trash, freeRun)).toMatchObject({ done: 3000, exact: true })
    expect(await texts('queue:email:dlq')).toEqual([...ids, dead('late')])
    expect(await redis.pttl('queue:email:dlq')).toBe(-1)
    await expect(restore(writer, queue, 'dead', trash, freeRun)).rejects.toThrow('expired, or was undone')
  })
  it('restores a purge in order when a great many jobs arrived since', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => alive(`old${i}`))
    await redis.rpush('queue:email', ...ids)
    const trash = slot()
    await purge(writer, queue, 'waiting', await frozen(queue, 'waiting'), trash, freeRun)
    const late = Array.from({ length: 5500 }, (_, i) => alive(`new${i}`))
    await redis.rpush('queue:email', ...late)
    expect(await restore(writer, queue, 'waiting', trash, freeRun)).toMatchObject({ done: 300 })
    expect(await texts()).toEqual([...ids, ...late])
  })
  it('leaves what arrived since, wherever the frozen ones are by now', async () => {
    const ids = Array.from({ length: 5000 }, (_, i) => alive(`j${i}`))
    await redis.rpush('queue:email', ...ids)
    const before = await frozen(queue, 'waiting')
    await redis.ltrim('queue:email', 4500, -1)
    await redis.lrem('queue:email', 1, ids[4999] as string)
    const late = Array.from({ length: 3000 }, (_, i) => alive(`new${i}`))
    await redis.rpush('queue:email', ...late)
    const trash = slot()
    expect(await purge(writer, queue, 'waiting', before, trash, freeRun)).toEqual({
      done: 499,
      missing: 4501,
      refused: [],
    })
    expect(await texts()).toEqual(late)
    expect(await purge(writer, queue, 'waiting', before, trash, freeRun)).toMatchObject({ done: 499 })
    expect(await restore(writer, queue, 'waiting', trash, freeRun)).toMatchObject({ done: 499, exact: true })
    expect(await texts()).toEqual([...ids.slice(4500, 4999), ...late])
  })
  it('purges nothing where all that was frozen has run', async () => {
    await redis.rpush('queue:email', alive('a'), alive('b'))
    const before = await frozen(queue, 'waiting')
    await redis.del('queue:email')
    await redis.rpush('queue:email', alive('c'), alive('d'), alive('e'))
    expect(await purge(writer, queue, 'waiting', before, slot(), freeRun)).toMatchObject({ done: 0, missing: 2 })
    expect(await texts()).toEqual([alive('c'), alive('d'), alive('e')])
  })
  it('purges no delayed jobs when more are there than were frozen', async () => {
    await redis.zadd('queue:email:delayed', 5, alive('a'))
    const before = await frozen(queue, 'delayed')
    await redis.zadd('queue:email:delayed', 4, alive('b'))
    await expect(purge(writer, queue, 'delayed', before, slot(), freeRun)).rejects.toMatchObject({ code: 'CHANGED' })
    expect(await redis.zcard('queue:email:delayed')).toBe(2)
  })
  it('purges nothing where nothing is', async () => {
    expect(await purge(writer, queue, 'dead', await frozen(queue, 'dead'), slot(), freeRun)).toEqual({
      done: 0,
      missing: 0,
      refused: [],
    })
    expect(await redis.dbsize()).toBe(0)
  })
})
