import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../../test/certificate.ts'
import { at, codeOf, ready, shows, stageConnections } from '../../../test/connection-stage.ts'
import { patience } from '../../../test/patience.ts'
import { freePort } from '../../../test/redis.ts'
import { startTcpServer } from '../../../test/tcp-server.ts'
import { type ErrorCode, SluiceError } from '../../domain/errors.ts'
import type { Remedy } from '../../domain/profile.ts'
import { plainReach } from './reach/plain-reach.ts'

/** Every way in which a Redis can be away or unwilling: what the status says, and that it is over when it is over. */

const { behindProxy, cleanUp, follow, serve } = stageConnections()

describe('a Redis that answers, but does not serve', () => {
  it('loads its data: it keeps its socket, is told once, and is ready when it has loaded', async () => {
    const server = await serve('--appendonly', 'yes', '--appendfsync', 'no', '--key-load-delay', '60')
    const fill = server.client.pipeline()
    for (let i = 0; i < 12_000; i++) fill.set(`key:${i}`, 'x')
    await fill.exec()
    await server.kill()
    const started = server.start()
    const { connection, told, reaches } = follow(at(server.port), { everyMs: 300, timeoutMs: 10_000 })
    const loading = await reaches(shows('REDIS_LOADING'))
    expect(loading).toMatchObject({ status: 'reconnecting', problem: 'Redis is loading its data from disk.' })
    expect(await codeOf(connection.reader.call('GET', 'key:1'))).toBe('CONNECTION_LOST')
    const dials = vi.fn()
    connection.onStatus(dials)
    await reaches(ready)
    await started
    expect(await connection.reader.call('GET', 'key:11999')).toEqual(Buffer.from('x'))
    expect(told.filter(({ code }) => code === 'REDIS_LOADING')).toHaveLength(1)
    expect(dials).toHaveBeenCalledTimes(1)
  })

  it('is busy with a script: its socket stays, and it is ready when the script was killed', async () => {
    const server = await serve('--lua-time-limit', '20')
    const proxy = await behindProxy(server)
    const { connection, reaches } = follow(at(proxy.port), { everyMs: 100, timeoutMs: 3000 })
    await reaches(ready)
    const script = server.client.eval('while true do end', 0).catch(() => {})
    expect(await reaches(shows('REDIS_BUSY'))).toMatchObject({ status: 'reconnecting' })
    const killer = createConnection(server.port, '127.0.0.1')
    killer.write('SCRIPT KILL\r\n')
    await script
    killer.destroy()
    await reaches(ready)
    expect(proxy.connections).toBe(1)
    expect(connection.traffic()).toMatchObject({ sockets: 1 })
  })

  it('is a replica that lost its master, and serves nothing old', async () => {
    const nobody = String(await freePort())
    const server = await serve('--replicaof', `127.0.0.1 ${nobody}`, '--replica-serve-stale-data', 'no')
    const { reaches } = follow(at(server.port))
    const away = await reaches(shows('REDIS_UNAVAILABLE'))
    expect(away.problem).toContain('lost its master')
    await server.client.call('REPLICAOF', 'NO', 'ONE')
    await reaches(ready)
  })
})

describe('a Redis that reads, with a caveat', () => {
  it('is a read-only replica: reads go on, writes say so, and it is over when it was made a master', async () => {
    const master = await serve('--repl-diskless-sync-delay', '0')
    await master.client.set('key', 'value')
    const server = await serve('--replicaof', `127.0.0.1 ${master.port}`)
    await vi.waitFor(async () => expect(await server.client.get('key')).toBe('value'), patience)
    const { connection, reaches } = follow(at(server.port))
    await reaches(ready)
    expect(await codeOf(connection.writer().call('SET', 'key', 'other'))).toBe('REPLICA')
    expect(connection.status()).toMatchObject({ status: 'ready', code: 'REPLICA' })
    expect(connection.status().problem).toContain('replica')
    expect(await connection.reader.call('GET', 'key')).toEqual(Buffer.from('value'))
    expect(connection.status().code).toBe('REPLICA') // that a read went well says nothing of writes
    await server.client.call('REPLICAOF', 'NO', 'ONE')
    await connection.writer().call('SET', 'key', 'other')
    expect(connection.status()).toMatchObject({ status: 'ready', code: null, problem: null })
  })

  it('is out of memory', async () => {
    const server = await serve('--maxmemory', '1mb', '--maxmemory-policy', 'noeviction')
    const { connection, reaches } = follow(at(server.port))
    await reaches(ready)
    expect(await codeOf(connection.writer().call('SET', 'key', 'value'))).toBe('REDIS_FULL')
    expect(connection.status()).toMatchObject({ status: 'ready', code: 'REDIS_FULL' })
    await server.client.config('SET', 'maxmemory', '0')
    await connection.writer().call('SET', 'key', 'value')
    expect(connection.status().code).toBeNull()
  })

  it('cannot save to its disk', async () => {
    const server = await serve()
    const [, folder = ''] = (await server.client.config('GET', 'dir')) as string[]
    await mkdir(join(folder, 'dump.rdb', 'in the way'), { recursive: true })
    await server.client.config('SET', 'save', '3600 1000')
    await server.client.bgsave()
    await vi.waitFor(
      async () => expect(await server.client.info('persistence')).toContain('bgsave_status:err'),
      patience,
    )
    const { connection, reaches } = follow(at(server.port))
    await reaches(ready)
    expect(await codeOf(connection.writer().call('SET', 'key', 'value'))).toBe('REDIS_FULL')
    expect(connection.status().problem).toContain('cannot save to its disk')
  })

  it('is a cluster with a hole', async () => {
    const server = await serve('--cluster-enabled', 'yes')
    const { connection, reaches } = follow(at(server.port))
    await reaches(ready)
    expect(await codeOf(connection.reader.call('GET', 'key'))).toBe('REDIS_UNAVAILABLE')
    expect(connection.status()).toMatchObject({ status: 'ready', code: 'REDIS_UNAVAILABLE' })
    expect(connection.status().problem).toContain('cluster is down')
    await server.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await vi.waitFor(async () => {
      await connection.reader.call('GET', 'key').catch(() => {})
      expect(connection.status()).toMatchObject({ status: 'ready', code: null })
    }, patience)
  })

  it('grants the user little: the command says so, and the status stays', async () => {
    const server = await serve()
    await server.client.acl('SETUSER', 'little', 'on', '>secret', '~*', '+ping', '+get')
    const { connection, reaches } = follow(plainReach(`redis://little@127.0.0.1:${server.port}`, 'secret'))
    await reaches(ready)
    expect(await codeOf(connection.reader.call('HGET', 'key', 'field'))).toBe('NO_PERMISSION')
    expect(connection.status()).toMatchObject({ status: 'ready', code: null })
  })
})

