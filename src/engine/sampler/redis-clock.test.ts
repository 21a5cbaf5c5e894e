import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { Command } from '../../systems/handles.ts'
import { RedisClock } from './redis-clock.ts'

let server: TestRedis
const open: TestConnection[] = []
beforeAll(async () => {
  server = await startRedis()
  await server.client.set('key', 'value')
})
afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})
afterAll(() => server.stop())

async function connect(connecting: Promise<TestConnection>): Promise<TestConnection> {
  const connection = await connecting
  open.push(connection)
  return connection
}

/** Keeps Redis busy for a while that anybody can tell from a round trip. */
const busy: Command = ['EVAL', 'local n = 0 for i = 1, 5000000 do n = n + i end return n', 0]

describe('a Redis clock', () => {
  it('measures the time of Redis in the same round trip, and gives the replies alone', async () => {
    const { reader } = await connect(openTestConnection(server))
    const clock = new RedisClock()
    const measured = clock.wrap(reader)
    const { trips } = reader
    expect(await measured.pipeline([['GET', 'key']])).toEqual([Buffer.from('value')])
    expect(await measured.call('GET', 'key')).toEqual(Buffer.from('value'))
    expect(reader.trips).toBe(trips + 2)
    expect(clock.commands).toBe(6)
    const before = clock.spentMs
    await measured.pipeline([busy])
    expect(clock.spentMs - before).toBeGreaterThan(5)
    expect(await measured.pipeline([])).toEqual([])
    await expect(measured.call('HGET', 'key', 'field')).rejects.toMatchObject({ code: 'WRONG_TYPE' })
  })

  it('asks no user for the time again who may not, and takes the round trip for it', async () => {
    const { reader } = await connect(openAsUser(server, ['-time']))
    const clock = new RedisClock()
    const measured = clock.wrap(reader)
    for (let i = 0; i < 3; i++) expect(await measured.call('GET', 'key')).toEqual(Buffer.from('value'))
    expect(clock.commands).toBe(3 + 1 + 1)
    const before = clock.spentMs
    await measured.pipeline([busy])
    expect(clock.spentMs - before).toBeGreaterThan(5)
  })

  it('does not ask one of several servers for the time of all', async () => {
    const { reader } = await connect(openTestConnection(server))
    const clock = new RedisClock()
    await clock.wrap(reader, () => 3).pipeline([['GET', 'key']])
    expect(clock.commands).toBe(1)
  })
})
