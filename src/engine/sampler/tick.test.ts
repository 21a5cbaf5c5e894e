import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { writeCalls } from '../../systems/conformance-keyspace.ts'
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
    expect(tick.clients?.length).toBeGreaterThan(0)
    expect(await writeCalls(server.client)).toEqual(before)
  })

  it('asks nothing where there is nothing to ask', async () => {
    const trips = connection.reader.trips
    expect(await readTick(connection.reader, [plainList], [])).toMatchObject({ readings: [], info: null })
    expect(connection.reader.trips).toBe(trips)
  })
})
