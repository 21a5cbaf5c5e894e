import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { patience } from '../../../test/patience.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { type TrackedRequest, trackedRequestSchema } from '../../domain/request.ts'
import type { Connection } from '../redis/connection.ts'
import { createLiveRequests, type LiveRequests } from './live-requests.ts'
import type { RequestsEvent } from './request-events.ts'

let server: TestRedis
let connection: TestConnection
let live: LiveRequests
const cleanUp: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedis('--appendonly', 'yes')
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
  live = createLiveRequests()
})
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work()
  connection.close()
})

const json = (hash: string, fields: object = {}) =>
  JSON.stringify({
    hash,
    service_slug: 'credit',
    status: 'processing',
    progress: 10,
    request_data: { n: 1 },
    ...fields,
  })
/** Creates a request as its service does. */
const create = (hash: string, fields: object = {}) =>
  server.client
    .pipeline()
    .setex(`local_request:${hash}`, 1800, json(hash, fields))
    .lpush('local_requests_list', hash)
    .exec()
/** Updates a request as its service does. */
const update = (hash: string, fields: object, ttl = 1800) =>
  server.client
    .pipeline()
    .setex(`local_request:${hash}`, ttl, json(hash, fields))
    .publish(`local_request_updates:${hash}`, json(hash, fields))
    .exec()

/** Watches until a test ends, and keeps what a screen would show. */
function watching(on: Connection = connection) {
  const stop = new AbortController()
  cleanUp.push(() => stop.abort())
  const events = live.watch(on, stop.signal)
  const seen = {
    requests: new Map<string, TrackedRequest>(),
    partial: null as string | null,
    updates: 0,
    events: [] as RequestsEvent[],
    stop: () => stop.abort(),
    /** Reads the next event; false at the end. */
    async next(): Promise<boolean> {
      const { value, done } = await events.next()
      if (done) return false
      seen.events.push(value)
      if (value.type === 'snapshot') {
        seen.partial = value.partial
        seen.requests = new Map(value.requests.map((request) => [request.hash, request]))
      } else {
        seen.updates += value.updates
        for (const hash of value.gone) seen.requests.delete(hash)
        for (const request of value.changed) seen.requests.set(request.hash, request)
      }
      return true
    },
    async until(fits: () => boolean): Promise<void> {
      while (!fits()) if (!(await seen.next())) throw new Error('the stream ended')
    },
  }
  return seen
}

const subscriptions = async () => Number(await server.client.pubsub('NUMPAT'))

