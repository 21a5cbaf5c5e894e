import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../../test/certificate.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { startTcpServer, type TcpServer } from '../../../test/tcp-server.ts'
import { type ErrorCode, SluiceError } from '../../domain/errors.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import { type Link, openLink } from './link.ts'

const secret = 'canary-7f31'
const folder = mkdtempSync(join(tmpdir(), 'sluice-link-'))
const socketPath = join(folder, 'redis.sock')
let redis: TestRedis
const servers: TcpServer[] = []
const links: Link[] = []

beforeAll(async () => {
  redis = await startRedis('--unixsocket', socketPath)
  const { client } = redis
  await client.acl('SETUSER', 'ops', 'on', `>${secret}`, '~*', '&*', '+@all')
  await client.acl('SETUSER', 'mute', 'on', `>${secret}`, '~*', '+get')
  await client.acl('SETUSER', 'open', 'on', 'nopass', '~*', '+@all')
})
afterEach(async () => {
  for (const link of links.splice(0)) link.drop()
  for (const server of servers.splice(0)) await server.close()
})
afterAll(async () => {
  await redis.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function serve(...args: Parameters<typeof startTcpServer>): Promise<TcpServer> {
  const server = await startTcpServer(...args)
  servers.push(server)
  return server
}

async function open(url: string, { ca, timeoutMs }: { ca?: string; timeoutMs?: number } = {}): Promise<Link> {
  const { address, password } = parseRedisUrl(url)
  const link = await openLink({ address, password, ...(ca ? { tls: { ca } } : {}) }, 'read', undefined, timeoutMs)
  links.push(link)
  return link
}

/** Expects the attempt to fail with a code, and the password in no part of the error nor on the console. */
async function expectFailure(url: string, code: ErrorCode, options?: Parameters<typeof open>[1]): Promise<string> {
  const written: unknown[] = []
  const spies = (['log', 'warn', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...args) => void written.push(...args)),
  )
  const error: unknown = await open(url, options).catch((thrown: unknown) => thrown)
  for (const spy of spies) spy.mockRestore()
  expect(error).toBeInstanceOf(SluiceError)
  if (!(error instanceof SluiceError)) throw error
  expect(error.code, error.message).toBe(code)
  const told = [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: null, showHidden: true })]
  expect([...told, inspect(written)].join('\n')).not.toContain(secret)
  return error.message
}

describe('openLink', () => {
  it.each(['redis://', 'redis://open@', `redis://ops:${secret}@`])('opens %s… under its name', async (prefix) => {
    const link = await open(`${prefix}127.0.0.1:${redis.port}`)
    expect(link.open).toBe(true)
    expect(await redis.client.client('LIST')).toContain('name=sluice:read')
  })

  it('opens for a user who may neither PING nor name the connection', async () => {
    const link = await open(`redis://mute:${secret}@127.0.0.1:${redis.port}`)
    expect(await link.client.get('nothing')).toBeNull()
  })

  it('selects the database', async () => {
    await redis.client.select(5)
    await redis.client.set('here', 'five')
    await redis.client.select(0)
    const link = await open(`redis://127.0.0.1:${redis.port}/5`)
    expect(await link.client.get('here')).toBe('five')
  })

  it('refuses a database that does not exist, rather than reading database 0', async () => {
    await expectFailure(`redis://127.0.0.1:${redis.port}/99`, 'BAD_URL')
  })

  it('opens a unix socket, and says when there is none', async () => {
    expect((await open(`unix://${socketPath}`)).open).toBe(true)
    expect(await expectFailure(`unix://${socketPath}.gone`, 'CONNECTION_REFUSED')).toContain('socket')
  })

  it('is refused where nobody listens', async () => {
    await expectFailure(`redis://:${secret}@127.0.0.1:${await freePort()}`, 'CONNECTION_REFUSED')
  })

  it('does not find a host that does not exist', async () => {
    await expectFailure(`redis://:${secret}@nowhere.invalid`, 'HOST_NOT_FOUND')
  })

  it.each([`ops:${secret}-wrong`, `nobody:${secret}`])('is not let in as %s', async (user) => {
    await expectFailure(`redis://${user}@127.0.0.1:${redis.port}`, 'AUTH_FAILED')
  })

  it('is told when a password is needed and none was given, or the wrong one', async () => {
    const guarded = await startRedis('--requirepass', secret)
    try {
      expect(await expectFailure(guarded.url, 'AUTH_FAILED')).toContain('asks for a password')
      await expectFailure(`redis://:${secret}-wrong@127.0.0.1:${guarded.port}`, 'AUTH_FAILED')
      expect((await open(`redis://:${secret}@127.0.0.1:${guarded.port}`)).open).toBe(true)
    } finally {
      await guarded.stop()
    }
  })

  it('goes on when the server needs no password but one was given', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect((await open(`redis://:${secret}@127.0.0.1:${redis.port}`)).open).toBe(true)
    expect(inspect(warn.mock.calls)).not.toContain(secret)
    warn.mockRestore()
  })

  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'NOT_REDIS'],
    ['a mail server', '220 mail.example ESMTP\r\n', 'NOT_REDIS'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', 'NOT_REDIS'],
    ['something that answers OK to all', '+OK\r\n', 'NOT_REDIS'],
    ['a Redis that loads', '-LOADING Redis is loading\r\n', 'REDIS_LOADING'],
    ['one that quotes the password', `-ERR what is ${secret}?\r\n`, 'INTERNAL'],
    [
      "one that quotes the password's command",
      `-ERR unknown command 'AUTH', with args: '${secret}'\r\n`,
      'NO_PERMISSION',
    ],
  ] as const)('knows %s', async (_name, greeting, code) => {
    const server = await serve((socket) => {
      socket.on('data', (chunk) => {
        for (const _ of chunk.toString().matchAll(/\*\d+\r\n/g)) socket.write(greeting)
      })
    })
    await expectFailure(`redis://:${secret}@127.0.0.1:${server.port}`, code)
  })

  it('gives up on a server that accepts and stays silent', async () => {
    const server = await serve(() => {})
    await expectFailure(`redis://127.0.0.1:${server.port}`, 'CONNECT_TIMEOUT', { timeoutMs: 100 })
    await expectFailure(`redis://:${secret}@127.0.0.1:${server.port}`, 'CONNECT_TIMEOUT', { timeoutMs: 100 })
    await expectFailure(`rediss://:${secret}@127.0.0.1:${server.port}`, 'TLS_FAILED', { timeoutMs: 100 })
  })

  it('says what may be the reason when the server closes at once', async () => {
    const server = await serve((socket) => socket.destroy())
    expect(await expectFailure(`redis://:${secret}@127.0.0.1:${server.port}`, 'CONNECTION_LOST')).toContain('TLS')
  })
})

