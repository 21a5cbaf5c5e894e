import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contents } from '../../../../../test/peers/hashed-contents.ts'
import { type Twin, type TwinOptions, twinKinds } from '../../../../../test/peers/hashed-twins.ts'
import { run as quietly, slot } from '../../../../../test/peers/hashed-world.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import { testWriter } from '../../../../../test/writer.ts'
import type { JobSummary } from '../../../../domain/job.ts'
import type { Writer } from '../../../handles.ts'
import { systemOf } from '../../../registry.ts'
import type { WriteActions } from '../../../system.ts'

/**
 * Two queues of one library get the same random history: one by Sluice, one by the library's own client. After each step
 * all keys of both agree, but for times. Where Sluice differs on purpose, `reasons` says why, and how the library's twin
 * is brought to the same.
 */
const hour = 3_600_000
const trash = { key: 'sluice:trash:twin', ttlMs: 60_000 }
const seeds = [4, 16, 581, 48663019, Date.now() % 2 ** 31]

type Change = { readonly type: 'remove' | 'edit' | 'log'; readonly state: number; readonly pick: number }
type Step =
  | {
      readonly type: 'add'
      readonly priority: number
      readonly delay: number
      readonly lifo: boolean
      readonly attempts: number
    }
  | { readonly type: 'work' | 'finish'; readonly succeeds: boolean }
  | { readonly type: 'retry' | 'promote'; readonly pick: number }
  | { readonly type: 'reschedule'; readonly pick: number; readonly hours: number }
  | Change
  | { readonly type: 'begin' | 'retryAll' | 'pause' | 'resume' }
  | { readonly type: 'purge'; readonly state: 'waiting' | 'delayed' | 'failed' | 'completed' }

const pick = fc.nat(9)
const ending = fc.constantFrom(true, false, false)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('add' as const),
      priority: fc.constantFrom(0, 0, 1, 2, 3),
      delay: fc.constantFrom(0, 0, 0, 1, 2),
      lifo: fc.boolean(),
      attempts: fc.constantFrom(1, 1, 2),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('work' as const), succeeds: ending }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('finish' as const), succeeds: ending }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('begin' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('retry' as const, 'promote' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('reschedule' as const), pick, hours: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('remove' as const, 'edit' as const, 'log' as const),
      state: pick,
      pick,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('retryAll' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('pause' as const, 'resume' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('purge' as const),
      state: fc.constantFrom('waiting' as const, 'delayed' as const, 'failed' as const, 'completed' as const),
    }),
  },
)

/** Where Sluice leaves other contents than the library, and why. */
const reasons = {
  'retry by priority': 'Bull, BullMQ 5 and every bulk retry put a job with a priority behind those without one.',
  'bulk retry to the front': 'A bulk retry forgets `lifo`, which a single one heeds.',
  'bulk retry is noted': 'Bull notes `retriedOn` for a single retry alone.',
  'purge is told': 'BullMQ tells `cleaned` of `clean`, with one count; Sluice tells it of each script, and of a drain.',
  'second resume':
    'BullMQ 5 looks at `paused` alone when a queue that runs is resumed, and wakes nobody for what waits.',
  'second pause': 'To pause a paused queue again is nothing to Sluice; Bull and BullMQ 5 RENAME over what is paused.',
} as const

let server: TestRedis
let redis: Redis
let writer: Writer
const used = new Set<keyof typeof reasons>()
beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())

