import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HashedPeer, hashedPeers } from '../../../../../test/peers/hashed.ts'
import { run, slot, trash } from '../../../../../test/peers/hashed-world.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import { testWriter } from '../../../../../test/writer.ts'
import type { JobSummary } from '../../../../domain/job.ts'
import type { QueueRef } from '../../../../domain/queue.ts'
import type { Writer } from '../../../handles.ts'
import { systemOf } from '../../../registry.ts'
import type { WriteActions } from '../../../system.ts'

let server: TestRedis
let redis: Redis
let writer: Writer
beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())

const waitingState = 'the waiting jobs'

describe.each(hashedPeers)('$title', ({ open, waiting }) => {
  let peer: HashedPeer
  let queue: QueueRef
  let write: Required<WriteActions>
  beforeEach(async () => {
    await redis.flushall()
    peer = await open(server.port, 'mail')
    queue = peer.queue
    write = systemOf(queue.system).write as Required<WriteActions>
  })
  afterEach(() => peer.close())

  const page = async (state: string) =>
    (await systemOf(queue.system).page(writer, queue, state, { offset: 0, limit: 100 })).jobs
  const rowOf = async (state: string, id: string): Promise<JobSummary> => {
    const row = (await page(state)).find((job) => job.id === id)
    if (row === undefined) throw new Error(`no job ${id} in ${state}`)
    return row
  }
  const frozen = (state: string) => systemOf(queue.system).freeze(writer, queue, state)
  const refOf = async (state: string, id: string) => (await rowOf(state, id)).ref
  /** A job that failed for good, by the library's own worker. */
  const failed = async (options: object = {}, data: object = { n: 1 }) => {
    const id = await peer.add('boom', data, { attempts: 2, ...options })
    await peer.work()
    await peer.ended(id)
    await peer.rest()
    return id
  }

  it('retries a failed job, which the peer runs once more', async () => {
    const id = await failed()
    expect(await peer.stateOf(id)).toBe('failed')
    const ref = await refOf('failed', id)
    expect(await write.retry(writer, queue, 'failed', [ref], 'keep', slot())).toEqual({
      done: 1,
      missing: 0,
      refused: [],
    })
    expect(await peer.stateOf(id)).toBe('waiting')
    await peer.work()
    await peer.ended(id)
    expect(await peer.attemptsOf(id)).toBe(3)
    // What was seen is gone: the same reference does nothing, and says so.
    const again = await write.retry(writer, queue, 'failed', [ref], 'keep', slot())
    expect(again).toMatchObject({ done: 0, refused: [{ ref, reason: 'It changed since you looked at it.' }] })
  })

  it('gives a retried job all its attempts again when asked', async () => {
    const id = await failed()
    await write.retry(writer, queue, 'failed', [await refOf('failed', id)], 'reset', slot())
    await peer.work()
    await peer.ended(id)
    expect(await peer.attemptsOf(id)).toBe(2)
  })

  it('retries all that had failed when it began', async () => {
    const ids = [await failed(), await failed(), await failed({ priority: 3 })]
    const told: [number, number][] = []
    const outcome = await write.retryAll(writer, queue, 'failed', await frozen('failed'), slot(), 'keep', {
      ...run,
      progress: (...step) => told.push(step),
    })
    expect(outcome).toEqual({ done: 3, missing: 0, refused: [] })
    expect(told).toEqual([[3, 3]])
    expect(await Promise.all(ids.map((id) => peer.stateOf(id)))).not.toContain('failed')
  })

  it('removes jobs into the trash and puts them back', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(await peer.add('ok', { n, exact: '9007199254740993' }))
    const before = await redis.lrange(`bull:mail:wait`, 0, -1)
    const refs = [await refOf(waiting, ids[1] ?? ''), await refOf(waiting, ids[3] ?? '')]
    const outcome = await write.remove(writer, queue, waiting, refs, trash)
    expect(outcome).toEqual({ done: 2, missing: 0, refused: [] })
    expect(await redis.lrange(`bull:mail:wait`, 0, -1)).toHaveLength(3)
    expect(await redis.exists(`bull:mail:${ids[1]}`)).toBe(0)
    expect(await write.restore(writer, queue, waiting, trash, run)).toMatchObject({ done: 2, exact: true })
    expect(await redis.lrange(`bull:mail:wait`, 0, -1)).toEqual(before)
    expect(await redis.keys('sluice:*')).toEqual([])
    await peer.work()
    for (const id of ids) await peer.ended(id)
  })

  it.each([waitingState, 'delayed'])('purges %s and restores it', async (name) => {
    const state = name === waitingState ? waiting : name
    const key = `bull:mail:${state === waiting ? 'wait' : state}`
    for (let n = 0; n < 5; n++) await peer.add('ok', { n }, state === 'delayed' ? { delay: 3_600_000 + n } : {})
    const before = await contents(key)
    if (state === 'delayed') {
      const fewer = { count: 4, mark: '0' }
      await expect(write.purge(writer, queue, state, fewer, trash, run)).rejects.toMatchObject({ code: 'CHANGED' })
    }
    expect(await write.purge(writer, queue, state, await frozen(state), trash, run)).toEqual({
      done: 5,
      missing: 0,
      refused: [],
    })
    expect(await redis.exists(key)).toBe(0)
    expect(await redis.keys('bull:mail:[0-9]')).toEqual([])
    expect(await write.restore(writer, queue, state, trash, run)).toMatchObject({ done: 5 })
    expect(await contents(key)).toEqual(before)
    expect(await redis.keys('sluice:*')).toEqual([])
  })

  it('purges what had failed, and only that', async () => {
    await failed()
    await failed()
    expect(await write.purge(writer, queue, 'failed', await frozen('failed'), trash, run)).toEqual({
      done: 2,
      missing: 0,
      refused: [],
    })
    expect(await redis.exists('bull:mail:failed')).toBe(0)
    expect(await write.restore(writer, queue, 'failed', trash, run)).toMatchObject({ done: 2 })
    expect(await peer.count('failed')).toBe(2)
  })

  it('adds a job that the peer runs, now and later', async () => {
    const outcome = await write.add(writer, queue, {
      payload: '{"n":9007199254740993}',
      name: 'ok',
      options: '{"attempts":2}',
    })
    expect(outcome.done).toBe(1)
    const row = (await page(waiting))[0]
    expect(row).toMatchObject({ name: 'ok', maxAttempts: 2, preview: '{"n":9007199254740993}' })
    await peer.work()
    await peer.ended(row?.id ?? '')
    await write.add(writer, queue, { payload: '1', name: 'ok', options: '{"delay":60000}' })
    const later = (await page('delayed'))[0]
    expect(await peer.stateOf(later?.id ?? '')).toBe('delayed')
    await write.promote(writer, queue, 'delayed', [later?.ref ?? ''])
    await peer.ended(later?.id ?? '')
  })

  it('reschedules a delayed job, and the peer runs it when it is due', async () => {
    const id = await peer.add('ok', {}, { delay: 3_600_000 })
    await peer.work()
    const at = Date.now() + 300
    await write.reschedule(writer, queue, 'delayed', [await refOf('delayed', id)], at)
    await peer.ended(id)
    expect(Date.now()).toBeGreaterThanOrEqual(at)
  })

  it('duplicates, moves and edits', async () => {
    const id = await peer.add('ok', { n: 1 }, { attempts: 4, priority: 2 })
    const state = queue.system === 'bull' ? 'waiting' : 'prioritized'
    await write.duplicate(writer, queue, state, [await refOf(state, id)])
    expect(await page(state)).toHaveLength(2)
    const to = { ...queue, name: 'other' }
    expect(await write.move(writer, queue, state, [await refOf(state, id)], to, slot())).toMatchObject({ done: 1 })
    expect(await page(state)).toHaveLength(1)
    const moved = (await systemOf(queue.system).page(writer, to, state, { offset: 0, limit: 10 })).jobs
    expect(moved).toMatchObject([{ name: 'ok', maxAttempts: 4, preview: '{"n":1}' }])
    const copy = (await page(state))[0]
    await write.editAndRetry(writer, queue, state, copy?.ref ?? '', '{"n":9007199254740993}', slot())
    expect((await page(state))[0]).toMatchObject({ id: copy?.id, preview: '{"n":9007199254740993}' })
  })

  it('pauses and resumes, and loses no job that anyone adds meanwhile', async () => {
    await peer.add('ok', {})
    expect(await write.pause(writer, queue)).toMatchObject({ done: 1 })
    expect(await write.pause(writer, queue)).toMatchObject({ done: 0 })
    expect(await peer.isPaused()).toBe(true)
    await peer.add('ok', {})
    await write.add(writer, queue, { payload: '{}', name: 'ok', options: null })
    expect(await write.resume(writer, queue)).toMatchObject({ done: 1 })
    expect(await peer.count('waiting')).toBe(3)
    await peer.work()
    await peer.drained()
  })

  it('writes to the log of a job', async () => {
    const id = await peer.add('ok', {})
    await write.log(writer, queue, waiting, await refOf(waiting, id), 'صبر')
    expect(await peer.logsOf(id)).toEqual(['صبر'])
  })

  async function contents(key: string) {
    return (await redis.type(key)) === 'list' ? redis.lrange(key, 0, -1) : redis.zrange(key, '0', '-1', 'WITHSCORES')
  }
})
