import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { usualProfile } from '../../domain/profile.ts'
import type { Reader, Writer } from '../../systems/handles.ts'
import { type OpenConnection, openConnection } from '../redis/open-connection.ts'
import { plainReach } from '../redis/reach/plain-reach.ts'
import { decodeParts, framesOf } from './key-parts.ts'
import { readKeys } from './read-keys.ts'
import { writeKeys } from './write-keys.ts'

let redis: TestRedis
let connection: OpenConnection
let reader: Reader
let writer: Writer
beforeAll(async () => {
  redis = await startRedis()
  const profile = {
    ...usualProfile,
    ...{ id: 'p', name: 'P', url: redis.url },
  }
  connection = openConnection({ profile, reach: plainReach(profile.url) })
  await connection.tried
  reader = connection.reader
  writer = connection.writer()
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(() => redis.client.flushall())

const keys = ['text', 'binary', 'short', 'long', 'wide', 'scores', 'fields', 'members', 'few', 'log', 'gone']

async function fill(): Promise<void> {
  const { client } = redis
  await client.set('text', 'plain')
  await client.set('binary', randomBytes(3000))
  await client.rpush('short', 'a', 'b', '', 'a')
  await client.rpush('long', ...Array.from({ length: 5000 }, (_, i) => `${i}:${'x'.repeat(500)}`))
  await client.rpush('wide', randomBytes(1_500_000), randomBytes(1_500_000), 'end')
  await client.zadd(
    'scores',
    ...Array.from({ length: 20_000 }, (_, i) => [i * 1.1 + 1 / 3, `member ${i} ${'y'.repeat(30)}`]).flat(),
  )
  await client.zadd('scores', 'inf', 'endless')
  await client.hset('fields', Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`f${i}`, 'z'.repeat(300)])))
  await client.sadd('members', ...Array.from({ length: 20_000 }, (_, i) => `m${i} ${'s'.repeat(60)}`))
  await client.hset('few', 'a', '1', 'b', randomBytes(20))
  await client.xadd('log', '*', 'a', '1')
}

/** What the keys hold, as a digest of each: a large value is dumped differently after it was built anew. */
async function contents(): Promise<string[]> {
  const { client } = redis
  const values: unknown[] = [
    ...(await Promise.all(['text', 'binary'].map((key) => client.getBuffer(key)))),
    ...(await Promise.all(['short', 'long', 'wide'].map((key) => client.lrangeBuffer(key, 0, -1)))),
    await client.zrange('scores', '0', '-1', 'WITHSCORES'),
    await client.hgetallBuffer('few'),
    (await client.smembers('members')).sort(),
    Object.entries(await client.hgetall('fields')).sort(([a], [b]) => a.localeCompare(b)),
    await client.xrange('log', '-', '+'),
  ]
  return values.map((value) => createHash('sha256').update(textOf(value)).digest('hex'))
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  return Array.isArray(value) ? `[${value.map(textOf).join()}]` : JSON.stringify(value)
}

async function saved(): Promise<Buffer[]> {
  const frames: Buffer[] = []
  for await (const frame of framesOf(readKeys(reader, keys))) frames.push(frame)
  return frames
}

async function* partsOf(frames: readonly Buffer[]) {
  for (const frame of frames) yield* decodeParts(frame)
}

describe('moving keys', () => {
  it('gives back the same bytes of every type, with a time to live', async () => {
    await fill()
    const before = await contents()
    const frames = await saved()
    await redis.client.flushall()
    await redis.client.rpush('short', 'not this')
    await redis.client.rpush('{long}:arriving', 'left by a crash')
    await writeKeys(writer, partsOf(frames), 60_000)
    expect(await contents()).toEqual(before)
    expect((await redis.client.keys('*')).sort()).toEqual(keys.filter((key) => key !== 'gone').sort())
    for (const key of keys.slice(0, -1)) {
      expect(await redis.client.pttl(key)).toBeGreaterThan(1000)
      expect(await redis.client.pttl(key)).toBeLessThanOrEqual(60_000)
    }
  })

  it('comes to the same when it is cut anywhere and done again', async () => {
    await fill()
    const before = await contents()
    const frames = await saved()
    const all: Buffer[] = []
    for await (const { key } of partsOf(frames)) all.push(Buffer.from(key))
    await redis.client.flushall()
    for (const stop of [1, 3, 8, 20, all.length - 1]) {
      async function* cut() {
        let left = stop
        for await (const part of partsOf(frames)) {
          if (left-- === 0) throw new Error('cut')
          yield part
        }
      }
      await expect(writeKeys(writer, cut(), 60_000)).rejects.toThrow('cut')
    }
    await writeKeys(writer, partsOf(frames), 60_000)
    expect(await contents()).toEqual(before)
    expect((await redis.client.keys('*')).filter((key) => key.endsWith(':arriving'))).toEqual([])
  })

  it('gives no key its name that Redis had no memory for', async () => {
    await fill()
    const frames = await saved()
    await redis.client.flushall()
    await redis.client.config('SET', 'maxmemory', '3mb')
    try {
      await expect(writeKeys(writer, partsOf(frames), 60_000)).rejects.toMatchObject({ code: 'REDIS_FULL' })
      const long = await redis.client.llen('long')
      expect([0, 5000]).toContain(long)
      expect(await redis.client.exists('wide', 'scores', 'members')).toBe(0)
    } finally {
      await redis.client.config('SET', 'maxmemory', '0')
    }
  })

  it('gives a list no name of which only the first pieces fit', async () => {
    await redis.client.rpush('short', ...Array.from({ length: 2000 }, (_, i) => `${i}:${'x'.repeat(300)}`))
    const frames = await saved()
    await redis.client.flushall()
    let pieces = 0
    const refusing: Writer = {
      ...writer,
      // Redis refuses the second piece, as it does when memory has just run out.
      pipeline: (commands) =>
        writer.pipeline(
          commands.map((command) => (command[0] === 'RPUSH' && ++pieces === 2 ? ['RESTORE', 'x', 0, 'no'] : command)),
        ),
    }
    await expect(writeKeys(refusing, partsOf(frames), 60_000)).rejects.toThrow()
    expect(await redis.client.keys('*')).toEqual(['{short}:arriving'])
  })

  it('reads large values in replies of about a megabyte', async () => {
    await fill()
    const sizes: number[] = []
    for await (const { key, values } of readKeys(reader, ['long', 'scores', 'fields', 'members'])) {
      expect(key).not.toBe('')
      sizes.push(values.reduce((sum, { length }) => sum + length, 0))
    }
    expect(sizes.length).toBeGreaterThan(10)
    expect(Math.max(...sizes)).toBeLessThan(2_000_000)
  })
})