describe('watching requests', () => {
  it('begins with the newest requests; those that expired are left out', async () => {
    await create('req_a', { current_message: 'حل کپچا...', progress: 50 })
    await create('req_b')
    await server.client.lpush('local_requests_list', 'req_gone', 'req_a')
    const seen = watching()
    await seen.next()
    expect([...seen.requests.keys()].sort()).toEqual(['req_a', 'req_b'])
    const request = seen.requests.get('req_a')
    expect(trackedRequestSchema.parse(request)).toEqual(request)
    expect(request).toMatchObject({ service: 'credit', status: 'processing', progress: 50, message: 'حل کپچا...' })
    expect(request?.expiresAt).toBeGreaterThan(Date.now() + 1_700_000)
    expect(seen.partial).toBeNull()
  })

  it('shows published updates, new requests too, and keeps what it knows of their expiry', async () => {
    await create('req_a')
    const seen = watching()
    await seen.next()
    const expiresAt = seen.requests.get('req_a')?.expiresAt
    await update('req_a', { progress: 70 })
    await update('req_new', { progress: 1 })
    await seen.until(() => seen.requests.get('req_a')?.progress === 70 && seen.requests.has('req_new'))
    expect(seen.requests.get('req_a')?.expiresAt).toBe(expiresAt)
  })

  it('ends with the newest message of each request, however fast they come', async () => {
    const seen = watching()
    await seen.next()
    const hashes = Array.from({ length: 50 }, (_, i) => `req_${i}`)
    for (const hash of hashes) await create(hash)
    for (let progress = 1; progress <= 50; progress++) {
      const burst = server.client.pipeline()
      for (const hash of hashes) burst.publish(`local_request_updates:${hash}`, json(hash, { progress }))
      await burst.exec()
    }
    await seen.until(() => seen.updates === 50 * hashes.length)
    expect(hashes.map((hash) => seen.requests.get(hash)?.progress)).toEqual(hashes.map(() => 50))
  })

  it('notices that a request expired or was deleted', async () => {
    await create('req_a')
    await create('req_b')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    cleanUp.push(() => vi.useRealTimers())
    const seen = watching()
    await seen.next()
    await server.client.del('local_request:req_a')
    const later = seen.next()
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(1000)
      expect(seen.requests.has('req_a')).toBe(false)
    }, patience)
    await later
    expect([...seen.requests.keys()]).toEqual(['req_b'])
  })

  it('reads all again after a gap in the subscription', async () => {
    await create('req_a')
    const seen = watching()
    await seen.next()
    // Changed without a word, as if the message was lost with the socket.
    await server.client.setex('local_request:req_a', 1800, json('req_a', { progress: 99 }))
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await seen.until(() => seen.requests.get('req_a')?.progress === 99)
    expect(seen.events.at(-1)?.type).toBe('snapshot')
  })

  it('goes on when Redis was away', async () => {
    await create('req_a')
    const seen = watching()
    await seen.next()
    await server.kill()
    await server.start()
    await update('req_a', { progress: 42 })
    await seen.until(() => seen.requests.get('req_a')?.progress === 42)
  })

  it('shares one subscription among all who watch, and ends it with the last one', async () => {
    const one = watching()
    const two = watching()
    await Promise.all([one.next(), two.next()])
    expect(await subscriptions()).toBe(1)
    one.stop()
    expect(await one.next()).toBe(false)
    expect(await subscriptions()).toBe(1)
    two.stop()
    expect(await two.next()).toBe(false)
    await vi.waitFor(async () => expect(await subscriptions()).toBe(0), patience)
  })

  it('ends when the connection closes, and refuses one that is closed', async () => {
    const seen = watching()
    await seen.next()
    connection.close()
    expect(await seen.next()).toBe(false)
    await expect(watching().next()).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })

  it('says why there is nothing while Redis was never reached', async () => {
    const away = await openTestConnection({ url: 'redis://127.0.0.1:1' })
    cleanUp.push(() => away.close())
    const seen = watching(away)
    await seen.next()
    expect(seen.requests.size).toBe(0)
    expect(seen.partial).toMatch(/Nothing answers/)
  })

  it('reads again and again where the user may not subscribe, and says so', async () => {
    await create('req_a')
    const limited = await openAsUser(server, ['resetchannels'])
    cleanUp.push(() => limited.close())
    const seen = watching(limited)
    await seen.next()
    expect(seen.requests.get('req_a')?.progress).toBe(10)
    expect(seen.partial).toMatch(/may not subscribe to updates: requests are read every 2 s/)
    await update('req_a', { progress: 90 })
    await seen.until(() => seen.requests.get('req_a')?.progress === 90)
  })

  it('survives bad data: no JSON, binary, a huge value, keys of the wrong type', async () => {
    await create('req_good')
    await server.client.lpush('local_requests_list', 'broken', 'binary', 'huge', 'wrong', Buffer.from([0xff]))
    await server.client.set('local_request:broken', '{"status":')
    await server.client.set('local_request:binary', Buffer.from([0xff, 0x00, 0xfe]))
    await server.client.set('local_request:huge', json('huge', { progress: 5, blob: 'x'.repeat(10_000_000) }))
    await server.client.rpush('local_request:wrong', 'a list')
    const seen = watching()
    const bytes = connection.reader.bytes
    await seen.next()
    expect(connection.reader.bytes - bytes).toBeLessThan(100_000)
    expect(seen.requests.get('req_good')?.problem).toBeNull()
    expect(seen.requests.get('huge')).toMatchObject({ progress: 5, problem: null })
    for (const hash of ['broken', 'binary', 'wrong']) expect(seen.requests.get(hash)?.problem, hash).not.toBeNull()
    await server.client.publish('local_request_updates:req_good', Buffer.from([0xff]))
    await seen.until(() => seen.requests.get('req_good')?.problem !== null)

    await server.client.pipeline().del('local_requests_list').set('local_requests_list', 'a string').exec()
    const again = createLiveRequests()
    live = again
    const spoiled = watching()
    await spoiled.next()
    expect(spoiled.partial).toMatch(/^local_requests_list cannot be read: /)
  })

  it('says how many there are when it shows the newest 500 only', async () => {
    await server.client.rpush('local_requests_list', ...Array.from({ length: 1200 }, (_, i) => `r${i}`))
    const seen = watching()
    await seen.next()
    expect(seen.partial).toBe('Of 1,200 entries in local_requests_list the newest 500 are shown.')
  })

  it('follows trackers under other names: by the profile, and found ones', async () => {
    const found: QueueRef = { system: 'request-tracker', prefix: 'app_', name: 'local_request' }
    const other = await openTestConnection(server, { trackedPrefix: 'scan:', privateTargets: true })
    cleanUp.push(() => other.close())
    await server.client.setex('scan:s1', 60, json('s1'))
    await server.client.lpush('scans_list', 's1')
    await server.client.setex('app_local_request:l1', 60, json('l1'))
    await server.client.lpush('app_local_requests_list', 'l1')
    live = createLiveRequests(() => [found])
    const seen = watching(other)
    await seen.next()
    expect([...seen.requests.keys()].sort()).toEqual(['l1', 's1'])
    await server.client.publish('app_local_request_updates:l1', json('l1', { progress: 88 }))
    await seen.until(() => seen.requests.get('l1')?.progress === 88)
  })
})

