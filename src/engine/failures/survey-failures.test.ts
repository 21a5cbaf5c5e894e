import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { gatedReader } from '../../../test/gated-reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { type FailureSurvey, failureSurveySchema } from '../../domain/failure.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { surveyFailures } from './survey-failures.ts'

let server: TestRedis
let connection: TestConnection
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server, { name: 'Shop' })
})
afterEach(() => connection.close())

const queue = (name: string): QueueRef => ({ system: 'plain-list', prefix: 'queue:', name })
const email = queue('email')
const sms = queue('sms')
const entry = (id: number, error: string, at = 1_700_000_000_000 + id * 1000) =>
  JSON.stringify({ id: String(id), type: 'welcome', data: {}, failedAt: new Date(at).toISOString(), error })
const bury = (name: string, ...entries: (string | Buffer)[]) => server.client.rpush(`queue:${name}:dlq`, ...entries)

const surveyOf = (queues: readonly QueueRef[]) =>
  surveyFailures({ connections: [connection], queues: () => queues, systems: [plainList], budget: 100 })

async function survey(...queues: QueueRef[]): Promise<FailureSurvey> {
  const told: FailureSurvey[] = []
  for await (const one of surveyOf(queues)) told.push(failureSurveySchema.parse(one))
  return told.at(-1) as FailureSurvey
}

