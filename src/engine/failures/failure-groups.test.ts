import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { failureGroupSchema } from '../../domain/failure.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { groupFailures } from './failure-groups.ts'

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
const bury = (name: string, ...entries: string[]) => server.client.rpush(`queue:${name}:dlq`, ...entries)
const groups = (...queues: QueueRef[]) => groupFailures([connection], () => queues, [plainList])

describe('groupFailures', () => {
  it('puts equal causes together over all queues, the largest group first', async () => {
    await bury(
      'email',
      entry(1, 'Timeout after 3000 ms'),
      entry(2, 'No such user 17'),
      entry(3, 'Timeout after 250 ms'),
    )
    await bury('sms', entry(4, 'Timeout after 9 ms'))
    const before = await writeCalls(server.client)
    const found = await groups(email, sms, queue('empty'))
    expect(found).toMatchObject({ scanned: 4, total: 4, problems: [] })
    expect(found.groups.map((group) => failureGroupSchema.parse(group))).toEqual(found.groups)
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
    for (const { samples } of (await groups(email)).groups) {
      const { ref, state, id } = samples[0] ?? { ref: '', state: '', id: '' }
      expect(await plainList.job(connection.reader, email, state, ref, false)).toMatchObject({ id })
    }
  })

  it('reads the newest 1,000 of a queue, a page at a time, and counts them all', async () => {
    await bury('email', ...Array.from({ length: 1250 }, (_, i) => entry(i, i < 250 ? 'old' : 'new')))
    const trips = connection.reader.trips
    const found = await groups(email, ...Array.from({ length: 50 }, (_, i) => queue(`empty${i}`)))
    expect(found).toMatchObject({ scanned: 1000, total: 1250 })
    expect(found.groups).toEqual([expect.objectContaining({ signature: 'new', count: 1000 })])
    expect(found.groups[0]?.samples).toHaveLength(50)
    // One for the counts of all queues, and a bounded number for each of five pages.
    expect(connection.reader.trips - trips).toBeLessThanOrEqual(1 + 5 * 3)
  })

  it('takes entries that are no JSON, or tell no error, as a group of their own', async () => {
    await bury('email', 'not json {', '{"id":"1"}')
    await server.client.rpush('queue:email:dlq', Buffer.from([0xff, 0xfe]))
    const found = await groups(email)
    expect(found).toMatchObject({ scanned: 3, problems: [] })
    expect(found.groups.reduce((sum, { count }) => sum + count, 0)).toBe(3)
  })

  it('says what could not be read, and shows the rest', async () => {
    await bury('email', entry(1, 'a'))
    await server.client.set('queue:sms:dlq', 'a string')
    const away = await openTestConnection({ url: 'redis://127.0.0.1:1' }, { id: 'away', name: 'Far' })
    const found = await groupFailures([connection, away], () => [email, sms], [plainList])
    away.close()
    expect(found.groups).toHaveLength(1)
    expect(found.problems).toHaveLength(2)
    expect(found.problems.find((problem) => problem.startsWith('Far: '))).toBeDefined()
    expect(found.problems.find((problem) => problem.startsWith('sms of Shop: '))).toBeDefined()
  })

  it('sends the largest groups where nearly every error differs', async () => {
    const letter = (n: number) => 'ghijklmnopqrstuvwxyz'[Math.floor(n) % 20]
    const words = Array.from({ length: 600 }, (_, i) => `no ${letter(i)}${letter(i / 20)}${letter(i / 400)}`)
    await bury('email', ...words.map((word, i) => entry(i, word)), entry(0, 'often'), entry(1, 'often'))
    const found = await groups(email)
    expect(found.groups).toHaveLength(500)
    expect(found.groups[0]).toMatchObject({ signature: 'often', count: 2 })
    expect(found.problems).toEqual(['Only the largest 500 of 601 groups are shown.'])
  })
})
