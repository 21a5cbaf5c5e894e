import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection } from '../../../test/connection.ts'
import { type HashedPeer, type HashedPeerKind, hashedPeers } from '../../../test/peers/hashed.ts'
import { eventually } from '../../../test/pool.ts'
import { startProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { LiveEvent } from '../../domain/live.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Connection } from '../redis/connection.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import { createLiveQueues, type LiveBatch } from './live-queues.ts'

let server: TestRedis
const cleanUp: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(() => server.client.flushall())
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work()
})

async function connect(...args: Parameters<typeof openTestConnection>): Promise<OpenConnection> {
  const connection = await openTestConnection(...args)
  cleanUp.push(() => connection.close())
  return connection
}

async function open(kind: HashedPeerKind): Promise<HashedPeer> {
  const peer = await kind.open(server.port, 'mail')
  cleanUp.push(() => peer.close())
  return peer
}

/** Watches a queue until the test ends, and keeps what a screen would show. */
function watching(connection: Connection, queue: QueueRef) {
  const stop = new AbortController()
  cleanUp.push(() => stop.abort())
  const batches = createLiveQueues().watch(connection, queue, stop.signal)
  const seen = {
    events: [] as LiveEvent[],
    gaps: 0,
    stop: () => stop.abort(),
    next: () => batches.next(),
    async until(fits: (batch: LiveBatch) => boolean): Promise<LiveBatch> {
      for (;;) {
        const { value, done } = await batches.next()
        if (done) throw new Error('the watch ended')
        seen.events.push(...value.events)
        if (value.gap) seen.gaps++
        if (fits(value)) return value
      }
    },
    /** Reads on until the last event of a job has come. */
    finished: (id: string) =>
      seen.until(({ events }) => events.some(({ jobId, event }) => jobId === id && event === 'completed')),
    of: (id: string) => seen.events.filter(({ jobId }) => jobId === id).map(({ event }) => event),
  }
  return seen
}

const bull = hashedPeers[0] as HashedPeerKind
const bullmq = hashedPeers.slice(1)

describe.each(hashedPeers)('$title', (kind) => {
  it('is told what the worker does, as it happens', async () => {
    const peer = await open(kind)
    const seen = watching(await connect(server), peer.queue)
    await seen.next()
    await peer.work()
    const id = await peer.add('hello', { n: 1 })
    await seen.finished(id)
    expect(seen.of(id)).toEqual(expect.arrayContaining(['waiting', 'active', 'completed']))
    const completed = seen.events.find(({ event }) => event === 'completed')
    expect(completed).toMatchObject({ jobId: id, detail: expect.stringContaining(`"done":"${id}"`), progress: null })
    expect(seen.gaps).toBe(0)
    const boom = await peer.add('boom', {})
    await seen.until(({ events }) => events.some(({ event }) => event === 'failed'))
    expect(seen.events.findLast(({ event }) => event === 'failed')).toMatchObject({ jobId: boom, detail: 'boom' })
  })

  it('ends when nobody watches any more, and when the connection is closed', async () => {
    const peer = await open(kind)
    const connection = await connect(server)
    const [one, other] = [watching(connection, peer.queue), watching(connection, peer.queue)]
    await Promise.all([one.next(), other.next()])
    const last = one.next()
    one.stop()
    expect(await last).toEqual({ done: true, value: undefined })
    expect(await one.next()).toEqual({ done: true, value: undefined })
    const closing = other.next()
    connection.close()
    expect(await closing).toEqual({ done: true, value: undefined })
  })

  it('needs no right to write', async () => {
    const peer = await open(kind)
    const rules = ['-@all', '+@read', '+@connection', '+@pubsub', '+info']
    const connection = await openAsUser(server, rules)
    cleanUp.push(() => connection.close())
    const seen = watching(connection, peer.queue)
    await seen.next()
    await peer.work()
    await seen.finished(await peer.add('hello', {}))
  })

  it('asks nothing but to subscribe or to read the stream', async () => {
    const peer = await open(kind)
    await peer.add('hello', {})
    const connection = await connect(server)
    const seen = watching(connection, peer.queue)
    await server.client.config('RESETSTAT')
    await seen.next()
    seen.stop()
    await seen.next()
    const asked = [...(await server.client.info('commandstats')).matchAll(/cmdstat_([^:]+):/g)].map(([, name]) => name)
    const usual = ['config|resetstat', 'info', 'ping', 'client|setname', 'client|setinfo', 'hello', 'select', 'auth']
    expect(asked.filter((name) => !usual.includes(name ?? ''))).toEqual([kind === bull ? 'psubscribe' : 'xrevrange'])
  })
})

