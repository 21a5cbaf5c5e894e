import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { Run, TrashSlot, WriteActions } from '../system.ts'
import { httpJobs } from './index.ts'
import { keyOfState, type StateId } from './keys.ts'

const queue: QueueRef = { system: 'http-jobs', prefix: '', name: 'job_queue' }
const other: QueueRef = { ...queue, name: 'billing' }
const write = httpJobs.write as Required<WriteActions>

/** A message that has yet to run; `more` stands before the count of its retries. */
const fresh = (id: string, more = '') =>
  `{"id":"${id}", "job_id":9223372036854775807,"api_url":"https://api.example.com/v1"${more},"max_retry_count":3,"retry_count":0}`
const ended = (id: string, more: string) => fresh(id).replace('"retry_count":0}', `"retry_count":4${more}}`)
const failed = (id: string) =>
  ended(id, ',"failed_at":"2026-01-01T00:00:00.000Z","error":"answered 503","status_code":503,"duration_ms":12')
/** One that was done and is to be done once more. */
const rerun = (id: string, times = 1) =>
  fresh(id).replace('"retry_count":0}', `"retry_count":0,"rerun_count":${times}}`)
const completed = (id: string) =>
  ended(id, ',"completed_at":"2026-01-01T00:00:00Z","status_code":200,"duration_ms":12,"result":{"id":1.0}')

let server: TestRedis
let redis: Redis
let writer: Writer
let entries = 0
const slot = (): TrashSlot => ({ key: `sluice:trash:t${++entries}`, ttlMs: 60_000 })
const frozen = (queue: QueueRef, state: string) => httpJobs.freeze(writer, queue, state)

beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())
beforeEach(() => redis.flushall())

const key = (state: StateId, of = queue) => keyOfState(of, state)
const bytes = (state: StateId, of = queue) => redis.lrangeBuffer(key(state, of), 0, -1)
const texts = async (state: StateId, of = queue) => (await bytes(state, of)).map(String)
const scored = (state: StateId, of = queue) => redis.zrange(key(state, of), 0, '-1', 'WITHSCORES')
const push = (state: StateId, ...payloads: (string | Buffer)[]) => redis.rpush(key(state), ...payloads)
async function refsOf(state: StateId): Promise<string[]> {
  const refs: string[] = []
  for (let offset = 0; ; offset += 200) {
    const { jobs } = await httpJobs.page(writer, queue, state, { offset, limit: 200 })
    refs.push(...jobs.map(({ ref }) => ref))
    if (jobs.length < 200) return refs
  }
}
const refOf = async (state: StateId, index = 0) => (await refsOf(state))[index] ?? ''
const done = (count: number) => ({ done: count, missing: 0, refused: [] })