describe.each(twinKinds)('$title', ({ version, open }) => {
  let ours: Twin
  let theirs: Twin
  let meta: Record<string, string>
  let write: Required<WriteActions>
  let added: number
  beforeEach(async () => {
    await redis.flushall()
    ours = await open(server.port, 'twin-a')
    theirs = await open(server.port, 'twin-b')
    write = systemOf(ours.queue.system).write as Required<WriteActions>
    meta = await redis.hgetall('bull:twin-a:meta')
  })
  afterEach(async () => {
    await Promise.all([ours.close(), theirs.close()])
  })

  const system = () => systemOf(ours.queue.system)
  const states =
    version === 4
      ? ['waiting', 'paused', 'delayed', 'failed', 'completed']
      : ['wait', 'paused', 'prioritized', 'delayed', 'failed', 'completed']
  const page = async (state: string) => (await system().page(writer, ours.queue, state, { offset: 0, limit: 200 })).jobs
  const pickOf = async (state: string, index: number): Promise<JobSummary | undefined> => {
    const jobs = await page(state)
    return jobs[index % jobs.length]
  }

  /** One job at the most ends in a millisecond: those that ended together have no order. */
  async function nextMoment() {
    const now = Date.now()
    while (Date.now() === now) await redis.ping()
  }

  async function take(next: Step): Promise<void> {
    if (next.type === 'add') return add(next)
    if (next.type === 'work' || next.type === 'begin') expect(await theirs.begin()).toBe(await ours.begin())
    if (next.type === 'work' || next.type === 'finish') {
      await nextMoment()
      await ours.finish(next.succeeds)
      await theirs.finish(next.succeeds)
    } else if (next.type === 'retry') {
      const job = await pickOf('failed', next.pick)
      if (job === undefined) return
      await write.retry(writer, ours.queue, 'failed', [job.ref], 'keep', slot())
      await theirs.retry(String(job.id))
      if (version < 6) await putByPriority([String(job.id)])
    } else if (next.type === 'retryAll') {
      const ids = await redis.zrange('bull:twin-b:failed', 0, '-1')
      await write.retryAll(
        writer,
        ours.queue,
        'failed',
        await system().freeze(writer, ours.queue, 'failed'),
        slot(),
        'keep',
        quietly,
      )
      await theirs.retryAll()
      await putByPriority(ids, true)
    } else if (next.type === 'promote') {
      const job = await pickOf('delayed', next.pick)
      if (job === undefined) return
      await write.promote(writer, ours.queue, 'delayed', [job.ref])
      await theirs.promote(String(job.id))
    } else if (next.type === 'reschedule') {
      const job = version === 4 ? undefined : await pickOf('delayed', next.pick)
      if (job === undefined) return
      await write.reschedule(writer, ours.queue, 'delayed', [job.ref], Date.now() + next.hours * hour)
      await theirs.reschedule(String(job.id), next.hours * hour)
    } else if (next.type === 'pause') {
      const { done } = await write.pause(writer, ours.queue)
      if (done === 1) await theirs.pause()
      else used.add('second pause')
    } else if (next.type === 'resume') {
      const { done } = await write.resume(writer, ours.queue)
      await theirs.resume()
      if (done === 1 || version !== 5) return
      used.add('second resume')
      await redis.del('bull:twin-b:marker')
      await redis.copy('bull:twin-a:marker', 'bull:twin-b:marker')
    } else if (next.type === 'purge') {
      await purge(next.state)
    } else if ('state' in next) {
      await change(next)
    }
  }

  async function add({ priority, delay, lifo, attempts }: Extract<Step, { type: 'add' }>) {
    const options: TwinOptions = {
      jobId: `j${added++}`,
      attempts,
      ...(priority > 0 && { priority }),
      ...(delay > 0 && { delay: delay * hour }),
      ...(lifo && { lifo }),
    }
    const payload = `{"n":${added}}`
    await write.add(writer, ours.queue, { payload, name: 'work', options: JSON.stringify(options) })
    await theirs.add(options, JSON.parse(payload))
  }

  async function change(next: Change) {
    const state = states[next.state % states.length] ?? ''
    const job = await pickOf(state, next.pick)
    if (job === undefined) return
    const id = String(job.id)
    if (next.type === 'log') {
      await write.log(writer, ours.queue, state, job.ref, 'a line')
      await theirs.log(id, 'a line')
    } else if (next.type === 'remove') {
      await write.remove(writer, ours.queue, state, [job.ref], trash)
      await theirs.remove(id)
    } else if (state !== 'completed') {
      await write.editAndRetry(writer, ours.queue, state, job.ref, '{"edited":true}', slot())
      await theirs.update(id, { edited: true })
      if (state !== 'failed') return
      await theirs.retry(id)
      if (version < 6) await putByPriority([id])
    }
  }

  async function purge(state: Extract<Step, { type: 'purge' }>['state']) {
    const kinds = state === 'waiting' ? states.slice(0, version === 4 ? 2 : 3) : [state]
    for (const each of kinds)
      await write.purge(writer, ours.queue, each, await system().freeze(writer, ours.queue, each), slot(), quietly)
    await theirs.purge(state)
  }

  /** What the library put to the wrong place on a retry goes where its own add would have put it. */
  async function putByPriority(ids: readonly string[], bulk = false) {
    const b = 'bull:twin-b:'
    for (const id of ids) {
      const [priority, opts] = await redis.hmget(b + id, 'priority', 'opts')
      const lifo = (JSON.parse(opts ?? '{}') as { lifo?: boolean }).lifo === true
      const list = (await redis.lrem(`${b}wait`, 1, id)) === 1 ? `${b}wait` : `${b}paused`
      if (list === `${b}paused`) await redis.lrem(list, 1, id)
      if (bulk && version === 4) {
        used.add('bulk retry is noted')
        await redis.hset(b + id, 'retriedOn', Date.now())
      }
      const rank = Number(priority)
      if (rank === 0) {
        if (bulk && lifo) used.add('bulk retry to the front')
        await redis[lifo ? 'rpush' : 'lpush'](list, id)
        continue
      }
      used.add('retry by priority')
      if (version !== 4) {
        await redis.zadd(`${b}prioritized`, rank * 2 ** 32 + (await redis.incr(`${b}pc`)), id)
        continue
      }
      await redis.zadd(`${b}priority`, rank, id)
      const before = (await redis.zcount(`${b}priority`, 0, rank)) - 1
      const pivot = before > 0 ? await redis.lindex(list, (await redis.llen(list)) - before) : null
      if (pivot === null) await redis.rpush(list, id)
      else await redis.linsert(list, 'BEFORE', pivot, id)
    }
  }

  const look = (name: string) =>
    contents(redis, `bull:${name}:`, ({ event }) => {
      if (event === 'cleaned') used.add('purge is told')
      return event !== 'cleaned'
    })

  it.each(seeds)('agrees with the library after each step, with seed %i', async (seed) => {
    const histories = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' })
    // At most two jobs at once, or as many as there are.
    const property = fc.asyncProperty(histories, fc.boolean(), async (steps, limited) => {
      await redis.flushall()
      added = 0
      for (const twin of [ours, theirs]) twin.forget()
      const settings = { ...meta, ...(limited && { concurrency: '2' }) }
      if (version !== 4)
        await redis.multi().hset('bull:twin-a:meta', settings).hset('bull:twin-b:meta', settings).exec()
      for (const next of steps) {
        await take(next)
        expect(await look('twin-a'), JSON.stringify(next)).toEqual(await look('twin-b'))
      }
    })
    await fc.assert(property, { seed, numRuns: 12 })
  })
})

it('differs for each of these reasons, and no other', () => {
  expect([...used].sort()).toEqual(Object.keys(reasons).sort())
})
