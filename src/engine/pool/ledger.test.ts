import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { Dedicated } from '../redis/connection.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import { poolKeys, scriptKeys } from './keys.ts'
import { Ledger } from './ledger.ts'
import { Link } from './link.ts'
import { ackScript, beatScript, deadScript, recoverScript, reserveScript, retryLaterScript } from './scripts.ts'

let redis: TestRedis
let connection: OpenConnection
let link: Link
let raw: Dedicated
const keys = poolKeys('queue:', 'q')

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
  raw = await connection.dedicated('test')
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(async () => {
  await redis.client.flushall()
  link = new Link(
    () => connection.dedicated('pool'),
    () => {},
  )
})
afterEach(() => link.close())

async function ledger(worker: string, leaseMs = 60_000): Promise<Ledger> {
  const made = new Ledger(link, keys, worker, leaseMs)
  await made.open()
  return made
}

const list = (key: string) => redis.client.lrange(key, 0, -1)
const view = () => redis.client.smembers(keys.processing)

describe('a script that is sent twice', () => {
  it('reserves the same job again, and no other', async () => {
    await redis.client.rpush(keys.base, 'a', 'b')
    await ledger('w:1:x')
    const send = () => raw.run(reserveScript, scriptKeys(keys, 'w:1:x'), ['w:1:x', 60_000, 1, 1000])
    expect(await send()).toEqual([Buffer.from('job'), Buffer.from('a')])
    expect(await send()).toEqual([Buffer.from('job'), Buffer.from('a')])
    expect(await list(keys.base)).toEqual(['b'])
  })

  it('pops nothing when its job is done already: a copy that arrives late', async () => {
    await redis.client.rpush(keys.base, 'a', 'b')
    const mine = await ledger('w:1:x')
    await mine.reserve()
    await mine.ack(1)
    expect(await raw.run(reserveScript, scriptKeys(keys, 'w:1:x'), ['w:1:x', 60_000, 1, 1000])).toEqual([
      Buffer.from('spent'),
    ])
    expect(await list(keys.base)).toEqual(['b'])
  })

  it('settles once: done, dead and retried count one job each', async () => {
    await redis.client.rpush(keys.base, 'a', 'b', 'c')
    const mine = await ledger('w:1:x')
    for (const _ of 'abc') await mine.reserve()
    const twice = async (...send: Parameters<typeof raw.run>) => [await raw.run(...send), await raw.run(...send)]
    expect(await twice(ackScript, scriptKeys(keys, 'w:1:x'), [1])).toEqual([1, 0])
    expect(await twice(deadScript, scriptKeys(keys, 'w:1:x'), [2, 'letter'])).toEqual([1, 0])
    expect(await twice(retryLaterScript, scriptKeys(keys, 'w:1:x'), [3, 'c2', 1000])).toEqual([1, 0])
    expect(await redis.client.hgetall(keys.stats)).toEqual({ done: '1', dead: '1', retried: '1' })
    expect(await list(keys.dead)).toEqual(['letter'])
    expect(await redis.client.zrange(keys.delayed, '0', '-1')).toEqual(['c2'])
    expect(await view()).toEqual([])
  })

  it('gives back once', async () => {
    await redis.client.rpush(keys.base, 'a')
    const mine = await ledger('w:1:x')
    await mine.reserve()
    const send = () => raw.run(recoverScript, scriptKeys(keys, 'w:1:x'), ['w:1:x', '1'])
    expect([await send(), await send()]).toEqual([1, 0])
    expect(await list(keys.base)).toEqual(['a'])
  })
})

describe('a lease', () => {
  it('protects its worker until it runs out, and gives its jobs back in order then', async () => {
    await redis.client.rpush(keys.base, ...Array.from({ length: 12 }, (_, i) => `job ${i}`))
    const alive = await ledger('w:1:x')
    const silent = await ledger('w:2:y', 1)
    for (let i = 0; i < 11; i++) await (i === 5 ? alive : silent).reserve()
    expect(await alive.recover('w:1:x', false)).toBe(0)
    expect(await alive.others()).toEqual([{ worker: 'w:2:y', expired: true }])
    expect(await alive.recover('w:2:y', false)).toBe(10)
    expect(await list(keys.base)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11].map((i) => `job ${i}`))
    expect(await view()).toEqual(['job 5'])
  })

  it('is not brought back by a beat, a reservation or a settlement once it is gone', async () => {
    await redis.client.rpush(keys.base, 'a', 'b')
    const lost = await ledger('w:1:x')
    const other = await ledger('w:2:y')
    await lost.reserve()
    await other.recover('w:1:x', true)
    expect(await raw.run(beatScript, scriptKeys(keys, 'w:1:x'), ['w:1:x', 60_000])).toBe(0)
    expect(await lost.reserve()).toEqual({ kind: 'fenced' })
    expect(await lost.ack(1)).toBe(false)
    expect(await lost.dead(1, Buffer.from('letter'))).toBe(false)
    expect(await list(keys.base)).toEqual(['a', 'b'])
    expect(await redis.client.exists(keys.dead, keys.stats)).toBe(0)
  })
})

