import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../test/certificate.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { startTcpServer, type TcpServer } from '../../../test/tcp-server.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type SecretName, usualProfile } from '../../domain/profile.ts'
import { type TestConnectionOptions, type TestResult, testConnection } from './test-connection.ts'

const secret = 'canary-40bd'
let redis: TestRedis
const servers: TcpServer[] = []

beforeAll(async () => {
  redis = await startRedis()
  const { client } = redis
  await client.acl('SETUSER', 'ops', 'on', `>${secret}`, '~*', '&*', '+@all')
  await client.acl('SETUSER', 'reader', 'on', 'nopass', '~*', '+@read', '+info', '+scan', '+acl|whoami', '+acl|dryrun')
  await client.acl('SETUSER', 'narrow', 'on', 'nopass', '~queue:*', '+@all', '-info', '-scan')
  await client.acl('SETUSER', 'elsewhere', 'on', 'nopass', '~shop:*', '+@all')
  await client.acl('SETUSER', 'modest', 'on', 'nopass', '~*', '+@read', '+@write', '+info', '+scan', '-acl')
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
afterAll(() => redis.stop())

async function serve(...args: Parameters<typeof startTcpServer>): Promise<number> {
  const server = await startTcpServer(...args)
  servers.push(server)
  return server.port
}

const noSsh: TestConnectionOptions['ssh'] = {
  dial: async () => {
    throw new SluiceError('SSH_FAILED')
  },
  close() {},
}

interface Wanted {
  profile?: Partial<TestConnectionOptions['profile']>
  secrets?: Partial<Record<SecretName, string | SluiceError>>
  ssh?: TestConnectionOptions['ssh']
  timeoutMs?: number
}

async function test(url: string, { profile, secrets = {}, ssh = noSsh, timeoutMs = 1_000 }: Wanted = {}) {
  const result = await testConnection({
    profile: { ...usualProfile, url, ...profile },
    async secret(name) {
      const found = secrets[name] ?? null
      if (found instanceof SluiceError) throw found
      return found
    },
    ssh,
    timeoutMs,
  })
  expect(JSON.stringify(result)).not.toContain(secret)
  return result
}

/** The step that failed, and that it is the last but for what came before it. */
function failed({ ok, code, steps }: TestResult) {
  expect(ok).toBe(false)
  expect(steps.slice(0, -1).every((step) => step.ok)).toBe(true)
  return { code, name: steps.at(-1)?.name, detail: steps.at(-1)?.detail }
}

const stepOf = (result: TestResult, name: string) => result.steps.find((step) => step.name === name)

describe('testConnection', () => {
  it('goes through all steps, and names the version', async () => {
    const result = await test(`redis://ops:${secret}@localhost:${redis.port}`)
    expect(result).toMatchObject({ ok: true, code: null, remedy: null })
    expect(result.steps.map(({ name }) => name)).toEqual([
      'Address',
      'Host',
      'Connect',
      'Log in',
      'Redis',
      'Look around',
      'Write',
    ])
    expect(stepOf(result, 'Host')?.detail).toContain('127.0.0.1')
    expect(stepOf(result, 'Log in')?.detail).toBe('Logged in as ops.')
    expect(stepOf(result, 'Redis')?.detail).toMatch(/^(Redis|Valkey) \d+\.\d+/)
    expect(stepOf(result, 'Write')?.detail).toBe('The user may write.')
  })

  it('uses the password that is kept when the URL holds none', async () => {
    const url = `redis://ops@127.0.0.1:${redis.port}`
    expect(await test(url, { secrets: { password: secret } })).toMatchObject({ ok: true })
    const remedy = { kind: 'secret', secret: 'password' } as const
    const missing = await test(url, { secrets: { password: new SluiceError('SECRET_MISSING', undefined, remedy) } })
    expect(failed(missing)).toMatchObject({ code: 'SECRET_MISSING', name: 'Log in' })
    expect(missing.remedy).toEqual(remedy)
  })

  it('writes nothing', async () => {
    const unsaved = async () => /changes_since_last_save:(\d+)/.exec(await redis.client.info('persistence'))?.[1]
    const before = [await unsaved(), await redis.client.dbsize()]
    await test(`redis://127.0.0.1:${redis.port}`)
    expect([await unsaved(), await redis.client.dbsize()]).toEqual(before)
  })

  it.each([
    ['not a URL', 'BAD_URL', 'Address'],
    ['redis://nowhere.invalid', 'HOST_NOT_FOUND', 'Host'],
    ['unix:///nowhere/redis.sock', 'CONNECTION_REFUSED', 'Connect'],
  ])('stops at %s', async (url, code, name) => {
    expect(failed(await test(url))).toMatchObject({ code, name, detail: expect.stringMatching(/\.$/) })
  })

  it('stops where nobody listens', async () => {
    expect(failed(await test(`redis://127.0.0.1:${await freePort()}`))).toMatchObject({
      code: 'CONNECTION_REFUSED',
      name: 'Connect',
    })
  })

  it('stops at a wrong password', async () => {
    expect(failed(await test(`redis://ops:${secret}-x@127.0.0.1:${redis.port}`))).toMatchObject({
      code: 'AUTH_FAILED',
      name: 'Log in',
    })
  })

  it('stops at a database that is not there', async () => {
    expect(failed(await test(`redis://127.0.0.1:${redis.port}/77`))).toMatchObject({
      code: 'BAD_URL',
      name: 'Database',
    })
  })

  it('stops at what is no Redis', async () => {
    const port = await serve((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(failed(await test(`redis://127.0.0.1:${port}`))).toMatchObject({ code: 'NOT_REDIS', name: 'Redis' })
  })

  it('stops at what accepts and never answers', async () => {
    const port = await serve(() => {})
    const result = await test(`redis://127.0.0.1:${port}`, { timeoutMs: 150 })
    expect(failed(result)).toMatchObject({ code: 'CONNECT_TIMEOUT', name: 'Redis' })
  })

  it('stops at a Sentinel', async () => {
    const info = 'redis_mode:sentinel\r\nredis_version:7.0.15\r\n'
    const port = await serve(fakeRedis(info))
    expect(failed(await test(`redis://127.0.0.1:${port}`))).toMatchObject({
      code: 'UNSUPPORTED',
      name: 'Redis',
      detail: expect.stringContaining('Sentinel'),
    })
  })

  it('says what a node of a cluster and a Valkey are', async () => {
    const port = await serve(fakeRedis('redis_mode:cluster\r\nvalkey_version:8.1.0\r\nredis_version:7.2.4\r\n'))
    const result = await test(`redis://127.0.0.1:${port}`)
    expect(result.ok).toBe(true)
    expect(stepOf(result, 'Redis')?.detail).toMatch(/^Valkey 8\.1\.0, one node of a cluster/)
  })

  it('checks the certificate', async () => {
    const certificate = makeCertificate(['localhost'])
    const port = await serve(fakeRedis('redis_version:7.0.15\r\n'), certificate)
    const url = `rediss://localhost:${port}`
    expect(failed(await test(url))).toMatchObject({ code: 'TLS_FAILED', name: 'TLS' })
    const result = await test(url, { profile: { tls: { ...usualProfile.tls, ca: certificate.cert } } })
    expect(result.ok).toBe(true)
    expect(stepOf(result, 'TLS')).toMatchObject({ ok: true })
    expect(result.steps.map(({ name }) => name).indexOf('TLS')).toBe(3)
  })
})

describe('permissions', () => {
  const as = (user: string) => test(`redis://${user}@127.0.0.1:${redis.port}`)

  it('are fewer for a user who may only read', async () => {
    const result = await as('reader')
    expect(result).toMatchObject({ ok: true, code: 'NO_PERMISSION' })
    expect(stepOf(result, 'Look around')?.ok).toBe(true)
    expect(stepOf(result, 'Write')).toMatchObject({ ok: false, detail: expect.stringContaining('may not write') })
  })

  it('are named with what follows from them', async () => {
    const result = await as('narrow')
    expect(result).toMatchObject({ ok: true, code: 'NO_PERMISSION' })
    expect(stepOf(result, 'Redis')?.detail).toContain('unknown version')
    expect(stepOf(result, 'Look around')?.detail).toMatch(/INFO.*SCAN/)
    expect(stepOf(result, 'Write')?.ok).toBe(true)
  })

  it('may reach some keys only', async () => {
    expect(stepOf(await as('elsewhere'), 'Write')?.detail).toContain('not to every key')
  })

  it('are not guessed when the user may not ask', async () => {
    expect(stepOf(await as('modest'), 'Write')).toMatchObject({ ok: true, detail: expect.stringContaining('tried') })
  })

  it('are none to write on a replica', async () => {
    const replica = await startRedis('--replicaof', '127.0.0.1', String(redis.port))
    try {
      const result = await test(replica.url)
      expect(result).toMatchObject({ ok: true, code: 'READ_ONLY' })
      expect(stepOf(result, 'Redis')?.detail).toContain('a replica')
    } finally {
      await replica.stop()
    }
  })
})

/** A server that answers PING, INFO and CLIENT as Redis does, and refuses all else. */
function fakeRedis(info: string) {
  return (socket: Socket) =>
    socket.on('data', (chunk) => {
      for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const command = name?.toUpperCase()
        if (command === 'PING') socket.write('+PONG\r\n')
        else if (command === 'INFO') socket.write(`$${info.length}\r\n${info}\r\n`)
        else socket.write('-NOPERM no\r\n')
      }
    })
}