describe('a Redis that lets nobody in', () => {
  it('wants a password, or another one: it is not asked again until something changed', async () => {
    const server = await serve('--requirepass', 'right')
    let password: string | null = null
    const asked = vi.fn(async () => password)
    const { connection, reaches } = follow(plainReach(`redis://127.0.0.1:${server.port}`, asked))
    const remedy = { kind: 'secret', secret: 'password' }
    expect(await reaches(shows('AUTH_FAILED'))).toMatchObject({ status: 'failed', remedy })
    expect(connection.status().problem).toContain('none was given')
    password = 'wrong'
    await connection.check()
    expect(connection.status()).toMatchObject({ status: 'failed', code: 'AUTH_FAILED', remedy })
    expect(connection.status().problem).toContain('refused the user name or password')
    expect(asked).toHaveBeenCalledTimes(2)
    password = 'right'
    await connection.check()
    expect(connection.status()).toMatchObject({ status: 'ready', problem: null, code: null, remedy: null })
  })

  it('has as many clients as it may have', async () => {
    const server = await serve('--maxclients', '4')
    const guests: Socket[] = []
    cleanUp.push(() => guests.map((guest) => guest.destroy()))
    for (let i = 0; i < 3; i++) {
      const guest = createConnection(server.port, '127.0.0.1')
      guest.on('error', () => {})
      guests.push(guest)
      guest.write('PING\r\n')
      await once(guest, 'data')
    }
    const { reaches } = follow(at(server.port))
    expect(await reaches(shows('TOO_MANY_CLIENTS'))).toMatchObject({ status: 'reconnecting' })
    for (const guest of guests) guest.destroy()
    await reaches(ready)
  })

  it('shows a certificate that nobody vouches for', async () => {
    const server = await startTcpServer(() => {}, await makeCertificate(['localhost']))
    cleanUp.push(() => server.close())
    const { reaches } = follow(plainReach(`rediss://localhost:${server.port}`))
    expect(await reaches(({ status }) => status === 'failed')).toMatchObject({ code: 'TLS_FAILED' })
  })

  const key = { host: 'gate', port: 22, type: 'ssh-ed25519', fingerprint: 'SHA256:abc' }
  const remedies: [ErrorCode, Remedy | null][] = [
    ['SSH_AUTH_FAILED', { kind: 'secret', secret: 'ssh' }],
    ['HOST_KEY_UNKNOWN', { kind: 'hostKey', key, before: null }],
    ['HOST_KEY_CHANGED', { kind: 'hostKey', key, before: 'SHA256:old' }],
    ['SECRET_MISSING', { kind: 'secret', secret: 'password' }],
    ['VAULT_LOCKED', { kind: 'vault' }],
  ]
  it.each(remedies)('stops at %s until a person did what it says', async (code, remedy) => {
    const server = await serve()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    cleanUp.push(() => vi.useRealTimers())
    let mended = false
    const target = vi.fn(async () => {
      if (!mended) throw new SluiceError(code, undefined, remedy)
      return at(server.port).target()
    })
    const { connection, reaches } = follow({ ...at(server.port), target })
    expect(await reaches(shows(code))).toMatchObject({ status: 'failed', remedy })
    await vi.advanceTimersByTimeAsync(24 * 3600_000)
    expect(target).toHaveBeenCalledTimes(1)
    vi.useRealTimers()
    mended = true
    await connection.check()
    expect(connection.status()).toMatchObject({ status: 'ready', remedy: null })
  })

  it.each(['SSH_FAILED', 'NO_MASTER', 'HOST_NOT_FOUND'] as const)('comes back by itself after %s', async (code) => {
    const server = await serve()
    let failures = 2
    const target = async () => {
      if (failures-- > 0) throw new SluiceError(code)
      return at(server.port).target()
    }
    const { told, reaches } = follow({ ...at(server.port), target })
    await reaches(ready)
    expect(told.map((status) => [status.status, status.code])).toEqual([
      ['reconnecting', code],
      ['ready', null],
    ])
  })
})
