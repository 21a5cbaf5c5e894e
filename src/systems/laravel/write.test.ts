import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { Run, TrashSlot, WriteActions } from '../system.ts'
import { laravel } from './index.ts'
import { keyOfState, notifyKey, type StateId } from './keys.ts'

const queue: QueueRef = { system: 'laravel', prefix: 'shop_database_', name: 'mail' }
const other: QueueRef = { ...queue, name: 'later' }
const write = laravel.write as Required<WriteActions>
const payload = (n: number | string, more = '') =>
  `{"uuid":"u-${n}","displayName":"Pay","job":"Pay@handle","data":{"order":9223372036854775807}${more},"id":"i-${n}","attempts":1}`

let server: TestRedis
let redis: Redis
let writer: Writer
let now: number
let entries = 0
const slot = (): TrashSlot => ({ key: `sluice:trash:t${++entries}`, ttlMs: 60_000 })
const frozen = (queue: QueueRef, state: string) => laravel.freeze(writer, queue, state)

beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await redis.flushall()
  now = Number((await redis.time())[0])
})

const ready = async (of = queue) => (await redis.lrangeBuffer(keyOfState(of, 'ready'), 0, -1)).map(String)
const tokens = (of = queue) => redis.lrange(notifyKey(of), 0, -1)
const scored = (state: StateId, of = queue) => redis.zrange(keyOfState(of, state), 0, '-1', 'WITHSCORES')
async function refsOf(state: StateId, of = queue): Promise<string[]> {
  const { jobs } = await laravel.page(writer, of, state, { offset: 0, limit: 200 })
  return jobs.map(({ ref }) => ref)
}
async function refOf(state: StateId, index = 0): Promise<string> {
  return (await refsOf(state))[index] ?? ''
}
/** As Laravel pushes: the job, then a wake-up. */
async function push(...payloads: string[]): Promise<void> {
  for (const each of payloads)
    await redis.multi().rpush(keyOfState(queue, 'ready'), each).rpush(notifyKey(queue), 1).exec()
}
const delay = (score: number, each: string) => redis.zadd(keyOfState(queue, 'delayed'), score, each)
const reserve = (score: number, each: string) => redis.zadd(keyOfState(queue, 'reserved'), score, each)

