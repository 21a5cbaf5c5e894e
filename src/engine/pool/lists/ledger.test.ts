import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { Reply } from '../../../systems/handles.ts'
import type { Dedicated } from '../../redis/connection.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import { type Layout, layoutOf, perStep, sources } from './layout.ts'
import { type Held, Ledger, type LedgerOptions, type StepReply, type StepRequest } from './ledger.ts'
import { Link } from './link.ts'

let redis: TestRedis
let connection: OpenConnection
let link: Link
let twice: Link
const layout = layoutOf('plain-list', 'queue:', 'q')

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(async () => {
  await redis.client.flushall()
  const connect = () => connection.dedicated('pool')
  link = new Link(connect, () => {})
  twice = new Link(
    () => sendingTwice(connect),
    () => {},
  )
})
afterEach(() => {
  link.close()
  twice.close()
})

/** Sends every script a second time, as after a lost reply, and answers as it did the second time. */
async function sendingTwice(connect: () => Promise<Dedicated>): Promise<Dedicated> {
  const dedicated = await connect()
  return {
    ...dedicated,
    async run(script, keys, args): Promise<Reply> {
      await dedicated.run(script, keys, args)
      return dedicated.run(script, keys, args)
    },
  }
}

interface Made extends Partial<LedgerOptions> {
  of?: Layout
  over?: Link
}

async function ledger(worker: string, { of = layout, over = link, ...options }: Made = {}): Promise<Ledger> {
  const made = new Ledger(over, of, worker, { leaseMs: 60_000, ratePerSecond: null, ...options })
  await made.open()
  return made
}

const nothing: StepRequest = {
  want: 0,
  order: '0',
  solo: false,
  adopt: false,
  acks: [],
  completions: [],
  retries: [],
  deads: [],
  backs: [],
}
const step = (of: Ledger, request: Partial<StepRequest>) => of.step({ ...nothing, ...request })

function ok(reply: StepReply) {
  if (reply.kind !== 'ok') throw new Error(`the step was ${reply.kind}`)
  return reply
}

async function take(of: Ledger, want: number, more: Partial<StepRequest> = {}): Promise<readonly Held[]> {
  return ok(await step(of, { want, ...more })).jobs().taken
}

const texts = (jobs: readonly Held[]) => jobs.map(({ raw }) => raw.toString())
const seqOf = (jobs: readonly Held[], place = 0) => jobs[place]?.seq ?? -1
const list = (key: string) => redis.client.lrange(key, 0, -1)
const view = async () => (await redis.client.smembers(layout.processing)).sort()

describe('a step that is sent twice', () => {
  it('takes the same jobs again, and no others', async () => {
    await redis.client.rpush(layout.waiting, 'a', 'b', 'c')
    const mine = await ledger('w:1:x', { over: twice })
    const first = await take(mine, 2)
    expect(texts(first)).toEqual(['a', 'b'])
    expect(first.map(({ seq }) => seq)).toEqual([perStep, perStep + 1])
    expect(await list(layout.waiting)).toEqual(['c'])
  })

  it('settles once: done, dead, retried and given back count one job each', async () => {
    await redis.client.rpush(layout.waiting, 'a', 'b', 'c', 'd')
    const mine = await ledger('w:1:x', { over: twice })
    const jobs = await take(mine, 4)
    await step(mine, {
      acks: [seqOf(jobs)],
      deads: [{ seq: seqOf(jobs, 1), entry: Buffer.from('letter') }],
      retries: [{ seq: seqOf(jobs, 2), payload: Buffer.from('c2'), delayMs: 1000 }],
      backs: [seqOf(jobs, 3)],
    })
    expect(await redis.client.hgetall(layout.stats)).toEqual({ done: '1', dead: '1', retried: '1' })
    expect(await list(layout.dead)).toEqual(['letter'])
    expect(await redis.client.zrange(layout.delayed, '0', '-1')).toEqual(['c2'])
    expect(await list(layout.waiting)).toEqual(['d'])
    expect(await view()).toEqual([])
  })

  it('adopts a claimed job once', async () => {
    await redis.client.rpush(`${layout.claims}w:1:x`, 'claimed')
    await redis.client.rpush(layout.waiting, 'next')
    const mine = await ledger('w:1:x', { over: twice })
    const { adopted, taken } = ok(await step(mine, { adopt: true, want: 5 })).jobs()
    expect([texts(adopted), texts(taken)]).toEqual([['claimed'], ['next']])
    expect(await redis.client.exists(`${layout.claims}w:1:x`)).toBe(0)
    expect(await view()).toEqual(['claimed', 'next'])
  })
})