describe('retry', () => {
  it('runs failed jobs again as if they had never run, in their order, with every other byte as it was', async () => {
    await push('ready', fresh('first'))
    await push('failed', failed('a'), failed('b'), failed('c'))
    const [c = '', , a = ''] = await refsOf('failed')
    expect(await write.retry(writer, queue, 'failed', [c, a], 'keep', slot())).toEqual(done(2))
    expect(await texts('ready')).toEqual([fresh('first'), fresh('a'), fresh('c')])
    expect(await texts('failed')).toEqual([failed('b')])
  })

  it('runs completed jobs once more', async () => {
    await push('completed', completed('a'))
    expect(await write.retry(writer, queue, 'completed', await refsOf('completed'), 'keep', slot())).toEqual(done(1))
    expect(await texts('ready')).toEqual([rerun('a')])
    expect(await redis.exists(key('completed'))).toBe(0)
  })

  it('counts how often a completed job is run once more, and not that a failed one is', async () => {
    const times = (job: string) => job.replace('}', ',"rerun_count":1}')
    await push('completed', rerun('a'), '{"rerun_count":"x"}', '{"rerun_count":-1}')
    await push('failed', times(fresh('b')))
    await write.retry(writer, queue, 'completed', await refsOf('completed'), 'keep', slot())
    await write.retry(writer, queue, 'failed', await refsOf('failed'), 'keep', slot())
    const [a, ...rest] = await texts('ready')
    expect(a).toBe(rerun('a', 2))
    expect(rest).toEqual(['{"rerun_count":1}', '{"rerun_count":1}', rerun('b')])
    await redis.del(key('ready'))
    await push('completed', rerun('a', 7))
    await write.duplicate(writer, queue, 'completed', await refsOf('completed'))
    expect((await texts('ready'))[0]).not.toContain('rerun_count')
    await redis.del(key('ready'))
    await write.retryAll(writer, queue, 'completed', await frozen(queue, 'completed'), slot(), 'keep', freeRun)
    expect(await texts('ready')).toEqual([rerun('a', 8)])
  })

  it.each([
    ['"status":"failed","last_error":"x","started_at":1,"response":[1],"error_message":"y"', '{}'],
    ['"status":"COMPLETED"', '{}'],
    ['"status":"urgent","headers":{"error":"kept"}', '{"status":"urgent","headers":{"error":"kept"}}'],
    ['"retry_count":"2","retry_count":2', '{"retry_count":"2","retry_count":0}'],
  ])('takes out of {%s} what a run left, and nothing else', async (members, left) => {
    await push('failed', `{${members}}`)
    await write.retry(writer, queue, 'failed', await refsOf('failed'), 'keep', slot())
    expect(await texts('ready')).toEqual([left])
  })

  it('leaves what is no message where it is, for a worker would take it and could not run it', async () => {
    const odd = [Buffer.from('job_7'), Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from('[1]'), Buffer.from('{"id":')]
    await push('failed', ...odd, failed('a'))
    const outcome = await write.retry(writer, queue, 'failed', await refsOf('failed'), 'keep', slot())
    expect(outcome).toMatchObject({ done: 1, missing: 0 })
    expect(outcome.refused.map(({ reason }) => reason)).toEqual(
      odd.map(() => 'This is no message that a worker could run.'),
    )
    expect(await bytes('failed')).toEqual(odd)
    expect(await texts('ready')).toEqual([fresh('a')])
  })

  it('counts what left or changed as missing, refuses what is no ref, and takes one job once', async () => {
    await push('failed', failed('a'), failed('b'))
    const [b = '', a = ''] = await refsOf('failed')
    await redis.lset(key('failed'), 0, failed('changed'))
    const score = `zset:0:${'a'.repeat(40)}`
    const same = b.replace('list:1', 'list:0')
    const outcome = await write.retry(writer, queue, 'failed', [a, b, b, same, score, 'nonsense'], 'keep', slot())
    expect(outcome).toMatchObject({ done: 1, missing: 2 })
    expect(await texts('ready')).toEqual([fresh('b')])
    expect(outcome.refused.map(({ ref }) => ref)).toEqual([score, 'nonsense'])
    expect(await texts('failed')).toEqual([failed('changed')])
  })

  it('finds hundreds of jobs that moved since they were seen', async () => {
    const ids = Array.from({ length: 450 }, (_, i) => `j${i}`)
    await push('completed', ...ids.map(completed))
    const refs = await refsOf('completed')
    await redis.ltrim(key('completed'), 30, -1)
    const outcome = await write.retry(writer, queue, 'completed', refs.slice(0, 300), 'keep', slot())
    expect(outcome).toEqual(done(300))
    expect(await texts('ready')).toEqual(ids.slice(150).map((id) => rerun(id)))
    expect(await redis.llen(key('completed'))).toBe(120)
  })
})