describe('channels', () => {
  it('keeps the newest events for a screen that is slow, and tells that it missed some', async () => {
    const peer = await open(bull)
    const connection = await connect(server)
    const seen = watching(connection, peer.queue)
    await seen.next()
    for (let n = 0; n < 600; n++) server.client.publish('bull:mail:waiting', String(n))
    await received(connection)
    const { events, gap } = await seen.until(({ events }) => events.at(-1)?.jobId === '599')
    expect(gap).toBe(true)
    expect(events.length).toBeLessThanOrEqual(500)
  })

  it('goes on with a gap after the connection was cut', async () => {
    const peer = await open(bull)
    const proxy = await startProxy(server.port)
    cleanUp.push(() => proxy.close())
    const seen = watching(await connect({ url: `redis://127.0.0.1:${proxy.port}` }), peer.queue)
    await seen.next()
    proxy.cut()
    await seen.until(({ gap }) => gap)
    await peer.work()
    await seen.finished(await peer.add('hello', {}))
    expect(seen.gaps).toBe(1)
  })

  it('leaves the messages of another queue alone', async () => {
    const peer = await open(bull)
    const seen = watching(await connect(server), { ...peer.queue, name: 'm?il' })
    await seen.next()
    await server.client.publish('bull:mail:waiting', '1')
    await server.client.publish('bull:m?il:waiting', '2')
    const { events } = await seen.until(({ events }) => events.length > 0)
    expect(events.map(({ jobId }) => jobId)).toEqual(['2'])
  })
})

describe.each(bullmq)('the stream of $title', (kind) => {
  it('begins with the events of the last moments', async () => {
    const peer = await open(kind)
    await peer.work()
    const id = await peer.add('hello', {})
    await peer.ended(id)
    const seen = watching(await connect(server), peer.queue)
    const { gap } = await seen.until(() => true)
    expect(seen.of(id)).toEqual(['added', 'waiting', 'active', 'completed'])
    expect(gap).toBe(false)
    expect(seen.events.every(({ at }) => Math.abs(at - Date.now()) < 60_000)).toBe(true)
    const next = await peer.add('hello', {})
    await seen.finished(next)
    expect(seen.of(id)).toHaveLength(4) // nothing comes twice
  })
})

