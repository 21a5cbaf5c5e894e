import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { type GatedReader, gatedReader } from '../../../test/gated-reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { type SearchQuestion, searchProgressSchema } from '../../domain/search.ts'
import { bullmq } from '../../systems/bullmq/index.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { createSearches, type SearchEvent, type Searches } from './searches.ts'

let server: TestRedis
let connection: TestConnection
let folder: string
let searches: Searches
/** Stands before the connection where a test sets it. */
let gate: GatedReader | null = null
const queues: QueueRef[] = []
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server, { name: 'Shop', readOnly: true })
  folder = await mkdtemp(join(tmpdir(), 'sluice-searches-'))
  queues.splice(0, queues.length, email, sms)
  gate = null
  searches = open()
})
afterEach(async () => {
  await searches.close()
  connection.close()
  await rm(folder, { recursive: true, force: true })
})

const open = () =>
  createSearches({
    folder,
    connection: () => ({ ...connection, reader: gate ?? connection.reader }),
    queues: () => queues,
    systems: [plainList, bullmq],
  })
const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const sms: QueueRef = { ...email, name: 'sms' }
const mails: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'mails' }
const job = (id: number, user: number | string, text = '') =>
  `{"id":"job-${id}","type":"welcome","data":{"user":{"id":${user}},"text":"${text}"}}`
const push = (key: string, ...entries: string[]) => server.client.rpush(key, ...entries)
const question = (filter: string, over: Partial<SearchQuestion> = {}): SearchQuestion => ({
  ...{ connectionId: 'test', queue: null, state: null, kinds: [], filter, budget: 100 },
  ...over,
})

/** All that a search tells, and the ids of what it found, by queue and state. */
async function search(filter: string, over: Partial<SearchQuestion> = {}, signal?: AbortSignal) {
  const events: SearchEvent[] = []
  for await (const event of searches.run(question(filter, over), signal)) events.push(event)
  const { progress } = events.at(-1) as SearchEvent
  searchProgressSchema.parse(progress)
  const found = events.flatMap((event) => event.found)
  return { events, progress, found, ids: found.map((one) => `${one.queue.name} ${one.state} ${one.job.id}`) }
}

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

async function refsOf(id: string): Promise<string[][]> {
  const set = searches.set(id)
  return Promise.all(set.places.map(async (_, place) => (await allOf(set.refs(place, 1000))).flat()))
}