describe('a copy of a step that arrives late', () => {
  it('does nothing: no job is taken for nobody', async () => {
    await redis.client.rpush(layout.waiting, 'a', 'b')
    const mine = await ledger('w:1:x')
    const jobs = await take(mine, 1)
    await step(mine, { acks: [seqOf(jobs)] })
    // Under the same name, from the first number on: copies of the first step, and of the last.
    const copy = await ledger('w:1:x')
    expect(await take(copy, 1)).toEqual([])
    expect(await list(layout.waiting)).toEqual(['b'])
    expect(await redis.client.hget(layout.stats, 'done')).toBe('1')
    expect(texts(await take(copy, 1))).toEqual(['b'])
  })
})

describe('a lease', () => {
  it('protects its worker until it runs out; then its jobs come back in order', async () => {
    await redis.client.rpush(layout.waiting, ...Array.from({ length: 12 }, (_, i) => `job ${i}`))
    const alive = await ledger('w:1:x')
    const silent = await ledger('w:2:y', { leaseMs: 1 })
    await take(silent, 5)
    await take(alive, 1)
    await take(silent, 5)
    expect(await alive.recover('w:1:x', 'expired')).toBe(0)
    expect(await alive.others()).toEqual([{ worker: 'w:2:y', state: 'expired' }])
    expect(await alive.recover('w:2:y', 'expired')).toBe(10)
    expect(await alive.recover('w:2:y', 'expired')).toBe(0)
    expect(await list(layout.waiting)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11].map((i) => `job ${i}`))
    expect(await view()).toEqual(['job 5'])
  })

  it('that is gone comes back by nothing that its worker still sends', async () => {
    await redis.client.rpush(layout.waiting, 'a', 'b')
    const lost = await ledger('w:1:x')
    const other = await ledger('w:2:y')
    const jobs = await take(lost, 1)
    await other.recover('w:1:x', 'dead')
    const late = { acks: [seqOf(jobs)], deads: [{ seq: seqOf(jobs), entry: Buffer.from('letter') }], want: 5 }
    expect(await step(lost, late)).toEqual({ kind: 'fenced' })
    expect(await list(layout.waiting)).toEqual(['a', 'b'])
    expect(await redis.client.exists(layout.dead, layout.stats)).toBe(0)
  })

  it('is remembered for a while, because a late BLMOVE may still fill the claim of the dead', async () => {
    const mine = await ledger('w:1:x')
    await ledger('w:2:y')
    await mine.recover('w:2:y', 'dead')
    expect(await mine.others()).toEqual([])
    for (const late of ['late', 'later']) {
      await redis.client.rpush(`${layout.claims}w:2:y`, late)
      expect(await mine.others()).toEqual([{ worker: 'w:2:y', state: 'gone' }])
      expect(await mine.recover('w:2:y', 'gone')).toBe(1)
    }
    expect(await list(layout.waiting)).toEqual(['later', 'late'])
    const [seconds] = await redis.client.time()
    await redis.client.zadd(layout.leases, -(Number(seconds) * 1000 - 21 * 60_000), 'w:2:y')
    expect(await mine.others()).toEqual([{ worker: 'w:2:y', state: 'past' }])
    await mine.recover('w:2:y', 'past')
    expect(await redis.client.zrange(layout.leases, '0', '-1')).toEqual(['w:1:x'])
  })

  it('ends when its owner lets go: what it held goes back where it was, claimed jobs behind', async () => {
    await redis.client.rpush(layout.waiting, 'b')
    await redis.client.rpush(layout.high, 'a')
    const mine = await ledger('w:1:x', { over: twice })
    await take(mine, 5, { order: '102' })
    await redis.client.rpush(`${layout.claims}w:1:x`, 'c')
    await redis.client.rpush(layout.waiting, 'd')
    await mine.release(false)
    expect(await list(layout.high)).toEqual(['a'])
    expect(await list(layout.waiting)).toEqual(['b', 'c', 'd'])
    expect((await redis.client.keys('*')).sort()).toEqual([layout.waiting, layout.high].sort())
  })
})