describe('a stream', () => {
  const queue: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'mail' }
  const key = 'bull:mail:events'
  async function tell(from: number, to: number) {
    const pipeline = server.client.pipeline()
    for (let n = from; n < to; n++) pipeline.xadd(key, '*', 'event', 'waiting', 'jobId', n)
    await pipeline.exec()
  }
  const numbers = ({ events }: LiveBatch) => events.map(({ jobId }) => Number(jobId))
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)
  const someOf = ({ events }: LiveBatch) => events.length > 0

  it('begins with 50 events at most, which is no gap', async () => {
    await tell(0, 120)
    const first = await watching(await connect(server), queue).until(() => true)
    expect(numbers(first)).toEqual(range(70, 120))
    expect(first.gap).toBe(false)
  })

  it.each([
    [500, false],
    [501, true],
    [1200, true],
  ])('after %i events between two looks, the newest 500 come; missed some: %s', async (count, gap) => {
    await tell(0, 3)
    const seen = watching(await connect(server), queue)
    await seen.next()
    // In one transaction, because a look must not see a part of them.
    const flood = server.client.multi()
    for (let n = 3; n < 3 + count; n++) flood.xadd(key, '*', 'event', 'waiting', 'jobId', n)
    await flood.exec()
    const batch = await seen.until(someOf)
    expect(numbers(batch)).toEqual(range(3 + count - 500, 3 + count))
    expect(batch.gap).toBe(gap)
    await tell(9000, 9001)
    expect(await seen.until(someOf)).toMatchObject({ gap: false, events: [{ jobId: '9000' }] })
  })

  it('goes on after all of it was trimmed away or deleted, and tells that some may be missed', async () => {
    await tell(0, 3)
    const connection = await connect(server)
    const seen = watching(connection, queue)
    await seen.next()
    await server.client.xtrim(key, 'MAXLEN', 0)
    await tell(3, 5)
    const afterTrim = await seen.until(someOf)
    expect([numbers(afterTrim), afterTrim.gap]).toEqual([[3, 4], true])
    await server.client.del(key)
    await tell(5, 6)
    const afterDelete = await seen.until(someOf)
    expect([numbers(afterDelete), afterDelete.gap]).toEqual([[5], true])
  })

  it('tells of a stream that came back with older ids, as after a restart', async () => {
    await server.client.xadd(key, '5000000000000-0', 'event', 'waiting', 'jobId', 1)
    const seen = watching(await connect(server), queue)
    await seen.next()
    await server.client.del(key)
    const empty = seen.until(someOf)
    await looks(2)
    await tell(2, 3)
    const batch = await empty
    expect([numbers(batch), batch.gap]).toEqual([[2], true])
  })

  it('waits for a queue that told nothing yet', async () => {
    const seen = watching(await connect(server), queue)
    expect(await seen.until(() => true)).toEqual({ events: [], gap: false })
    await tell(0, 2)
    const batch = await seen.until(someOf)
    expect([numbers(batch), batch.gap]).toEqual([[0, 1], false])
  })

  it('misses nothing while the connection was cut', async () => {
    const proxy = await startProxy(server.port)
    cleanUp.push(() => proxy.close())
    const connection = await connect({ url: `redis://127.0.0.1:${proxy.port}` })
    await tell(0, 3)
    const seen = watching(connection, queue)
    await seen.next()
    const lost = new Promise<void>((resolve) => {
      const stop = connection.onStatus(({ status }) => {
        if (status !== 'reconnecting') return
        stop()
        resolve()
      })
    })
    const batch = seen.until(someOf)
    proxy.cut()
    await lost
    await tell(3, 6)
    expect(numbers(await batch)).toEqual([3, 4, 5])
    expect(seen.gaps).toBe(0)
  })

  it('fails with the reason when the key holds something else', async () => {
    await server.client.set(key, 'x')
    await expect(watching(await connect(server), queue).next()).rejects.toMatchObject({ code: 'WRONG_TYPE' })
  })

  /** Resolves after so many more looks at the stream. */
  async function looks(count: number) {
    const calls = async () =>
      Number(/cmdstat_xrevrange:calls=(\d+)/.exec(await server.client.info('commandstats'))?.[1] ?? 0)
    const wanted = (await calls()) + count
    await eventually('looks at the stream', async () => (await calls()) >= wanted)
  }
})

it('says that a plain list tells nothing', async () => {
  const queue: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
  await expect(watching(await connect(server), queue).next()).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('does not tell what happens'),
  })
})

/** Resolves when what was published before has reached the subscription, which another message tells. */
async function received(connection: Connection) {
  let come = () => {}
  const told = new Promise<void>((resolve) => (come = resolve))
  const stop = await connection.subscribe(['told'], come, () => {})
  await server.client.publish('told', '')
  await told
  await stop()
}
