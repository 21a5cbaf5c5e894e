import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { kinds } from '../../domain/queue.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { takeSnapshot } from './snapshot.ts'

let server: TestRedis
let connection: TestConnection
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
})
afterEach(() => connection.close())

const hints = { queues: [], trackedPrefix: 'local_request:', privateTargets: true }

describe('takeSnapshot', () => {
  it('tells everything found, and writes nothing', async () => {
    const born = new Date(Date.now() - 60_000).toISOString()
    await server.client.rpush('queue:email', `{"id":"1","created_at":"${born}"}`, '{"id":"2"}')
    await server.client.rpush('queue:email:dlq', '{"id":"3"}')
    await server.client.rpush('queue:sms', '{"id":"4"}')
    const before = await writeCalls(server.client)
    const document = await takeSnapshot(connection.reader, [plainList], hints)
    expect(await writeCalls(server.client)).toEqual(before)
    expect(document).toMatchObject({
      redis: { version: expect.any(String), usedMemoryBytes: expect.any(Number), maxmemoryPolicy: 'noeviction' },
      partial: false,
      partialReason: null,
    })
    expect(document.queues).toHaveLength(2)
    const [email, sms] = document.queues
    expect(email).toMatchObject({
      system: 'plain-list',
      prefix: 'queue:',
      queue: 'email',
      kinds: { waiting: 2, delayed: 0, active: 0, retrying: 0, failed: 1, completed: 0, paused: 0 },
      states: { waiting: 2, dead: 1 },
      problem: null,
    })
    expect(Object.keys(email?.kinds ?? {}).sort()).toEqual([...kinds].sort())
    expect(email?.oldestAgeMs).toBeGreaterThanOrEqual(60_000)
    expect(sms?.oldestAgeMs).toBeNull()
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })

  it('looks at the head of every queue, however many there are', async () => {
    const fill = server.client.pipeline()
    for (let i = 0; i < 450; i++) fill.rpush(`queue:q${i}`, '{"created_at":"2024-01-01T00:00:00Z"}')
    await fill.exec()
    const { queues } = await takeSnapshot(connection.reader, [plainList], hints)
    expect(queues).toHaveLength(450)
    expect(queues.filter(({ oldestAgeMs }) => oldestAgeMs === null)).toEqual([])
  })

  it('says that it is partial where time ran out, or the user may not look', async () => {
    const fill = server.client.pipeline()
    for (let i = 0; i < 5000; i++) fill.set(`k${i}`, '1')
    await fill.exec()
    const hasty = await takeSnapshot(connection.reader, [plainList], hints, { keys: 1000, ms: 60_000 })
    expect(hasty.partial).toBe(true)
    expect(hasty.partialReason).toMatch(/^Looked at 1,\d{3} of about 5,000 keys/)

    const limited = await openAsUser(server, ['-scan', '-info'])
    expect(await takeSnapshot(limited.reader, [plainList], hints)).toMatchObject({
      redis: null,
      queues: [],
      partial: true,
    })
    limited.close()
  })
})