describe('a search', () => {
  it('finds jobs of all queues by what is in them, failed ones first, and keeps which they are', async () => {
    await push('queue:email', job(1, 42), job(2, 43), job(3, '9007199254740993'))
    await push('queue:sms', job(4, 42))
    await push('queue:sms:dlq', job(5, 42))
    const before = await writeCalls(server.client)
    const { progress, ids, found } = await search('data.user.id = 42')
    expect(ids).toEqual(['sms dead job-5', 'email waiting job-1', 'sms waiting job-4'])
    expect(progress).toMatchObject({ status: 'done', scanned: 5, total: 5, matches: 3, problems: [] })
    expect(progress.matchedBytes).toBe(job(1, 42).length * 3)
    expect(progress.bytesRead).toBeGreaterThan(300)
    expect(progress.places).toEqual([
      { queue: sms, state: 'dead', count: 1 },
      { queue: email, state: 'waiting', count: 1 },
      { queue: sms, state: 'waiting', count: 1 },
    ])
    expect(await refsOf(progress.id)).toEqual(found.map((one) => [one.job.ref]))
    const [first] = found
    expect(await plainList.job(connection.reader, sms, 'dead', first?.job.ref ?? '', false)).toMatchObject({
      id: 'job-5',
    })
    expect((await search('data.user.id = 9007199254740992')).ids).toEqual([])
    expect((await search('data.user.id = 9007199254740993')).ids).toEqual(['email waiting job-3'])
    expect(await writeCalls(server.client)).toEqual(before)
  })

  it('looks where it is told to, and only there', async () => {
    await push('queue:email', job(1, 1))
    await push('queue:email:dlq', job(2, 1))
    await push('queue:sms', job(3, 1))
    await push('queue:sms:dlq', job(4, 1))
    const trips = () => connection.reader.commands.filter(([name]) => name === 'LRANGE').map(([, key]) => key)
    expect((await search('', { queue: email })).ids).toEqual(['email dead job-2', 'email waiting job-1'])
    expect((await search('', { queue: email, state: 'waiting' })).ids).toEqual(['email waiting job-1'])
    expect((await search('', { kinds: ['failed'] })).ids.sort()).toEqual(['email dead job-2', 'sms dead job-4'])
    connection.reader.commands.length = 0
    const { ids, progress } = await search('queue = sms and state = dead')
    expect(ids).toEqual(['sms dead job-4'])
    expect(progress).toMatchObject({ scanned: 1, total: 1 })
    expect(trips()).not.toContain('queue:email')
  })

  it('finds a queue that was named though nobody discovered it', async () => {
    await push('queue:new', job(1, 1))
    expect((await search('', { queue: { ...email, name: 'new' } })).ids).toEqual(['new waiting job-1'])
  })

  it('asks for an id first, and shows its job in the first event', async () => {
    queues.splice(0, queues.length, mails, email)
    const bull = async (id: string, data: object) => {
      await server.client.hset(`bull:mails:${id}`, {
        name: 'send',
        data: JSON.stringify(data),
        opts: '{}',
        timestamp: 1,
      })
      await server.client.lpush('bull:mails:wait', id)
    }
    for (let id = 1; id <= 5; id++) await bull(String(id), { no: id, text: id === 4 ? 'like 3' : '' })
    await server.client.hset('bull:mails:meta', { version: 'bullmq:5.0.0' })
    await push('queue:email', job(3, 3))
    const exact = await search('id = 3')
    expect(exact.events[0]?.found.map((one) => one.job.id)).toEqual(['3'])
    expect(exact.ids).toEqual(['mails wait 3'])
    expect(exact.progress).toMatchObject({ status: 'done', scanned: 6, total: 6, matches: 1 })
    const { ref } = exact.found[0]?.job ?? { ref: '' }
    expect(await bullmq.job(connection.reader, mails, 'wait', ref, false)).toMatchObject({ id: '3' })
    const word = await search('3')
    expect(word.events[0]?.found.map((one) => one.job.id)).toEqual(['3'])
    expect(word.ids.sort()).toEqual(['email waiting job-3', 'mails wait 3', 'mails wait 4'])
    expect((await search('id = 3', { state: 'failed' })).ids).toEqual([])
    expect((await search('id = nothing')).ids).toEqual([])
    expect((await search('id = 3 and state = waiting')).ids).toEqual(['mails wait 3'])
  })

  it('finds the jobs of a group of errors', async () => {
    const dead = (id: number, error: string) =>
      `{"id":"${id}","failedAt":"2026-11-22T10:00:00Z","error":${JSON.stringify(error)}}`
    await push('queue:email:dlq', dead(1, 'No "user" 7'), dead(2, 'No "user" 8'), dead(3, 'else'))
    await push('queue:email', dead(4, 'No "user" 9'))
    const { ids } = await search('kind = failed and signature = "No \\"user\\" <n>"')
    expect(ids).toEqual(['email dead 1', 'email dead 2'])
  })

  it('shows the first match at once, and counts those that it does not show', async () => {
    await push('queue:email', ...Array.from({ length: 3000 }, (_, i) => job(i, 1)))
    const { found, progress } = await search('data.user.id = 1')
    expect(found).toHaveLength(1000)
    expect(progress.matches).toBe(3000)
    expect((await refsOf(progress.id))[0]).toHaveLength(3000)
  })

  it('stops at the next round trip, and what it found stays', async () => {
    await push('queue:email', ...Array.from({ length: 20_000 }, (_, i) => job(i, 1)))
    const stop = new AbortController()
    gate = gatedReader(connection.reader, 8)
    const events: SearchEvent[] = []
    for await (const event of searches.run(question(''), stop.signal)) {
      events.push(event)
      if (event.progress.status !== 'running' || event.found.length === 0) continue
      expect(() => searches.set(event.progress.id)).toThrow('still looks')
      stop.abort()
      gate.open()
    }
    const { progress } = events.at(-1) as SearchEvent
    expect(progress).toMatchObject({ status: 'cancelled', total: 20_000, problems: [] })
    expect(progress.scanned).toBeLessThan(20_000)
    expect(searches.set(progress.id).count).toBe(progress.matches)
    expect(progress.matches).toBeGreaterThan(0)
  })

  it('ends when nobody reads it any more', async () => {
    await push('queue:email', ...Array.from({ length: 20_000 }, (_, i) => job(i, 1)))
    gate = gatedReader(connection.reader, 8)
    let id = ''
    for await (const { progress, found } of searches.run(question(''))) {
      id = progress.id
      if (found.length === 0) continue
      gate.open()
      break
    }
    const trips = connection.reader.trips
    expect(searches.set(id).count).toBeLessThan(20_000)
    expect(connection.reader.trips).toBe(trips)
  })

  it('says which queue could not be read, and reads the others', async () => {
    await server.client.set('queue:email:dlq', 'a string')
    await push('queue:sms', job(1, 1))
    const { ids, progress } = await search('')
    expect(ids).toEqual(['sms waiting job-1'])
    expect(progress.status).toBe('done')
    expect(progress.problems).toHaveLength(1)
    expect(progress.problems[0]).toMatch(/^email/)
  })

  it('fails when Redis goes away, and what it found stays', async () => {
    const away = await openTestConnection({ url: 'redis://127.0.0.1:1' }, { name: 'Far' })
    const others = createSearches({
      folder: join(folder, 'far'),
      connection: () => away,
      queues: () => [email],
      systems: [plainList],
    })
    const events = await allOf(others.run(question('')))
    away.close()
    expect(events.at(-1)?.progress).toMatchObject({ status: 'failed', matches: 0 })
    expect(events.at(-1)?.progress.problems[0]).toMatch(/^Far: /)
    await others.close()
  })

  it('refuses a filter that is none, and says where', async () => {
    await expect(search('a = 1 and (b')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'At character 11 of the filter: This bracket is not closed.',
    })
  })
})

describe('what searches found', () => {
  it('is kept of the newest 20, and of no earlier start', async () => {
    await searches.close()
    await writeFile(join(folder, 'old.refs'), '')
    searches = open()
    const ids: string[] = []
    for (let i = 0; i < 21; i++) ids.push((await search('')).progress.id)
    expect(() => searches.set(ids[0] as string)).toThrow('no longer kept')
    expect(searches.set(ids[1] as string).count).toBe(0)
    expect(() => searches.set('old')).toThrow('no longer kept')
    await searches.close()
    expect(await readdir(folder)).toEqual([])
  })
})
