import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Bull from 'bull'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { startTlsRedis } from '../../../test/servers/tls-redis.ts'
import { tunnelLike } from '../../../test/servers/tunnel-like.ts'
import { SluiceError } from '../../domain/errors.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import type { Target } from './client-options.ts'
import { slotOf } from './cluster/slot.ts'
import { type LibraryOptions, libraryOptions } from './library-options.ts'

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

/** Lets workers of both libraries do a job each, and tells which did. */
async function workThrough(options: LibraryOptions): Promise<string[]> {
  const done: string[] = []
  const old = new Bull('old', { redis: options })
  old.on('error', () => {})
  void old.process(async () => void done.push('bull')).catch(() => {})
  const queue = new Queue('new', { connection: options })
  queue.on('error', () => {})
  const worker = new Worker('new', async () => void done.push('bullmq'), { connection: options, drainDelay: 1 })
  worker.on('error', () => {})
  try {
    await Promise.all([old.add({}), queue.add('x', {})])
    await expect.poll(() => done.length).toBe(2)
    return done.sort()
  } finally {
    await Promise.allSettled([old.close(true), worker.close(true), queue.close()])
  }
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

  it('go through SSH and TLS, with our own certificate', async () => {
    const tls = await startTlsRedis({ mutual: true })
    const tunnels: string[] = []
    const target = async (): Promise<Target> => ({
      ...parseRedisUrl(`rediss://localhost:${tls.port}`),
      tls: { ca: tls.authority.cert, ...tls.forClient },
      dial: async ({ host, port }) => {
        tunnels.push(`${host}:${port}`)
        const socket = connect({ host: '127.0.0.1', port })
        await once(socket, 'connect')
        return tunnelLike(socket)
      },
    })
    const options = await libraryOptions({ target, name: 'pool', wanted: () => true })
    try {
      expect(await workThrough(options)).toEqual(['bull', 'bullmq'])
      expect(new Set(tunnels)).toEqual(new Set([`localhost:${tls.port}`]))
    } finally {
      await tls.stop()
    }
  })

  it('ask anew where to go when the server became a replica, and send again there what it refused', async () => {
    const other = await startRedis()
    let now = server
    const target = async () => parseRedisUrl(`redis://127.0.0.1:${now.port}`)
    const options = await libraryOptions({ target, name: 'pool', wanted: () => true })
    const queue = new Bull('q', { redis: options })
    queue.on('error', () => {})
    try {
      await queue.add({ at: 'before' })
      now = other
      await server.client.replicaof('127.0.0.1', other.port)
      await queue.add({ at: 'after' })
      expect(await other.client.exists('bull:q:id')).toBe(1)
    } finally {
      await queue.close(true)
      await server.client.replicaof('NO', 'ONE')
      await server.client.flushall()
      await other.stop()
    }
  })

  it('connect anew where the slot of the queue moved, and nowhere else', async () => {
    const target = async () => parseRedisUrl(server.url)
    const { reconnectOnError } = await libraryOptions({ target, name: 'pool', wanted: () => true, key: 'bull:{q}:id' })
    expect(reconnectOnError(new Error(`MOVED ${slotOf('bull:{q}:id')} 127.0.0.1:7002`))).toBe(2)
    expect(reconnectOnError(new Error(`MOVED ${slotOf('elsewhere')} 127.0.0.1:7002`))).toBe(false)
    expect(reconnectOnError(new Error('ERR Error running script: @user_script: 1: -READONLY You cannot'))).toBe(2)
    expect(reconnectOnError(new Error('ERR value of READONLY is wrong'))).toBe(false)
  })

  it('try again when the way cannot be found at that moment', async () => {
    let failures = 3
    const target = async () => {
      if (asked && failures-- > 0) throw new SluiceError('NO_MASTER')
      asked = true
      return parseRedisUrl(server.url)
    }
    let asked = false
    const queue = new Bull('q', { redis: await libraryOptions({ target, name: 'pool', wanted: () => true }) })
    const errors: unknown[] = []
    queue.on('error', (error) => errors.push(error))
    await queue.add({})
    expect(errors).toMatchObject([{ code: 'NO_MASTER' }, { code: 'NO_MASTER' }, { code: 'NO_MASTER' }])
    await queue.close(true)
    await server.client.flushall()
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