describe('surveyFailures', () => {
  it('puts equal causes together over all queues, the largest group first', async () => {
    await bury(
      'email',
      entry(1, 'Timeout after 3000 ms'),
      entry(2, 'No such user 17'),
      entry(3, 'Timeout after 250 ms'),
    )
    await bury('sms', entry(4, 'Timeout after 9 ms'))
    await server.client.rpush('queue:email', entry(5, 'Timeout after 1 ms'))
    const before = await writeCalls(server.client)
    const found = await survey(email, sms, queue('empty'))
    expect(found).toMatchObject({ status: 'done', scanned: 4, total: 4, groupCount: 2, problems: [] })
    expect(found.bytesRead).toBeGreaterThan(300)
    const [timeout, user] = found.groups
    expect(timeout).toMatchObject({
      signature: 'Timeout after <n> ms',
      count: 3,
      firstAt: 1_700_000_001_000,
      lastAt: 1_700_000_004_000,
      queues: [
        { connectionId: 'test', queue: email, state: 'dead', count: 2 },
        { connectionId: 'test', queue: sms, state: 'dead', count: 1 },
      ],
      filter: 'kind = failed and signature = "Timeout after <n> ms"',
    })
    expect(timeout?.samples.map(({ id, name, at }) => [id, name, at])).toEqual([
      ['4', 'welcome', 1_700_000_004_000],
      ['3', 'welcome', 1_700_000_003_000],
      ['1', 'welcome', 1_700_000_001_000],
    ])
    expect(user).toMatchObject({ signature: 'No such user <n>', example: 'No such user 17', count: 1 })
    expect(await writeCalls(server.client)).toEqual(before)
  })

  it('gives samples that open the job', async () => {
    await bury('email', entry(1, 'a'), entry(2, 'b'))
    for (const { samples } of (await survey(email)).groups) {
      const { ref, state, id } = samples[0] ?? { ref: '', state: '', id: '' }
      expect(await plainList.job(connection.reader, email, state, ref, false)).toMatchObject({ id })
    }
  })

  it('reads all of them, some hundred a round trip, and keeps 50 of a group to open', async () => {
    await bury('email', ...Array.from({ length: 3250 }, (_, i) => entry(i, i < 250 ? 'old' : 'new')))
    const trips = connection.reader.trips
    const found = await survey(email, ...Array.from({ length: 50 }, (_, i) => queue(`empty${i}`)))
    expect(found).toMatchObject({ scanned: 3250, total: 3250 })
    expect(found.groups.map(({ signature, count, samples }) => [signature, count, samples.length])).toEqual([
      ['new', 3000, 50],
      ['old', 250, 50],
    ])
    expect(connection.reader.trips - trips).toBeLessThan(20)
  })

  it('shows how a group comes and goes', async () => {
    const now = Date.now()
    const hoursAgo = (hours: number) => now - hours * 3_600_000 + 60_000
    await bury(
      'email',
      ...[3, 3, 3, 5, 9].map((hours, i) => entry(i, 'a', hoursAgo(hours))),
      entry(9, 'b', hoursAgo(1000)),
    )
    const { groups, trendFrom, trendTo } = await survey(email)
    expect(trendTo - trendFrom).toBe(24 * 3_600_000)
    expect(groups[0]?.trend.slice(-9)).toEqual([1, 0, 0, 0, 1, 0, 3, 0, 0])
    expect(groups[1]?.trend).toEqual(new Array(24).fill(0))
  })

  it('takes entries that are no JSON, or tell no error, as a group of their own', async () => {
    await bury('email', 'not json {', '{"id":"1"}', Buffer.from([0xff, 0xfe]))
    const found = await survey(email)
    expect(found).toMatchObject({ scanned: 3, problems: [] })
    expect(found.groups).toEqual([expect.objectContaining({ signature: '(no message)', count: 3 })])
  })

  it('says what could not be read, and shows the rest', async () => {
    await bury('email', entry(1, 'a'))
    await server.client.set('queue:sms:dlq', 'a string')
    const away = await openTestConnection({ url: 'redis://127.0.0.1:1' }, { id: 'away', name: 'Far' })
    const question = { queues: () => [email, sms], systems: [plainList], budget: 100 }
    const told: FailureSurvey[] = []
    for await (const one of surveyFailures({ ...question, connections: [connection, away] })) told.push(one)
    const found = told.at(-1)
    away.close()
    expect(found).toMatchObject({ status: 'done' })
    expect(found?.groups).toHaveLength(1)
    expect(found?.problems).toHaveLength(2)
    expect(found?.problems.find((problem) => problem.startsWith('Far: '))).toBeDefined()
    expect(found?.problems.find((problem) => problem.startsWith('sms of Shop: '))).toBeDefined()
  })

  it('sends the largest groups where nearly every error differs, and counts the others in little memory', async () => {
    const word = (n: number) => Array.from(String(n), (digit) => 'ghijklmnop'[Number(digit)]).join('')
    await bury(
      'email',
      entry(0, 'often'),
      entry(1, 'often'),
      ...Array.from({ length: 6000 }, (_, i) => entry(i, `no ${word(i)}`)),
    )
    const found = await survey(email)
    expect(found.groups).toHaveLength(500)
    expect(found.groups[0]).toMatchObject({ signature: 'often', count: 2 })
    expect(found).toMatchObject({ scanned: 6002, groupCount: 6001 })
    expect(found.problems).toEqual(['Only the largest 500 of 6001 groups are shown.'])
  })

  it('tells of groups while it reads, and stops with what it has', async () => {
    await bury('email', ...Array.from({ length: 20_000 }, (_, i) => entry(i, `Timeout ${i}`)))
    const stop = new AbortController()
    const reader = gatedReader(connection.reader, 8)
    const told: FailureSurvey[] = []
    for await (const one of surveyFailures({
      ...{ connections: [{ ...connection, reader }], queues: () => [email], systems: [plainList], budget: 100 },
      signal: stop.signal,
    })) {
      told.push(one)
      if (one.scanned === 0) continue
      stop.abort()
      reader.open()
    }
    const last = told.at(-1)
    expect(told.at(-2)?.status).toBe('running')
    expect(last).toMatchObject({ status: 'cancelled', total: 20_000, groupCount: 1, problems: [] })
    expect(last?.scanned).toBeLessThan(20_000)
    expect(last?.groups[0]?.count).toBe(last?.scanned)
  })
})