describe('retryAll', () => {
  const ids = Array.from({ length: 250 }, (_, i) => `j${i}`)

  it('runs all that were there when it was frozen', async () => {
    await push('failed', ...ids.map(failed))
    expect(
      await write.retryAll(writer, queue, 'failed', await frozen(queue, 'failed'), slot(), 'keep', freeRun),
    ).toEqual(done(250))
    expect(await texts('ready')).toEqual(ids.map((id) => fresh(id)))
    expect(await redis.exists(key('failed'))).toBe(0)
  })

  it('puts back what is no message, and says how many', async () => {
    await push('failed', 'job_1', ...ids.map(failed), 'job_2')
    const trash = slot()
    expect(
      await write.retryAll(writer, queue, 'failed', await frozen(queue, 'failed'), trash, 'keep', freeRun),
    ).toEqual({
      done: 250,
      missing: 0,
      refused: [{ ref: 'failed', reason: '2 of these stay. This is no message that a worker could run.' }],
    })
    expect(await texts('failed')).toEqual(['job_1', 'job_2'])
    expect(await write.restore(writer, queue, 'failed', trash, freeRun)).toMatchObject({ done: 250, exact: true })
    expect(await texts('failed')).toEqual(['job_1', ...ids.map(failed), 'job_2'])
    expect(await redis.keys('*')).toEqual([key('failed')])
  })

  it('puts back the rest where the operator stops it', async () => {
    await push('completed', ...ids.map(completed))
    const stop = new AbortController()
    const run: Run = {
      signal: stop.signal,
      progress: (count) => (count >= 100 ? stop.abort() : undefined),
      next: async (most) => Math.min(most, 60),
    }
    const outcome = await write.retryAll(
      writer,
      queue,
      'completed',
      await frozen(queue, 'completed'),
      slot(),
      'keep',
      run,
    )
    expect(outcome).toEqual({ ...done(136), left: 114 }) // 16 to see how large they are, then 60 and 60
    expect(await texts('completed')).toEqual(ids.slice(136).map(completed))
  })

  it('can be undone as a whole where it broke off', async () => {
    await push('failed', ...ids.map(failed))
    const trash = slot()
    let steps = 0
    const cut: Run = { ...freeRun, next: async (most) => (++steps > 1 ? Promise.reject(new Error('cut')) : most) }
    await expect(
      write.retryAll(writer, queue, 'failed', await frozen(queue, 'failed'), trash, 'keep', cut),
    ).rejects.toThrow('cut')
    await push('failed', failed('late'))
    expect(await write.restore(writer, queue, 'failed', trash, freeRun)).toMatchObject({ done: 250, exact: true })
    expect(await texts('failed')).toEqual([...ids, 'late'].map(failed))
  })
})

describe('editing', () => {
  it('gives a ready job other bytes in its place, and a delayed one with its time', async () => {
    await push('ready', fresh('a'), fresh('b'), fresh('c'))
    await redis.zadd(key('delayed'), 1_900_000_000, fresh('d'), 1_900_000_000, fresh('e'))
    const text = fresh('B', ',"big":12345678901234567890')
    expect(await write.editAndRetry(writer, queue, 'ready', await refOf('ready', 1), text, slot())).toEqual(done(1))
    expect(await write.editAndRetry(writer, queue, 'delayed', await refOf('delayed', 1), text, slot())).toEqual(done(1))
    expect(await texts('ready')).toEqual([fresh('a'), text, fresh('c')])
    expect((await scored('delayed')).sort()).toEqual([text, fresh('d'), '1900000000', '1900000000'].sort())
  })

  it('runs an ended job with exactly what was typed', async () => {
    for (const [state, message] of [
      ['failed', failed('a')],
      ['completed', completed('a')],
    ] as const) {
      await push(state, message)
      const ref = await refOf(state)
      const text = fresh('typed', ',"error":"kept"')
      expect(await write.editAndRetry(writer, queue, state, ref, text, slot())).toEqual(done(1))
      expect(await texts('ready')).toEqual([text])
      expect(await redis.exists(key(state))).toBe(0)
      expect(await write.editAndRetry(writer, queue, state, ref, text, slot())).toMatchObject({ done: 0, missing: 1 })
      await redis.del(key('ready'))
    }
  })

  it('refuses what no worker could call, and a time that holds the same bytes already', async () => {
    await redis.zadd(key('delayed'), 1, fresh('a'), 2, fresh('b'))
    const ref = await refOf('delayed')
    for (const text of ['[]', '7', '{"id":1}', '{"api_url":""}', '{"api_url":7}']) {
      await expect(write.editAndRetry(writer, queue, 'delayed', ref, text, slot())).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    }
    const twin = await write.editAndRetry(writer, queue, 'delayed', ref, fresh('b'), slot())
    expect(twin).toMatchObject({ done: 0, missing: 0, refused: [{ ref }] })
    expect(await scored('delayed')).toEqual([fresh('a'), '1', fresh('b'), '2'])
  })
})

