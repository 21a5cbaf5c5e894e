import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { laravelMissing, runLaravel } from '../../../test/peers/laravel.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { TrashSlot, WriteActions } from '../system.ts'
import { laravel } from './index.ts'
import { keyOfState, notifyKey, type StateId } from './keys.ts'

const missing = laravelMissing()
const reason = missing === null ? '' : ` (skipped: ${missing})`
const prefix = 'shop_database_'
const queue: QueueRef = { system: 'laravel', prefix, name: 'mail' }
const write = laravel.write as Required<WriteActions>
/** More than a double can hold: what re-encodes a payload on the way changes it. */
const big = '9007199254740993'

describe.skipIf(missing !== null)(`what Sluice does to a queue, as Laravel's own worker sees it${reason}`, () => {
  let server: TestRedis
  let redis: Redis
  let writer: Writer
  let trash: TrashSlot
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
    trash = { key: `sluice:trash:t${++entries}`, ttlMs: 60_000 }
    await redis.flushall()
  })

  const peer = async (...args: string[]) => runLaravel(server.port, prefix, ...args)
  /** The data of the jobs that a worker runs until the queue is empty, or until it ran so many. */
  const work = async (name = 'mail', jobs = 0) => {
    const { output } = await peer('work', name, String(jobs), '30')
    return output.split('\n').filter((line) => line !== '')
  }
  const refsOf = async (state: StateId) =>
    (await laravel.page(writer, queue, state, { offset: 0, limit: 50 })).jobs.map(({ ref }) => ref)
  const counts = () =>
    Promise.all([
      redis.llen(keyOfState(queue, 'ready')),
      redis.zcard(keyOfState(queue, 'delayed')),
      redis.zcard(keyOfState(queue, 'reserved')),
      redis.llen(notifyKey(queue)),
    ])
  const add = (payload: string) => write.add(writer, queue, { payload, name: null, options: null })

  it('runs what is added, with its 64-bit integers, and copies of it', async () => {
    await add(`{"job":"Tell@aloud","data":{"order":${big}}}`)
    await write.duplicate(writer, queue, 'ready', await refsOf('ready'))
    const stored = await redis.lindex(keyOfState(queue, 'ready'), 0)
    await add((stored ?? '').replace('"attempts":0', '"attempts":0,"added":"again"'))
    expect(await work()).toEqual(Array(3).fill(`ran {"order":${big}} attempt 1`))
    expect(await counts()).toEqual([0, 0, 0, 0])
  })

  it('runs a copy of a class-based job', async () => {
    await peer('push', 'mail')
    const [receipt = ''] = await refsOf('ready')
    await write.duplicate(writer, queue, 'ready', [receipt])
    const copy = await redis.lindex(keyOfState(queue, 'ready'), -1)
    await redis.del(keyOfState(queue, 'ready'), notifyKey(queue))
    await add(copy ?? '')
    expect(await work()).toEqual([]) // a receipt is silent, and a failure would be reported
    expect(await counts()).toEqual([0, 1, 0, 0])
  })

  it('wakes a worker that blocks on the empty queue', async () => {
    const waiting = peer('wait', 'mail', '1', '30')
    while (!String(await redis.client('LIST')).includes('cmd=blpop')) await redis.ping()
    await add('{"job":"Tell@aloud","data":{"woken":true}}')
    // It blocks for half a minute, longer than this test may take.
    expect((await waiting).output).toBe('ran {"woken":true} attempt 1\n')
    expect(await counts()).toEqual([0, 0, 0, 0])
  })

  it('runs the edited text of a ready job in its turn', async () => {
    await peer('tell', 'mail', '0', '{"n":1}', '{"n":2}', '{"n":3}')
    const [, two = ''] = await refsOf('ready')
    const stored = (await redis.lindex(keyOfState(queue, 'ready'), 1)) ?? ''
    await write.editAndRetry(writer, queue, 'ready', two, stored.replace('{"n":2}', `{"n": ${big}}`), slot())
    expect(await work()).toEqual(['ran {"n":1} attempt 1', `ran {"n":${big}} attempt 1`, 'ran {"n":3} attempt 1'])
    expect(await counts()).toEqual([0, 0, 0, 0])
  })

  it('does not run what was removed, and runs it after it was restored', async () => {
    await peer('tell', 'mail', '0', '{"n":1}', '{"n":2}', '{"n":3}')
    const [, two = ''] = await refsOf('ready')
    await write.remove(writer, queue, 'ready', [two], trash)
    expect(await counts()).toEqual([2, 0, 0, 2])
    expect(await work()).toEqual(['ran {"n":1} attempt 1', 'ran {"n":3} attempt 1'])
    await write.restore(writer, queue, 'ready', trash, freeRun)
    expect(await work()).toEqual(['ran {"n":2} attempt 1'])
  })

  it('does not run what was purged, and runs all of it after it was restored', async () => {
    await peer('tell', 'mail', '0', '{"n":1}', '{"n":2}')
    await write.purge(writer, queue, 'ready', await frozen(queue, 'ready'), trash, freeRun)
    expect(await work()).toEqual([])
    await write.restore(writer, queue, 'ready', trash, freeRun)
    expect(await counts()).toEqual([2, 0, 0, 2])
    expect(await work()).toEqual(['ran {"n":1} attempt 1', 'ran {"n":2} attempt 1'])
  })

  it('runs delayed jobs that were promoted, and those whose time was set to now, but no others', async () => {
    await peer('tell', 'mail', '3600', '{"n":1}', '{"n":2}', '{"n":3}')
    const rows = (await laravel.page(writer, queue, 'delayed', { offset: 0, limit: 9 })).jobs
    const ref = (n: number) => rows.find(({ preview }) => preview.includes(`{"n":${n}}`))?.ref ?? ''
    await write.promote(writer, queue, 'delayed', [ref(2)])
    expect(await counts()).toEqual([1, 2, 0, 1])
    expect(await work()).toEqual(['ran {"n":2} attempt 1'])
    await write.reschedule(writer, queue, 'delayed', [ref(3)], Date.now() - 5000)
    expect(await work()).toEqual(['ran {"n":3} attempt 1'])
    expect(await counts()).toEqual([0, 1, 0, 0])
  })

  it('runs moved jobs in the other queue', async () => {
    await peer('tell', 'mail', '0', '{"n":1}', '{"n":2}')
    const [one = ''] = await refsOf('ready')
    await write.move(writer, queue, 'ready', [one], { ...queue, name: 'later' }, slot())
    expect(await work('later')).toEqual(['ran {"n":1} attempt 1'])
    expect(await work()).toEqual(['ran {"n":2} attempt 1'])
  })

  it('runs the job of a dead worker once more when it is put back to work, by the bytes that Laravel made of it', async () => {
    await peer('die', 'mail')
    const [pushed] = await redis.lrange(keyOfState(queue, 'ready'), 0, 0)
    expect(await peer('work', 'mail', '1', '30')).toMatchObject({ signal: 'SIGKILL' })
    const [held = ''] = await refsOf('reserved')
    const [copy = ''] = await redis.zrange(keyOfState(queue, 'reserved'), 0, '-1')
    expect(copy).not.toBe(pushed) // the same job in other bytes
    expect(await write.retry(writer, queue, 'reserved', [held], 'keep', slot())).toMatchObject({
      done: 0,
      refused: [{ ref: held }],
    })
    // Its time passes.
    await redis.zadd(keyOfState(queue, 'reserved'), Math.floor(Date.now() / 1000) - 5, copy)
    expect(await write.retry(writer, queue, 'reserved', [held], 'keep', slot())).toMatchObject({ done: 0, missing: 1 })
    expect(await write.retry(writer, queue, 'reserved', await refsOf('reserved'), 'keep', slot())).toMatchObject({
      done: 1,
    })
    expect(await counts()).toEqual([1, 0, 0, 1])
    expect(await work()).toEqual(['ran after all'])
    expect(await counts()).toEqual([0, 0, 0, 0])
  })

  it('neither removes nor purges a job that runs, so that its release finds it', async () => {
    await peer('hold', 'mail')
    const running = peer('work', 'mail', '1', '30')
    const waiting = redis.duplicate()
    try {
      await waiting.blpop(`${prefix}started`, 15)
      const [held = ''] = await refsOf('reserved')
      const removed = await write.remove(writer, queue, 'reserved', [held], trash)
      expect(removed).toMatchObject({ done: 0, refused: [{ ref: held, reason: expect.stringContaining('holds it') }] })
      expect(
        await write.purge(writer, queue, 'reserved', await frozen(queue, 'reserved'), trash, freeRun),
      ).toMatchObject({ done: 0 })
      expect(
        await write.retryAll(writer, queue, 'reserved', await frozen(queue, 'reserved'), trash, 'keep', freeRun),
      ).toMatchObject({ done: 0 })
      expect(await redis.keys('sluice:*')).toEqual([])
    } finally {
      waiting.disconnect()
      await redis.rpush(`${prefix}go`, '1')
    }
    expect(await running).toMatchObject({ code: 0, output: '' })
    expect(await counts()).toEqual([0, 1, 0, 0])
  })
})