describe('cancelling a request', () => {
  const stored = (hash: string) => server.client.get(`local_request:${hash}`)

  it('changes its status, tells when, keeps every other byte, renews its time to live, and tells its channel', async () => {
    const before = '{ "hash":"req_a", "user_id": 9007199254740993,\n "status" : "processing" ,"progress":50, "x": 1.0 }'
    await server.client.set('local_request:req_a', before, 'PX', 600_000)
    const seen = watching()
    await seen.next()
    expect(await live.cancel(connection, 'req_a')).toEqual({ done: 1, missing: 0, refused: [], journalId: null })
    const after = await stored('req_a')
    const told = /,"cancelled_at":"[^"]+Z","updated_at":"[^"]+Z","expires_at":"[^"]+Z"/
    expect(after?.replace(told, '')).toBe(before.replace('"processing"', '"cancelled"'))
    expect(await server.client.ttl('local_request:req_a')).toBeGreaterThan(1790)
    await seen.until(() => seen.requests.get('req_a')?.status === 'cancelled')
  })

  it('gives no time to live to a request that has none', async () => {
    await server.client.set('local_request:req_a', json('req_a'))
    await live.cancel(connection, 'req_a')
    expect(await server.client.pttl('local_request:req_a')).toBe(-1)
  })

  it.each(['completed', 'failed', 'cancelled'])('refuses a request that is %s', async (status) => {
    await create('req_a', { status })
    const before = await stored('req_a')
    expect(await live.cancel(connection, 'req_a')).toMatchObject({
      done: 0,
      refused: [{ ref: 'req_a', reason: `This request is ${status} already.` }],
    })
    expect(await stored('req_a')).toBe(before)
  })

  it('counts a request that is gone as missing', async () => {
    expect(await live.cancel(connection, 'req_a')).toMatchObject({ done: 0, missing: 1, refused: [] })
    expect(await server.client.exists('local_request:req_a')).toBe(0)
  })

  it.each(['not json', '[1,2]', '"text"', '{}', '{"status":'])('refuses what is no request: %j', async (text) => {
    await server.client.set('local_request:req_a', text)
    expect((await live.cancel(connection, 'req_a')).refused).toHaveLength(1)
    expect(await stored('req_a')).toBe(text)
  })

  /** Lets something happen just before the script of each attempt. */
  function meanwhile(work: (attempt: number) => Promise<unknown>): Connection {
    let attempt = 0
    const writer = connection.writer()
    return {
      id: connection.id,
      profile: connection.profile,
      writer: () => ({
        ...writer,
        async run(...script: Parameters<typeof writer.run>) {
          await work(++attempt)
          return writer.run(...script)
        },
      }),
    } as unknown as Connection
  }

  it('reads again when the request changed meanwhile, and never undoes that change', async () => {
    await create('req_a')
    const busy = meanwhile(async (attempt) => attempt === 1 && update('req_a', { progress: 60 }))
    expect(await live.cancel(busy, 'req_a')).toMatchObject({ done: 1 })
    expect(JSON.parse((await stored('req_a')) ?? '')).toMatchObject({ progress: 60, status: 'cancelled' })
  })

  it('gives up with CHANGED when it changes all the time, and refuses when it ended meanwhile', async () => {
    await create('req_a')
    const frantic = meanwhile((attempt) => update('req_a', { progress: attempt }))
    await expect(live.cancel(frantic, 'req_a')).rejects.toMatchObject({ code: 'CHANGED' })
    expect(JSON.parse((await stored('req_a')) ?? '').status).toBe('processing')
    const ending = meanwhile(() => update('req_a', { status: 'completed' }))
    expect(await live.cancel(ending, 'req_a')).toMatchObject({ done: 0, refused: [{ ref: 'req_a' }] })
  })

  it('is refused where the connection may not write', async () => {
    await create('req_a')
    const reading = await openTestConnection(server, { readOnly: true })
    cleanUp.push(() => reading.close())
    await expect(live.cancel(reading, 'req_a')).rejects.toMatchObject({ code: 'READ_ONLY' })
  })
})