describe('delayed jobs', () => {
  it('run now, after what is ready', async () => {
    await push('ready', fresh('first'))
    await redis.zadd(key('delayed'), 1_900_000_000, fresh('a'), 1_900_000_001, `${fresh('b')} `)
    expect(await write.promote(writer, queue, 'delayed', await refsOf('delayed'))).toEqual(done(2))
    expect(await texts('ready')).toEqual([fresh('first'), fresh('a'), `${fresh('b')} `])
    expect(await redis.exists(key('delayed'))).toBe(0)
  })

  it('get another time in the unit that they had', async () => {
    await redis.zadd(key('delayed'), 1_900_000_000, fresh('s'), 1_900_000_000_000, fresh('ms'), 0, fresh('zero'))
    const at = Date.parse('2031-01-01T00:00:00.250Z')
    expect(await write.reschedule(writer, queue, 'delayed', await refsOf('delayed'), at)).toEqual(done(3))
    const seconds = String(Math.ceil(at / 1000))
    const scores = { [fresh('s')]: seconds, [fresh('zero')]: seconds, [fresh('ms')]: String(at) }
    const now = await scored('delayed')
    expect(Object.fromEntries([0, 2, 4].map((i) => [now[i], now[i + 1]]))).toEqual(scores)
    await write.reschedule(writer, queue, 'delayed', await refsOf('delayed'), 0)
    const { jobs } = await httpJobs.page(writer, queue, 'delayed', { offset: 0, limit: 9 })
    for (const { at } of jobs) expect(at ?? 0).toBeLessThan(Date.parse('1974-01-01'))
  })

  it('are missing once their scheduler moved them', async () => {
    await redis.zadd(key('delayed'), 1_900_000_000, fresh('a'))
    const refs = await refsOf('delayed')
    await redis.zadd(key('delayed'), 1_900_000_500, fresh('a'))
    expect(await write.promote(writer, queue, 'delayed', refs)).toMatchObject({ done: 0, missing: 1 })
    expect(await write.reschedule(writer, queue, 'delayed', refs, 5)).toMatchObject({ done: 0, missing: 1 })
    expect(await scored('delayed')).toEqual([fresh('a'), '1900000500'])
  })
})

describe('moving', () => {
  it('takes ready jobs byte for byte, delayed ones with their time, failed ones to run', async () => {
    const odd = Buffer.from([0x7b, 0xff])
    await push('ready', fresh('a'), odd)
    await push('failed', failed('f'), 'job_1')
    await redis.zadd(key('delayed'), 1_900_000_000, fresh('d'))
    expect(await write.move(writer, queue, 'ready', await refsOf('ready'), other, slot())).toEqual(done(2))
    expect(await write.move(writer, queue, 'delayed', await refsOf('delayed'), other, slot())).toEqual(done(1))
    expect(await write.move(writer, queue, 'failed', await refsOf('failed'), other, slot())).toMatchObject({
      done: 1,
      missing: 0,
    })
    expect(await bytes('ready', other)).toEqual([Buffer.from(fresh('a')), odd, Buffer.from(fresh('f'))])
    expect(await scored('delayed', other)).toEqual([fresh('d'), '1900000000'])
    expect(await redis.keys('job_queue:*')).toEqual([key('failed')])
    expect(await texts('failed')).toEqual(['job_1'])
  })
})

