import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../../test/certificate.ts'
import { startTlsRedis, type TlsRedis } from '../../../test/servers/tls-redis.ts'
import { tunnelLike } from '../../../test/servers/tunnel-like.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/profile.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import type { Target, TargetTls } from './client-options.ts'
import { type Link, openLink } from './link.ts'

/** For localhost and 127.0.0.1; asks for a certificate. */
let mutual: TlsRedis
/** For redis.example, of the same authority; asks for none. */
let named: TlsRedis
let expired: TlsRedis
const links: Link[] = []

beforeAll(async () => {
  const authority = makeAuthority()
  mutual = await startTlsRedis({ authority, mutual: true })
  named = await startTlsRedis({ authority, names: ['redis.example'] })
  expired = await startTlsRedis({ authority, endsAt: Date.now() - 60_000 })
})
afterEach(() => {
  for (const link of links.splice(0)) link.drop()
})
afterAll(() => Promise.all([mutual.stop(), named.stop(), expired.stop()]))

const ca = () => mutual.authority.cert

async function open({ port }: { port: number }, tls: TargetTls, rest: Partial<Target> = {}, host = '127.0.0.1') {
  const link = await openLink({ ...parseRedisUrl(`rediss://${host}:${port}`), tls, ...rest }, 'read', undefined, 3_000)
  links.push(link)
  return link
}

async function problemOf(...args: Parameters<typeof open>): Promise<SluiceError> {
  const error: unknown = await open(...args).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SluiceError)) throw new Error(`not a SluiceError: ${error}`)
  expect(error.message).not.toContain('PRIVATE')
  return error
}

/** Through something that is no socket, and knows nothing of the host. */
async function dial({ port }: Endpoint, _signal: AbortSignal): Promise<Duplex> {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  return tunnelLike(socket)
}

describe('TLS with a certificate of our own', () => {
  it('opens with it, and says that one is wanted without it', async () => {
    expect((await open(mutual, { ca: ca(), ...mutual.forClient })).open).toBe(true)
    expect(await problemOf(mutual, { ca: ca() })).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('client certificate'),
    })
  })

  it('is refused with one that another authority signed', async () => {
    const stranger = makeAuthority().issue([])
    expect(await problemOf(mutual, { ca: ca(), ...stranger })).toMatchObject({ code: 'TLS_FAILED' })
  })

  it('opens its key with a passphrase, and asks for it', async () => {
    const { cert, key } = mutual.authority.issue([], { passphrase: 'open sesame' })
    expect((await open(mutual, { ca: ca(), cert, key, passphrase: 'open sesame' })).open).toBe(true)
    const remedy = { kind: 'secret', secret: 'tlsKeyPassphrase' }
    expect(await problemOf(mutual, { ca: ca(), cert, key })).toMatchObject({ code: 'SECRET_MISSING', remedy })
    const wrong = await problemOf(mutual, { ca: ca(), cert, key, passphrase: 'x' })
    expect(wrong).toMatchObject({ code: 'TLS_FAILED', remedy })
  })

  it.each([
    ['authorities', { ca: 'no PEM' }, 'authorities cannot be read'],
    ['certificate', { cert: 'no PEM', key: 'x' }, 'client certificate cannot be read'],
    [
      'key',
      { key: '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----' },
      'key of the client certificate cannot',
    ],
  ])('says when the %s cannot be read', async (_what, tls, sentence) => {
    expect(await problemOf(mutual, { ca: ca(), ...mutual.forClient, ...tls })).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining(sentence),
    })
  })

  it('says when key and certificate do not belong together', async () => {
    const { key } = mutual.authority.issue([])
    const error = await problemOf(mutual, { ca: ca(), ...mutual.forClient, key })
    expect(error.message).toContain('belongs to another certificate')
  })
})

describe('the check of the server', () => {
  it('takes the host, or the name that the profile gives in its place', async () => {
    expect((await open(mutual, { ca: ca(), ...mutual.forClient }, {}, 'localhost')).open).toBe(true)
    expect((await problemOf(named, { ca: ca() })).message).toContain('another host name')
    expect((await open(named, { ca: ca(), servername: 'redis.example' })).open).toBe(true)
    expect((await problemOf(named, { ca: ca(), servername: '127.0.0.1' })).message).toContain('another host name')
  })

  it('is the same through a tunnel', async () => {
    expect((await open(named, { ca: ca() }, { dial }, 'redis.example')).open).toBe(true)
    expect((await problemOf(named, { ca: ca() }, { dial })).message).toContain('another host name')
    expect((await problemOf(named, {}, { dial }, 'redis.example')).code).toBe('TLS_FAILED')
  })

  it('trusts the authorities of the profile, and no others then', async () => {
    expect((await problemOf(named, { ca: makeAuthority('Another authority').cert })).message).toContain('authority')
  })

  it('refuses a certificate that has expired', async () => {
    expect((await problemOf(expired, { ca: ca() })).message).toContain('expired')
  })

  it.each(['name', 'date', 'authority'])('is off where the profile says so: wrong %s', async (wrong) => {
    const server = wrong === 'date' ? expired : named
    expect((await open(server, { verify: false, ...(wrong === 'authority' ? {} : { ca: ca() }) })).open).toBe(true)
  })
})

describe('a stream through a tunnel', () => {
  it.each(['redis', 'rediss'])('is lost when the tunnel breaks, with what the tunnel said: %s', async (scheme) => {
    const tunnels: Duplex[] = []
    const port = scheme === 'rediss' ? named.port : named.client.options.port
    const link = await openLink(
      {
        ...parseRedisUrl(`${scheme}://redis.example:${port}`),
        tls: { ca: ca() },
        dial: async (to, signal) => {
          const stream = await dial(to, signal)
          tunnels.push(stream)
          return stream
        },
      },
      'read',
    )
    const waiting = link.client.blpop('nothing', 5).catch((error: Error) => error.message)
    tunnels[0]?.destroy(new SluiceError('SSH_FAILED'))
    expect((await link.lost).code).toBe('SSH_FAILED')
    expect(await waiting).toContain('closed')
  })

  it('is dropped at once, whatever its tunnel does', async () => {
    const link = await openLink(
      { ...parseRedisUrl(`rediss://redis.example:${named.port}`), tls: { ca: ca() }, dial },
      'read',
    )
    link.drop(new SluiceError('COMMAND_TIMEOUT'))
    expect((await link.lost).code).toBe('COMMAND_TIMEOUT')
  })

  it('gives up on a tunnel that never opens, and tells it', async () => {
    let told: unknown
    const never: Target['dial'] = (_to, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          told = signal.reason
          reject(signal.reason)
        })
      })
    const opening = openLink({ ...parseRedisUrl('redis://127.0.0.1:1'), dial: never }, 'read', undefined, 100)
    await expect(opening).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' })
    expect(told).toBeInstanceOf(Error)
  })

  it('cannot lead to a unix socket', async () => {
    const opening = openLink({ ...parseRedisUrl('unix:///run/redis.sock'), dial }, 'read')
    await expect(opening).rejects.toMatchObject({ code: 'BAD_URL' })
  })
})