describe('the view', () => {
  it('holds a payload until the last of its holders is done with it', async () => {
    await redis.client.rpush(layout.waiting, 'same', 'same', 'same')
    const one = await ledger('w:1:x')
    const two = await ledger('w:2:y')
    const [first, second] = await take(one, 2)
    const third = await take(two, 1)
    await step(one, { acks: [first?.seq ?? -1] })
    await step(two, { acks: [seqOf(third)] })
    expect(await view()).toEqual(['same'])
    await step(one, { acks: [second?.seq ?? -1] })
    expect(await view()).toEqual([])
    expect(await redis.client.exists(layout.twins)).toBe(0)
  })

  it('keeps what an old worker put there while ours has the same payload', async () => {
    await redis.client.sadd(layout.processing, 'same')
    await redis.client.rpush(layout.waiting, 'same')
    const mine = await ledger('w:1:x')
    await step(mine, { acks: [seqOf(await take(mine, 1))] })
    expect(await view()).toEqual(['same'])
  })

  it('may be a list where HTTP jobs are: an entry for each holder', async () => {
    const http = layoutOf('http-jobs', '', 'job_queue')
    await redis.client.rpush(http.processing, 'theirs')
    await redis.client.rpush(http.waiting, 'same', 'same')
    const mine = await ledger('w:1:x', { of: http })
    const jobs = await take(mine, 2)
    expect(await list(http.processing)).toEqual(['theirs', 'same', 'same'])
    await step(mine, { completions: [{ seq: seqOf(jobs), entry: Buffer.from('kept') }] })
    expect(await list(http.processing)).toEqual(['theirs', 'same'])
    expect(await list(http.completed ?? '')).toEqual(['kept'])
    expect(await redis.client.hget(http.stats, 'done')).toBe('1')
  })
})

describe('delayed jobs', () => {
  it('stay apart when they are equal, and come when they are due', async () => {
    await redis.client.rpush(layout.waiting, '{"n":1}', '{"n":1}', '{"n":1}')
    const mine = await ledger('w:1:x')
    const jobs = await take(mine, 3)
    const retries = jobs.map(({ seq }, i) => ({ seq, payload: Buffer.from('{"n":1}'), delayMs: i === 2 ? 60_000 : 0 }))
    const reply = ok(await step(mine, { retries, want: 5 }))
    expect(texts(reply.jobs().taken)).toEqual(['{"n":1}', '{"n":1} '])
    expect(reply.dueMs !== null && reply.dueMs > 50_000 && reply.dueMs <= 60_000).toBe(true)
    expect(await redis.client.zrange(layout.delayed, '0', '-1')).toEqual(['{"n":1}  '])
  })

  it('may be counted in seconds by the schedulers of others', async () => {
    const [seconds] = await redis.client.time()
    await redis.client.zadd(layout.delayed, Number(seconds) - 1, 'due', Number(seconds) + 100, 'later')
    const mine = await ledger('w:1:x')
    const reply = ok(await step(mine, { want: 5 }))
    expect(texts(reply.jobs().taken)).toEqual(['due'])
    expect(reply.dueMs !== null && reply.dueMs > 90_000 && reply.dueMs <= 100_000).toBe(true)
  })

  it('come within the second where that has a fraction, and are never due and not there', async () => {
    const mine = await ledger('w:1:x')
    await redis.client.eval(
      "local clock = redis.call('TIME') return redis.call('ZADD', KEYS[1], clock[1] + clock[2] / 1000000 + 0.2, 'soon')",
      1,
      layout.delayed,
    )
    for (;;) {
      const reply = ok(await step(mine, { want: 1 }))
      if (reply.taken === 1) return
      expect(reply.dueMs).toBeGreaterThan(0)
      await new Promise((resolve) => setTimeout(resolve, reply.dueMs ?? 0))
    }
  })
})

describe('priorities', () => {
  it('are taken in the order that is asked for, and told in that order', async () => {
    await redis.client.rpush(layout.low, 'low')
    await redis.client.rpush(layout.waiting, 'b', 'c')
    await redis.client.rpush(layout.high, 'a')
    const mine = await ledger('w:1:x')
    expect(texts(await take(mine, 9, { order: '102' }))).toEqual(['a', 'b', 'c', 'low'])
    expect(await mine.release(false)).toBe(4)
    expect(texts(await take(await ledger('w:2:y'), 2, { order: '201' }))).toEqual(['low', 'b'])
  })
})

describe('a rate limit', () => {
  it('lets a burst begin, then one at a time, over all workers together', async () => {
    await redis.client.rpush(layout.waiting, ...Array.from({ length: 9 }, (_, i) => `job ${i}`))
    const one = await ledger('w:1:x', { ratePerSecond: 0.01 })
    const two = await ledger('w:2:y', { ratePerSecond: 0.01 })
    expect(await take(one, 9)).toHaveLength(1)
    const reply = ok(await step(two, { want: 9 }))
    expect(reply.taken).toBe(0)
    expect(reply.rateWaitMs).toBeGreaterThan(95_000)
    expect(reply.rateWaitMs).toBeLessThanOrEqual(100_000)
    const quick = await ledger('w:3:z', { ratePerSecond: 50, of: layoutOf('plain-list', 'queue:', 'other') })
    await redis.client.rpush('queue:other', ...Array.from({ length: 9 }, (_, i) => `job ${i}`))
    expect(await take(quick, 9)).toHaveLength(5)
  })
})