describe('adding and duplicating', () => {
  const parsed = async (index = 0) => JSON.parse((await texts('ready')).at(index) ?? '')

  it('adds what was typed, with id, count and dates where they are missing', async () => {
    const typed = '{ "api_url": "https://x.test", "job_id": 9223372036854775807, "id": null, "body": {"n": 1.10} }'
    expect(await write.add(writer, queue, { payload: typed, name: null, options: null })).toEqual(done(1))
    expect((await texts('ready'))[0]).toContain('"job_id": 9223372036854775807, "id": "job_')
    expect((await texts('ready'))[0]).toContain('"body": {"n": 1.10}')
    const dates = { created_at: expect.stringMatching(/^\d{4}-.*Z$/), scheduled_at: expect.stringMatching(/Z$/) }
    expect(await parsed()).toMatchObject({ id: expect.stringMatching(/^job_[0-9a-f-]{36}$/), retry_count: 0, ...dates })
  })

  it('keeps an id that was typed, takes the template, and refuses what is no HTTP job', async () => {
    await write.add(writer, queue, { payload: '{"id":7,"api_url":"/x","retry_count":2}', name: null, options: null })
    expect(await parsed()).toMatchObject({ id: 7, retry_count: 2 })
    await write.add(writer, queue, { payload: httpJobs.adds?.payload ?? '', name: null, options: null })
    expect(await parsed(1)).toMatchObject({ method: 'POST', timeout: 90, max_retry_count: 3 })
    for (const job of [
      { payload: '{"type":"email"}', name: null, options: null },
      { payload: fresh('a'), name: 'name', options: null },
      { payload: fresh('a'), name: null, options: '{}' },
    ]) {
      await expect(write.add(writer, queue, job)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    expect(await redis.llen(key('ready'))).toBe(2)
  })

  it.each(['ready', 'delayed', 'failed', 'completed'] as const)(
    'copies a %s job as a new one of its record',
    async (state) => {
      const message = { ready: fresh, delayed: fresh, failed, completed }[state]('a')
      const stored = message.replace('{', '{"created_at":"2020-01-01T00:00:00Z",')
      if (state === 'delayed') await redis.zadd(key(state), 1_900_000_000, stored)
      else await push(state, stored)
      expect(await write.duplicate(writer, queue, state, await refsOf(state))).toEqual(done(1))
      const text = (await texts('ready')).at(-1) ?? ''
      const { id, created_at } = JSON.parse(text)
      expect(id).toMatch(/^job_[0-9a-f-]{36}$/)
      expect(Date.parse(created_at)).toBeGreaterThan(Date.parse('2026-01-01'))
      expect(text).toBe(fresh('a').replace('"a"', JSON.stringify(id)).replace('{', `{"created_at":"${created_at}",`))
      expect((await httpJobs.page(writer, queue, state, { offset: 0, limit: 9 })).total).toBe(state === 'ready' ? 2 : 1)
    },
  )

  it('gives a copy a number where ids are numbers, and none to what is no message', async () => {
    await push('failed', '{"id":12345678901234567890,"api_url":"/x"}', '{"id":7}', 'job_1')
    const outcome = await write.duplicate(writer, queue, 'failed', await refsOf('failed'))
    expect(outcome).toMatchObject({ done: 2, refused: [{ reason: 'This is no message that a worker could run.' }] })
    const ids = (await texts('ready')).map((text) => JSON.parse(text).id)
    for (const id of ids) expect(Number.isSafeInteger(id) && id > 2 ** 40).toBe(true)
    expect(ids[0]).not.toBe(ids[1])
  })
})

describe('remove, purge and restore', () => {
  it.each(['ready', 'failed', 'completed'] as const)(
    'brings back %s jobs byte for byte, whatever was chosen',
    async (state) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 10 }),
          fc.array(fc.nat(9), { minLength: 1 }),
          async (elements, chosen) => {
            await redis.flushall()
            const before = elements.map((each) => Buffer.from(each))
            await push(state, ...before)
            const refs = await refsOf(state)
            const picked = [...new Set(chosen.flatMap((i) => refs[i] ?? []))]
            const trash = slot()
            expect(await write.remove(writer, queue, state, picked, trash)).toEqual(done(picked.length))
            expect(await redis.llen(key(state))).toBe(before.length - picked.length)
            const late = Buffer.from('came later')
            await push(state, late)
            if (picked.length > 0) await write.restore(writer, queue, state, trash, freeRun)
            expect(await bytes(state)).toEqual([...before, late])
            expect(await redis.keys('sluice:*')).toEqual([])
          },
        ),
        { numRuns: 40 },
      )
    },
  )

  it('brings back delayed jobs with their times', async () => {
    await redis.zadd(
      key('delayed'),
      1_900_000_000,
      fresh('a'),
      1_900_000_001,
      fresh('b'),
      1_900_000_000_000,
      fresh('c'),
    )
    const before = await scored('delayed')
    const trash = slot()
    expect(await write.remove(writer, queue, 'delayed', (await refsOf('delayed')).slice(1), trash)).toEqual(done(2))
    expect(await scored('delayed')).toEqual([fresh('a'), '1900000000'])
    expect(await write.restore(writer, queue, 'delayed', trash, freeRun)).toMatchObject({ done: 2, exact: true })
    expect(await scored('delayed')).toEqual(before)
  })

  it.each(['ready', 'delayed', 'failed', 'completed'] as const)(
    'purges %s at once, and brings all of it back',
    async (state) => {
      const ids = Array.from({ length: 300 }, (_, i) => `j${i}`)
      if (state === 'delayed') await redis.zadd(key(state), ...ids.flatMap((id, i) => [i, fresh(id)]))
      else await push(state, ...ids.map((id) => fresh(id)))
      const before = state === 'delayed' ? await scored(state) : await texts(state)
      const trash = slot()
      expect(await write.purge(writer, queue, state, await frozen(queue, state), trash, freeRun)).toEqual(done(300))
      expect(await redis.exists(key(state))).toBe(0)
      expect(await write.restore(writer, queue, state, trash, freeRun)).toMatchObject({ done: 300, exact: true })
      expect(state === 'delayed' ? await scored(state) : await texts(state)).toEqual(before)
      expect(await redis.pttl(key(state))).toBe(-1)
    },
  )
})

