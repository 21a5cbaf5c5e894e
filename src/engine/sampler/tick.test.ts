import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { countingReader, testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { bullmq } from '../../systems/bullmq/index.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { readTick } from './tick.ts'

describe('a tick', () => {
  let server: TestRedis
  let connection: TestConnection
  beforeAll(async () => {
    server = await startRedis()
    connection = await openTestConnection(server)
  })
  afterAll(async () => {
    connection?.close()
    await server?.stop()
  })
  beforeEach(() => server.client.flushall())

  const queues = (count: number) =>
    Array.from({ length: count }, (_, i): QueueRef => ({ system: 'plain-list', prefix: 'queue:', name: `q${i}` }))

  it('over 1,000 queues, INFO and CLIENT LIST is one round trip, and writes nothing', async () => {
    const fill = server.client.pipeline()
    for (const { name } of queues(1000)) fill.rpush(`queue:${name}`, 'a', 'b')
    await fill.exec()
    const before = await writeCalls(server.client)
    const trips = connection.reader.trips
    const tick = await readTick(connection.reader, [plainList], queues(1000), { info: true, clients: true })
    expect(connection.reader.trips).toBe(trips + 1)
    expect(tick.readings.map(({ states }) => states.waiting)).toEqual(Array(1000).fill(2))
    expect(tick.info?.stats.keys).toBe(1000)
    expect(tick.clients?.[0]?.clients.length).toBeGreaterThan(0)
    expect(await writeCalls(server.client)).toEqual(before)
  })

  it('counts one by one, in one more round trip, for a user who may not run scripts', async () => {
    await server.client.call('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '+@all', '-@scripting')
    const client = server.client.duplicate({ username: 'plain', password: 'secret' })
    const poor = countingReader(testReader(client))
    await server.client.lpush('bull:mail:wait', '1', '2')
    const { readings } = await readTick(poor, [bullmq], [{ system: 'bullmq', prefix: 'bull', name: 'mail' }])
    expect(readings).toMatchObject([{ states: { wait: 2, failed: 0 }, problem: null }])
    expect(poor.trips).toBe(2)
    await client.quit()
  })

  it('asks nothing where there is nothing to ask', async () => {
    const trips = connection.reader.trips
    expect(await readTick(connection.reader, [plainList], [])).toMatchObject({ readings: [], info: null })
    expect(connection.reader.trips).toBe(trips)
  })
})
