import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Bull from 'bull'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { libraryOptions } from './library-options.ts'
import { parseRedisUrl } from './redis-url.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-library-'))
const path = join(folder, 'redis.sock')
let server: TestRedis

beforeAll(async () => {
  server = await startRedis('--unixsocket', path)
  await server.client.call('ACL', 'SETUSER', 'worker', 'reset', 'on', '>secret', '~*', '&*', '+@all')
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Adds a job as the library does with those options, and tells what our own client finds in a database. */
async function addThrough(connection: TestConnection, db: number): Promise<{ found: number; names: string }> {
  const queue = new Bull('q', { redis: await connection.clientOptions('pool', () => true) })
  queue.on('error', () => {})
  await queue.add({})
  const names = String(await server.client.client('LIST'))
  await queue.close(true)
  await server.client.select(db)
  const found = await server.client.exists('bull:q:id')
  await server.client.flushall()
  await server.client.select(0)
  return { found, names }
}

describe('the options for a library', () => {
  it('lead to the Redis of the profile: its user, password and database', async () => {
    const url = `redis://worker@127.0.0.1:${server.port}/3`
    const connection = await openTestConnection(server, { url }, 'secret')
    const { found, names } = await addThrough(connection, 3)
    expect(found).toBe(1)
    expect(names).toMatch(/name=sluice:pool .*db=3.* user=worker /)
    connection.close()
  })

  it('lead to a socket file', async () => {
    const connection = await openTestConnection(server, { url: `unix://${path}?db=2` })
    expect((await addThrough(connection, 2)).found).toBe(1)
    connection.close()
  })

  it('ask for TLS, with the name of the host and what to trust', () => {
    const { address, password } = parseRedisUrl('rediss://:secret@cache.example.org:6380')
    expect(libraryOptions({ address, password, ca: 'PEM' }, 'pool', () => true)).toMatchObject({
      host: 'cache.example.org',
      port: 6380,
      password: 'secret',
      tls: { servername: 'cache.example.org', ca: 'PEM' },
    })
  })

  it('come back after a cut only while they are wanted, and the connection is open and may write', async () => {
    const connection = await openTestConnection(server)
    let wanted = true
    const { retryStrategy } = await connection.clientOptions('pool', () => wanted)
    expect(retryStrategy(1)).toBeGreaterThan(0)
    expect(retryStrategy(50)).toBeLessThanOrEqual(2000)
    wanted = false
    expect(retryStrategy(1)).toBeNull()
    wanted = true
    connection.update({ ...connection.profile, readOnly: true })
    expect(retryStrategy(1)).toBeNull()
    await expect(connection.clientOptions('pool', () => true)).rejects.toMatchObject({ code: 'READ_ONLY' })
    connection.update({ ...connection.profile, readOnly: false })
    expect(retryStrategy(1)).toBeGreaterThan(0)
    connection.close()
    expect(retryStrategy(1)).toBeNull()
    await expect(connection.clientOptions('pool', () => true)).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })
})