describe('what must not happen', () => {
  it('loses no job where a target has another type', async () => {
    await push('failed', failed('a'))
    await redis.zadd(key('delayed'), 1_900_000_000, fresh('d'))
    await redis.set(key('ready'), 'a string')
    await redis.set(key('ready', other), 'a string')
    await redis.set(key('delayed', other), 'a string')
    const [ref = ''] = await refsOf('failed')
    const later = await refsOf('delayed')
    const trash = slot()
    for (const act of [
      () => write.retry(writer, queue, 'failed', [ref], 'keep', slot()),
      () => write.editAndRetry(writer, queue, 'failed', ref, fresh('x'), slot()),
      () => write.move(writer, queue, 'failed', [ref], other, slot()),
      () => write.promote(writer, queue, 'delayed', later),
      () => write.move(writer, queue, 'delayed', later, other, slot()),
      () => write.duplicate(writer, queue, 'failed', [ref]),
      () => write.add(writer, queue, { payload: fresh('n'), name: null, options: null }),
      async () => write.retryAll(writer, queue, 'failed', await frozen(queue, 'failed'), trash, 'keep', freeRun),
    ]) {
      await expect(act()).rejects.toThrow('WRONGTYPE')
    }
    await write.restore(writer, queue, 'failed', trash, freeRun)
    expect(await texts('failed')).toEqual([failed('a')])
    expect(await scored('delayed')).toEqual([fresh('d'), '1900000000'])
  })

  it('leaves what is in processing to its workers, in a set as in a list', async () => {
    await redis.sadd(key('processing'), fresh('a'))
    const refs = await refsOf('processing')
    for (const act of [
      () => write.retry(writer, queue, 'processing', refs, 'keep', slot()),
      async () =>
        write.retryAll(writer, queue, 'processing', await frozen(queue, 'processing'), slot(), 'keep', freeRun),
      () => write.editAndRetry(writer, queue, 'processing', refs[0] ?? '', fresh('x'), slot()),
      () => write.remove(writer, queue, 'processing', refs, slot()),
      async () => write.purge(writer, queue, 'processing', await frozen(queue, 'processing'), slot(), freeRun),
      () => write.move(writer, queue, 'processing', refs, other, slot()),
      () => write.duplicate(writer, queue, 'processing', refs),
      () => write.promote(writer, queue, 'processing', refs),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    }
    await expect(write.remove(writer, queue, 'toString', refs, slot())).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await redis.smembers(key('processing'))).toEqual([fresh('a')])
  })
})