describe('openLink over TLS', () => {
  const certificate = makeCertificate(['localhost', '127.0.0.1'])
  const plainRedis = (socket: import('node:net').Socket) =>
    socket.on('data', (chunk) => {
      for (const _ of chunk.toString().matchAll(/\*\d+\r\n\$4\r\n(AUTH|auth)/g)) socket.write('+OK\r\n')
      for (const _ of chunk.toString().matchAll(/\r\nclient\r\n/gi)) socket.write('+OK\r\n')
      for (const _ of chunk.toString().matchAll(/\r\nPING\r\n/g)) socket.write('+PONG\r\n')
    })

  it('opens when it trusts the certificate, by name and by address', async () => {
    const server = await serve(plainRedis, certificate)
    for (const host of ['localhost', '127.0.0.1']) {
      const link = await open(`rediss://:${secret}@${host}:${server.port}`, { ca: certificate.cert })
      expect(link.open).toBe(true)
    }
  })

  it('refuses a certificate nobody vouches for', async () => {
    const server = await serve(plainRedis, certificate)
    expect(await expectFailure(`rediss://:${secret}@127.0.0.1:${server.port}`, 'TLS_FAILED')).toContain('signs itself')
  })

  it('refuses a certificate for another host', async () => {
    const other = makeCertificate(['other.example'])
    const server = await serve(plainRedis, other)
    const url = `rediss://:${secret}@localhost:${server.port}`
    expect(await expectFailure(url, 'TLS_FAILED', { ca: other.cert })).toContain('another host')
  })

  it('refuses a certificate that has expired', async () => {
    const old = makeCertificate(['localhost'], Date.now() - 60_000)
    const server = await serve(plainRedis, old)
    const url = `rediss://:${secret}@localhost:${server.port}`
    expect(await expectFailure(url, 'TLS_FAILED', { ca: old.cert })).toContain('expired')
  })

  it('says when the server does not speak TLS', async () => {
    const url = `rediss://127.0.0.1:${redis.port}`
    expect(await expectFailure(url, 'TLS_FAILED', { timeoutMs: 500 })).toContain('redis://')
  })

  it('hints at TLS when the server wants it', async () => {
    const server = await serve(plainRedis, certificate)
    expect(await expectFailure(`redis://127.0.0.1:${server.port}`, 'CONNECTION_LOST')).toContain('rediss://')
  })
})

describe('a link', () => {
  it('tells why it was lost, and never comes back by itself', async () => {
    const link = await open(redis.url)
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    expect((await link.lost).code).toBe('CONNECTION_LOST')
    expect(link.open).toBe(false)
    expect(link.client.status).toBe('end')
  })

  it('rejects what is in flight when it is dropped', async () => {
    const link = await open(redis.url)
    const waiting = link.client.blpop('nothing', 5).catch((error: Error) => error.message)
    link.drop(new SluiceError('COMMAND_TIMEOUT'))
    expect(link.open).toBe(false)
    expect(await waiting).toBe('Connection is closed.')
    expect((await link.lost).code).toBe('COMMAND_TIMEOUT')
  })
})