describe('a paused queue', () => {
  it('gives no jobs, and still hears how they ended', async () => {
    await redis.client.rpush(layout.waiting, 'a', 'b')
    const mine = await ledger('w:1:x')
    const jobs = await take(mine, 1)
    await redis.client.hset(layout.meta, 'paused', '1')
    const reply = ok(await step(mine, { want: 1, acks: [seqOf(jobs)] }))
    expect([reply.paused, reply.taken]).toEqual([true, 0])
    expect(await redis.client.hget(layout.stats, 'done')).toBe('1')
  })
})

describe('a job that workers die with', () => {
  it('runs alone after the second death, and says how often it happened', async () => {
    await redis.client.rpush(layout.waiting, 'bad', 'good')
    const mine = await ledger('w:0:me')
    for (const worker of ['w:1:x', 'w:2:y']) {
      await take(await ledger(worker), 1)
      await mine.recover(worker, 'dead')
    }
    expect(await list(layout.suspects)).toEqual(['bad'])
    expect(texts(await take(mine, 5))).toEqual(['good'])
    const reply = ok(await step(mine, { want: 1, solo: true }))
    expect([texts(reply.jobs().taken), reply.crashes, reply.suspects]).toEqual([['bad'], 2, 0])
    expect(Math.floor((seqOf(reply.jobs().taken) % perStep) / 1024)).toBe(sources.suspects)
    await step(mine, { acks: [seqOf(reply.jobs().taken)] })
    expect(await redis.client.exists(layout.crashes, layout.suspects)).toBe(0)
  })

  it('is blamed for no orderly end', async () => {
    await redis.client.rpush(layout.waiting, 'a')
    for (const worker of ['w:1:x', 'w:2:y', 'w:3:z']) {
      const mine = await ledger(worker)
      await take(mine, 1)
      await mine.release(false)
    }
    expect(await list(layout.waiting)).toEqual(['a'])
    expect(await redis.client.exists(layout.crashes)).toBe(0)
  })
})

describe('what is too large', () => {
  it('for one step waits for the next', async () => {
    await redis.client.rpush(layout.waiting, ...Array.from({ length: 20 }, (_, i) => String(i).repeat(1_000_000)))
    const taken = await take(await ledger('w:1:x'), 20)
    expect(taken.length).toBeGreaterThanOrEqual(4)
    expect(taken.length).toBeLessThanOrEqual(6)
    expect(await redis.client.llen(layout.waiting)).toBe(20 - taken.length)
  })

  it('for any worker goes to the dead letters unread, and the next job is taken', async () => {
    await redis.client.rpush(layout.waiting, 'x'.repeat(64 * 1024 * 1024 + 1), 'small')
    expect(texts(await take(await ledger('w:1:x'), 2))).toEqual(['small'])
    expect(await redis.client.llen(layout.dead)).toBe(1)
    expect(await redis.client.hget(layout.stats, 'dead')).toBe('1')
  })
})

describe('what old workers left in the view', () => {
  it('comes back when it was seen unowned for long enough', async () => {
    await redis.client.sadd(layout.processing, 'left', 'left too')
    await redis.client.rpush(layout.waiting, 'mine')
    const mine = await ledger('w:1:x')
    await take(mine, 1)
    expect(await mine.orphans(60_000)).toBe(0)
    expect(await redis.client.zcard(layout.orphans)).toBe(2)
    expect(await redis.client.pttl(layout.orphans)).toBeGreaterThan(60_000)
    expect(await mine.orphans(0)).toBe(2)
    expect((await list(layout.waiting)).sort()).toEqual(['left', 'left too'])
    expect(await view()).toEqual(['mine'])
    expect(await redis.client.exists(layout.orphans)).toBe(0)
  })

  it('starts to count anew for a payload that was owned or gone in between', async () => {
    const mine = await ledger('w:1:x')
    await redis.client.sadd(layout.processing, 'a')
    await mine.orphans(60_000)
    await redis.client.srem(layout.processing, 'a')
    await mine.orphans(60_000)
    expect(await redis.client.exists(layout.orphans)).toBe(0)
  })

  it('is found among thousands, a page at a time', async () => {
    await redis.client.sadd(layout.processing, ...Array.from({ length: 3000 }, (_, i) => `job ${i}`))
    const mine = await ledger('w:1:x')
    expect(await mine.orphans(0)).toBe(3000)
    expect(await redis.client.llen(layout.waiting)).toBe(3000)
  })

  it('is told from what ours hold in a list, where equals stand beside each other', async () => {
    const http = layoutOf('http-jobs', '', 'job_queue')
    await redis.client.rpush(http.processing, 'same')
    await redis.client.rpush(http.waiting, 'same')
    const mine = await ledger('w:1:x', { of: http })
    await take(mine, 1)
    expect(await mine.orphans(0)).toBe(1)
    expect(await list(http.processing)).toEqual(['same'])
    expect(await list(http.waiting)).toEqual(['same'])
  })
})