describe('the view', () => {
  it('holds a payload until the last of its holders is done with it', async () => {
    await redis.client.rpush(keys.base, 'same', 'same', 'same')
    const one = await ledger('w:1:x')
    const two = await ledger('w:2:y')
    await one.reserve()
    await one.reserve()
    await two.reserve()
    await one.ack(1)
    await two.ack(1)
    expect(await view()).toEqual(['same'])
    await one.ack(2)
    expect(await view()).toEqual([])
    expect(await redis.client.exists(keys.twins)).toBe(0)
  })

  it('keeps what an old worker put there while ours has the same payload', async () => {
    await redis.client.sadd(keys.processing, 'same')
    await redis.client.rpush(keys.base, 'same')
    const mine = await ledger('w:1:x')
    await mine.reserve()
    await mine.ack(1)
    expect(await view()).toEqual(['same'])
  })
})

describe('retries', () => {
  it('stay apart when they are equal, and come back when they are due', async () => {
    await redis.client.rpush(keys.base, '{"n":1}', '{"n":1}', '{"n":1}')
    const mine = await ledger('w:1:x')
    for (const _ of 'abc') await mine.reserve()
    for (const seq of [1, 2, 3]) {
      await mine.retryLater(seq, Buffer.from('{"n":1}'), seq === 3 ? 60_000 : 0)
    }
    expect(await redis.client.zcard(keys.delayed)).toBe(3)
    expect(await mine.reserve()).toMatchObject({ kind: 'job', raw: Buffer.from('{"n":1}') })
    expect(await mine.reserve()).toMatchObject({ kind: 'job', raw: Buffer.from('{"n":1} ') })
    const last = await mine.reserve()
    expect(last.kind === 'empty' && last.dueMs !== null && last.dueMs > 50_000 && last.dueMs <= 60_000).toBe(true)
  })
})

describe('what is too large for any worker', () => {
  it('goes to the dead letters unread, and the next job is taken', async () => {
    await redis.client.rpush(keys.base, 'x'.repeat(101), 'small')
    await ledger('w:1:x')
    const reply = await raw.run(reserveScript, scriptKeys(keys, 'w:1:x'), ['w:1:x', 60_000, 1, 100])
    expect(reply).toEqual([Buffer.from('job'), Buffer.from('small')])
    expect(await list(keys.dead)).toEqual(['x'.repeat(101)])
    expect(await redis.client.hget(keys.stats, 'dead')).toBe('1')
  })
})

describe('what old workers left in the view', () => {
  it('comes back at once when told so, and else when it was seen unowned for long enough', async () => {
    await redis.client.sadd(keys.processing, 'left', 'left too')
    await redis.client.rpush(keys.base, 'mine')
    const mine = await ledger('w:1:x')
    await mine.reserve()
    expect(await mine.orphans(false, 60_000)).toBe(0)
    expect(await redis.client.zcard(keys.orphans)).toBe(2)
    expect(await redis.client.pttl(keys.orphans)).toBeGreaterThan(60_000)
    expect(await mine.orphans(false, 0)).toBe(2)
    expect((await list(keys.base)).sort()).toEqual(['left', 'left too'])
    expect(await view()).toEqual(['mine'])
    expect(await redis.client.exists(keys.orphans)).toBe(0)
    await redis.client.sadd(keys.processing, 'again')
    expect(await mine.orphans(true, 60_000)).toBe(1)
  })

  it('starts to count anew for a payload that was owned or gone in between', async () => {
    const mine = await ledger('w:1:x')
    await redis.client.sadd(keys.processing, 'a')
    await mine.orphans(false, 60_000)
    await redis.client.srem(keys.processing, 'a')
    await mine.orphans(false, 60_000)
    expect(await redis.client.exists(keys.orphans)).toBe(0)
  })

  it('is found among thousands, a page at a time', async () => {
    await redis.client.sadd(keys.processing, ...Array.from({ length: 3000 }, (_, i) => `job ${i}`))
    const mine = await ledger('w:1:x')
    expect(await mine.orphans(true, 60_000)).toBe(3000)
    expect(await redis.client.llen(keys.base)).toBe(3000)
  })
})