describe('adding', () => {
  const add = (text: string) => write.add(writer, queue, { payload: text, name: null, options: null })

  it('completes a string job as Laravel does, and changes nothing that was typed', async () => {
    const typed = '{ "job": "Reports@send", "data": {"order": 9223372036854775807, "rate": 1.10} }'
    expect(await add(typed)).toEqual({ done: 1, missing: 0, refused: [] })
    const [stored = ''] = await ready()
    expect(stored).toContain('"data": {"order": 9223372036854775807, "rate": 1.10}')
    expect(JSON.parse(stored)).toMatchObject({
      uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      displayName: 'Reports',
      job: 'Reports@send',
      maxTries: null,
      maxExceptions: null,
      failOnTimeout: false,
      backoff: null,
      timeout: null,
      id: expect.stringMatching(/^[0-9A-Za-z]{32}$/),
      attempts: 0,
    })
    expect(await tokens()).toEqual(['1'])
  })

  it('keeps what a string job says already', async () => {
    await add('{"job":"Reports@send","maxTries":3,"uuid":"mine","attempts":2}')
    expect(JSON.parse((await ready())[0] ?? '')).toMatchObject({ maxTries: 3, uuid: 'mine', attempts: 2, data: [] })
  })

  it('makes a new job of the payload of another', async () => {
    const old =
      '{"uuid":"u","job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","retryUntil":1500,"data":{"commandName":"A","command":"O:1:\\"A\\":1:{s:1:\\"n\\";i:9223372036854775807;}"},"id":"u","attempts":4,"createdAt":1000,"retry_of":"x"}'
    await add(old)
    const [stored = ''] = await ready()
    const job = JSON.parse(stored)
    expect(job).toMatchObject({ attempts: 0, data: JSON.parse(old).data })
    expect(job.uuid).not.toBe('u')
    expect(job.id).toBe(job.uuid) // one id for both, as it was
    expect(Math.abs(job.createdAt - now)).toBeLessThan(60)
    expect(Math.abs(job.retryUntil - now - 500)).toBeLessThan(60)
    expect(job).not.toHaveProperty('retry_of')
  })

  it.each([
    'no json',
    '[1]',
    '"text"',
    '{"data":{}}',
    '{"job":7}',
    '{"job":"A@b","attempts":"two"}',
    '{"job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","data":{}}',
  ])('refuses %s', async (text) => {
    await expect(add(text)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await redis.dbsize()).toBe(0)
  })

  it('refuses a name and options, which Laravel has not', async () => {
    const job = { payload: '{"job":"A@b"}', name: 'x', options: null }
    await expect(write.add(writer, queue, job)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('offers a template that it takes', async () => {
    expect(await add(laravel.adds?.payload ?? '')).toMatchObject({ done: 1 })
  })

  it('duplicates a job under another uuid and id, with its numbers as stored', async () => {
    await push(payload(1), 'no payload')
    await delay(now + 600, payload(2))
    const outcome = await write.duplicate(writer, queue, 'ready', [...(await refsOf('ready')), 'list:7:x'])
    expect(outcome).toMatchObject({ done: 1, missing: 0 })
    expect(outcome.refused.map(({ reason }) => reason)).toEqual([
      'This does not name a job of this state.',
      'This is no payload that a worker could run.',
    ])
    expect(await write.duplicate(writer, queue, 'delayed', await refsOf('delayed'))).toMatchObject({ done: 1 })
    const [, , copy = '', second = ''] = await ready()
    expect(copy).toContain('"order":9223372036854775807')
    expect(JSON.parse(copy)).toMatchObject({ displayName: 'Pay', attempts: 0 })
    expect(copy).not.toContain('u-1')
    expect(copy).not.toContain('i-1')
    expect(JSON.parse(second).data).toEqual(JSON.parse(payload(2)).data)
    expect(await tokens()).toHaveLength(4)
    expect(await redis.zcard(keyOfState(queue, 'delayed'))).toBe(1)
  })
})

describe('running now', () => {
  it('promotes delayed jobs byte for byte, and wakes a worker for each', async () => {
    await delay(now + 60, payload(1))
    await delay(now + 50, payload(2))
    const [two, one] = await refsOf('delayed')
    const refs = [one ?? '', two ?? '', 'zset:1:0123456789012345678901234567890123456789']
    expect(await write.promote(writer, queue, 'delayed', refs)).toMatchObject({ done: 2, missing: 1, refused: [] })
    expect(await ready()).toEqual([payload(2), payload(1)])
    expect(await tokens()).toEqual(['1', '1'])
    expect(await redis.exists(keyOfState(queue, 'delayed'))).toBe(0)
  })

  it('puts back to work what a dead worker left, with its attempts, and refuses what is held', async () => {
    await reserve(now - 5, payload('dead'))
    await reserve(now + 90, payload('running'))
    const outcome = await write.retry(writer, queue, 'reserved', await refsOf('reserved'), 'keep', slot())
    expect(outcome).toMatchObject({ done: 1, missing: 0 })
    expect(outcome.refused).toEqual([
      {
        ref: expect.stringMatching(`^zset:${now + 90}:`),
        reason: expect.stringMatching(/^A worker holds it until 20\d\d-.* UTC\.$/),
      },
    ])
    expect(await ready()).toEqual([payload('dead')])
    expect(await tokens()).toEqual(['1'])
    expect(await scored('reserved')).toEqual([payload('running'), String(now + 90)])
  })

  it('does nothing to a reserved job that was handed out again since it was seen', async () => {
    await reserve(now - 5, payload(1))
    const ref = await refOf('reserved')
    // A worker took it again: the same job with a new time, and by its next attempt with other bytes.
    await redis.del(keyOfState(queue, 'reserved'))
    await reserve(now - 4, payload(1, ',"again":true'))
    for (const stale of [ref]) {
      expect(await write.retry(writer, queue, 'reserved', [stale], 'keep', slot())).toMatchObject({
        done: 0,
        missing: 1,
      })
      expect(await write.remove(writer, queue, 'reserved', [stale], slot())).toMatchObject({ done: 0, missing: 1 })
    }
    expect(await redis.keys('*')).toEqual([keyOfState(queue, 'reserved')])
  })

  it('puts all overdue ones back in chunks, tells how far it is, and stops when told', async () => {
    for (let i = 0; i < 250; i++) await reserve(now - 1000 + i, payload(i))
    await reserve(now + 90, payload('running'))
    const stop = new AbortController()
    const seen: number[][] = []
    const first: Run = {
      signal: stop.signal,
      progress(...numbers) {
        seen.push(numbers)
        stop.abort()
      },
      next: async (most) => most,
    }
    expect(
      await write.retryAll(writer, queue, 'reserved', await frozen(queue, 'reserved'), slot(), 'keep', first),
    ).toMatchObject({ done: 100 })
    expect(seen).toEqual([[100, 250]])
    expect(
      await write.retryAll(writer, queue, 'reserved', await frozen(queue, 'reserved'), slot(), 'keep', freeRun),
    ).toMatchObject({ done: 150 })
    expect(await ready()).toEqual(Array.from({ length: 250 }, (_, i) => payload(i)))
    expect(await tokens()).toHaveLength(250)
    expect(await scored('reserved')).toEqual([payload('running'), String(now + 90)])
  })

  it('gives delayed jobs another time, to the second', async () => {
    await delay(now + 60, payload(1))
    await delay(now + 60, payload(2))
    const refs = await refsOf('delayed')
    const ref = refs[1] ?? ''
    const at = (now + 600) * 1000 - 400
    expect(await write.reschedule(writer, queue, 'delayed', [ref], at)).toMatchObject({ done: 1 })
    expect(await write.reschedule(writer, queue, 'delayed', [ref], at)).toMatchObject({ done: 0, missing: 1 })
    expect((await scored('delayed')).filter((_, i) => i % 2 === 1)).toEqual([String(now + 60), String(now + 600)])
  })
})

describe('moving', () => {
  it('takes ready jobs along with their wake-ups', async () => {
    await push(payload(1), payload(2), payload(3))
    const [one, , three] = await refsOf('ready')
    expect(await write.move(writer, queue, 'ready', [three ?? '', one ?? ''], other, slot())).toMatchObject({ done: 2 })
    expect([await ready(), await tokens()]).toEqual([[payload(2)], ['1']])
    expect([await ready(other), await tokens(other)]).toEqual([
      [payload(1), payload(3)],
      ['1', '1'],
    ])
  })

  it('keeps the time of delayed ones, and never makes one job of two', async () => {
    await delay(now + 60, payload(1))
    await delay(now + 70, payload(2))
    await redis.zadd(keyOfState(other, 'delayed'), now + 999, payload(2))
    const outcome = await write.move(writer, queue, 'delayed', await refsOf('delayed'), other, slot())
    expect(outcome).toMatchObject({
      done: 1,
      refused: [{ reason: expect.stringContaining('the two would become one') }],
    })
    expect(await scored('delayed')).toEqual([payload(2), String(now + 70)])
    expect(await scored('delayed', other)).toEqual([payload(1), String(now + 60), payload(2), String(now + 999)])
  })

  it('brings none back that has left where it went', async () => {
    await delay(now + 60, payload(1))
    await delay(now + 70, payload(2))
    const trash = slot()
    expect(await write.move(writer, queue, 'delayed', await refsOf('delayed'), other, trash)).toMatchObject({ done: 2 })
    expect(await write.promote(writer, other, 'delayed', (await refsOf('delayed', other)).slice(0, 1))).toMatchObject({
      done: 1,
    })
    expect(await write.restore(writer, queue, 'delayed', trash, freeRun)).toMatchObject({ done: 1, missing: 1 })
    expect(await ready(other)).toEqual([payload(1)])
    expect(await scored('delayed')).toEqual([payload(2), String(now + 70)])
  })

  it('finds 250 jobs while workers take others from the head', async () => {
    await push(...Array.from({ length: 300 }, (_, i) => payload(i)))
    const refs = (await laravel.page(writer, queue, 'ready', { offset: 40, limit: 200 })).jobs.map(({ ref }) => ref)
    await redis.ltrim(keyOfState(queue, 'ready'), 30, -1)
    expect(await write.move(writer, queue, 'ready', refs, other, slot())).toMatchObject({ done: 200, missing: 0 })
    expect(await ready(other)).toEqual(Array.from({ length: 200 }, (_, i) => payload(i + 40)))
  })
})

describe('a place that takes no job', () => {
  it('loses none: what cannot be pushed stays where it is', async () => {
    await push(payload(1))
    await delay(now + 60, payload(2))
    await reserve(now - 5, payload(3))
    const before = await redis.dbsize()
    // The list of this queue would be the sorted set of the other one.
    const wrong = { ...queue, name: 'mail:delayed' }
    await expect(write.move(writer, queue, 'ready', await refsOf('ready'), wrong, slot())).rejects.toThrow('WRONGTYPE')
    await redis.set(notifyKey(queue), 'a string')
    for (const act of [
      async () => write.promote(writer, queue, 'delayed', await refsOf('delayed')),
      async () => write.retry(writer, queue, 'reserved', await refsOf('reserved'), 'keep', slot()),
      async () => write.retryAll(writer, queue, 'reserved', await frozen(queue, 'reserved'), slot(), 'keep', freeRun),
      async () => write.remove(writer, queue, 'ready', await refsOf('ready'), slot()),
      async () => write.move(writer, queue, 'ready', await refsOf('ready'), other, slot()),
      async () => write.duplicate(writer, queue, 'ready', await refsOf('ready')),
    ]) {
      await expect(act()).rejects.toThrow('WRONGTYPE')
    }
    expect([await ready(), await redis.dbsize()]).toEqual([[payload(1)], before])
    expect([await redis.zcard(keyOfState(queue, 'delayed')), await redis.zcard(keyOfState(queue, 'reserved'))]).toEqual(
      [1, 1],
    )
  })
})

describe('editing', () => {
  it('puts exact text in place of a ready job, which keeps its turn', async () => {
    await push(payload(1), payload(2), payload(3))
    const text = ` {"job":"A@b","n":9223372036854775807.0,"attempts":1}`
    const ref = await refOf('ready', 1)
    expect(await write.editAndRetry(writer, queue, 'ready', ref, text, slot())).toMatchObject({ done: 1 })
    expect(await ready()).toEqual([payload(1), text, payload(3)])
    expect(await write.editAndRetry(writer, queue, 'ready', ref, text, slot())).toMatchObject({ done: 0, missing: 1 })
  })

  it('keeps the time of a delayed job', async () => {
    await delay(now + 60, payload(1))
    await delay(now + 70, payload(2))
    expect(
      await write.editAndRetry(writer, queue, 'delayed', await refOf('delayed'), payload(3), slot()),
    ).toMatchObject({
      done: 1,
    })
    expect(await scored('delayed')).toEqual([payload(3), String(now + 60), payload(2), String(now + 70)])
    const twin = await write.editAndRetry(writer, queue, 'delayed', await refOf('delayed'), payload(2), slot())
    expect(twin).toMatchObject({ done: 0, refused: [{ reason: expect.stringContaining('two would become one') }] })
    expect(await redis.zcard(keyOfState(queue, 'delayed'))).toBe(2)
  })

  it('refuses what a worker would lose', async () => {
    await push(payload(1))
    for (const text of ['{', '{"job":"A@b"}', '{"job":"A@b","attempts":"1"}', '{"attempts":1}']) {
      const edited = write.editAndRetry(writer, queue, 'ready', await refOf('ready'), text, slot())
      await expect(edited).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    expect(await ready()).toEqual([payload(1)])
  })
})

describe('removing and restoring', () => {
  it('takes ready jobs with their wake-ups, and brings both back', async () => {
    await push(payload(1), payload(2), payload(3))
    const trash = slot()
    const [one, , three] = await refsOf('ready')
    expect(await write.remove(writer, queue, 'ready', [one ?? '', three ?? ''], trash)).toMatchObject({ done: 2 })
    expect([await ready(), await tokens()]).toEqual([[payload(2)], ['1']])
    expect(await write.restore(writer, queue, 'ready', trash, freeRun)).toMatchObject({ done: 2, exact: true })
    expect([await ready(), await tokens()]).toEqual([
      [payload(1), payload(2), payload(3)],
      ['1', '1', '1'],
    ])
    expect(await redis.keys('sluice:*')).toEqual([])
  })

  it('brings delayed jobs back with their time', async () => {
    await delay(now + 60, payload(1))
    await delay(now + 60.5, payload(2))
    const trash = slot()
    expect(await write.remove(writer, queue, 'delayed', await refsOf('delayed'), trash)).toMatchObject({ done: 2 })
    expect(await redis.keys('*')).toEqual(expect.arrayContaining([trash.key, `${trash.key}:items`]))
    expect(await redis.exists(keyOfState(queue, 'delayed'))).toBe(0)
    expect(await write.restore(writer, queue, 'delayed', trash, freeRun)).toMatchObject({ done: 2, exact: true })
    expect(await scored('delayed')).toEqual([payload(1), String(now + 60), payload(2), String(now + 60.5)])
  })

  it('does not touch a job that a worker holds, whatever it is asked with', async () => {
    await reserve(now - 5, payload('dead'))
    await reserve(now + 90, payload('running'))
    const trash = slot()
    const outcome = await write.remove(writer, queue, 'reserved', await refsOf('reserved'), trash)
    expect(outcome).toMatchObject({
      done: 1,
      refused: [{ reason: expect.stringContaining('A worker holds it until') }],
    })
    expect(await scored('reserved')).toEqual([payload('running'), String(now + 90)])
    expect(await write.restore(writer, queue, 'reserved', trash, freeRun)).toMatchObject({ done: 1, exact: true })
    expect(await scored('reserved')).toEqual([payload('dead'), String(now - 5), payload('running'), String(now + 90)])
  })

  it('counts a job that changed since it was seen as missing', async () => {
    await push(payload(1))
    const ref = await refOf('ready')
    await redis.lset(keyOfState(queue, 'ready'), 0, payload(1, ',"changed":1'))
    expect(await write.remove(writer, queue, 'ready', [ref], slot())).toMatchObject({ done: 0, missing: 1 })
    expect(await write.move(writer, queue, 'ready', [ref], other, slot())).toMatchObject({ done: 0, missing: 1 })
    expect(await ready()).toHaveLength(1)
    expect(await redis.keys('sluice:*')).toEqual([])
  })
})

describe('purging', () => {
  it('renames ready jobs and their wake-ups, and puts both back around what came since', async () => {
    await push(...Array.from({ length: 300 }, (_, i) => payload(i)))
    const trash = slot()
    expect(await write.purge(writer, queue, 'ready', await frozen(queue, 'ready'), trash, freeRun)).toMatchObject({
      done: 300,
    })
    expect(await redis.exists(keyOfState(queue, 'ready'), notifyKey(queue))).toBe(0)
    expect(await redis.pttl(`${trash.key}:wake`)).toBeGreaterThan(0)
    await push(payload('late'))
    expect(await write.restore(writer, queue, 'ready', trash, freeRun)).toMatchObject({ done: 300 })
    expect((await ready()).length).toBe(301)
    expect((await ready()).at(-1)).toBe(payload('late'))
    expect(await tokens()).toHaveLength(301)
    expect([await redis.pttl(notifyKey(queue)), await redis.pttl(keyOfState(queue, 'ready'))]).toEqual([-1, -1])
    expect(await redis.keys('sluice:*')).toEqual([])
  })

  it('wakes workers after a restore where a purge found no wake-ups', async () => {
    await redis.rpush(keyOfState(queue, 'ready'), payload(1), payload(2))
    const trash = slot()
    await write.purge(writer, queue, 'ready', await frozen(queue, 'ready'), trash, freeRun)
    await write.restore(writer, queue, 'ready', trash, freeRun)
    expect(await tokens()).toEqual(['1', '1'])
  })

  it('keeps the times of delayed jobs through purge and restore, few or a great many later ones', async () => {
    for (const late of [1, 5500]) {
      await redis.flushall()
      for (let i = 0; i < 150; i++) await delay(now + i, payload(i))
      const trash = slot()
      expect(await write.purge(writer, queue, 'delayed', await frozen(queue, 'delayed'), trash, freeRun)).toMatchObject(
        { done: 150 },
      )
      await redis.zadd(
        keyOfState(queue, 'delayed'),
        ...Array.from({ length: late }, (_, i) => [now + 9000 + i, `late${i}`]).flat(),
      )
      expect(await write.restore(writer, queue, 'delayed', trash, freeRun)).toMatchObject({ done: 150 })
      expect(await redis.zcard(keyOfState(queue, 'delayed'))).toBe(150 + late)
      expect(await redis.zscore(keyOfState(queue, 'delayed'), payload(149))).toBe(String(now + 149))
      expect(await redis.keys('sluice:*')).toEqual([])
    }
  })

  it('takes only overdue reserved jobs, in chunks, and leaves the running ones', async () => {
    for (let i = 0; i < 250; i++) await reserve(now - 1000 + i, payload(i))
    await reserve(now + 90, payload('running'))
    const trash = slot()
    const seen: number[][] = []
    const telling: Run = { ...freeRun, progress: (...numbers) => seen.push(numbers) }
    const outcome = await write.purge(writer, queue, 'reserved', await frozen(queue, 'reserved'), trash, telling)
    expect(outcome).toEqual({
      done: 250,
      missing: 0,
      refused: [{ ref: 'held', reason: 'Workers hold 1 of these jobs: they stay.' }],
    })
    expect(seen).toEqual([
      [100, 250],
      [200, 250],
      [250, 250],
    ])
    expect(await scored('reserved')).toEqual([payload('running'), String(now + 90)])
    expect(await write.restore(writer, queue, 'reserved', trash, freeRun)).toMatchObject({ done: 250, exact: true })
    expect(await redis.zcard(keyOfState(queue, 'reserved'))).toBe(251)
  })

  it('leaves what arrived since it was frozen, with its wake-ups', async () => {
    await push(payload(1), payload(2))
    await reserve(now - 5, payload(3))
    const [ready1, reserved1] = [await frozen(queue, 'ready'), await frozen(queue, 'reserved')]
    await push(payload(4))
    await reserve(now + 90, payload(5))
    const trash = slot()
    expect(await write.purge(writer, queue, 'ready', ready1, trash, freeRun)).toMatchObject({ done: 2 })
    expect([await ready(), (await tokens()).length]).toEqual([[payload(4)], 1])
    expect(await write.purge(writer, queue, 'reserved', reserved1, slot(), freeRun)).toMatchObject({ done: 1 })
    expect(await scored('reserved')).toEqual([payload(5), String(now + 90)])
    expect(await write.restore(writer, queue, 'ready', trash, freeRun)).toMatchObject({ done: 2 })
    expect([await ready(), (await tokens()).length]).toEqual([[payload(1), payload(2), payload(4)], 3])
  })

  it('does nothing where more delayed jobs are there than were frozen', async () => {
    await delay(now + 60, payload(1))
    const before = await frozen(queue, 'delayed')
    await delay(now + 50, payload(2))
    await expect(write.purge(writer, queue, 'delayed', before, slot(), freeRun)).rejects.toMatchObject({
      code: 'CHANGED',
    })
    expect(await redis.dbsize()).toBe(1)
  })
})
