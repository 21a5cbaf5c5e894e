import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../../test/certificate.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { startCluster, type TestCluster } from '../../../test/servers/cluster.ts'
import { type FakeSentinel, startFakeSentinel } from '../../../test/servers/fake-sentinel.ts'
import { startSshServer, type TestSshServer } from '../../../test/servers/ssh-server.ts'
import { startTlsRedis } from '../../../test/servers/tls-redis.ts'
import { startTcpServer, type TcpServer } from '../../../test/tcp-server.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type HostKey, type Profile, type SecretName, type Ssh, usualProfile } from '../../domain/profile.ts'
import { createSshTunnels, type SshTunnels } from '../ssh/ssh-tunnels.ts'
import { type TestResult, testConnection } from './test-connection.ts'

const host = '127.0.0.1'
const dayMs = 86_400_000
let redis: TestRedis
const stops: (() => unknown)[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
afterAll(() => redis.stop())

function kept<T extends { stop?(): Promise<unknown>; close?(): Promise<unknown> }>(server: T): T {
  stops.push(async () => (server.stop ?? server.close)?.call(server))
  return server
}

/** No host key is vouched for but those given. */
function tunnels(...trusted: string[]): SshTunnels {
  const ssh = createSshTunnels({
    hostKeys: {
      async check({ host, port }, key) {
        if (trusted.includes(key.toString('base64'))) return
        const shown: HostKey = { host, port, type: 'ssh-ed25519', fingerprint: 'SHA256:shown' }
        throw new SluiceError('HOST_KEY_UNKNOWN', undefined, { kind: 'hostKey', key: shown, before: null })
      },
      types: async () => [],
      trust: async () => {},
      forget: async () => {},
      list: () => [],
      notice: null,
    },
  })
  stops.push(() => ssh.closeAll())
  return ssh
}

type Secrets = Partial<Record<SecretName, string>>

async function test(url: string, profile: Partial<Profile> = {}, secrets: Secrets = {}, ssh = tunnels()) {
  const result = await testConnection({
    profile: { ...usualProfile, url, ...profile },
    secret: async (name) => secrets[name] ?? null,
    ssh,
    timeoutMs: 2_000,
  })
  expect(JSON.stringify(result)).not.toContain('canary')
  expect(new Set(result.steps.map(({ name }) => name)).size).toBe(result.steps.length)
  return result
}

const stepOf = (result: TestResult, name: string) => result.steps.find((step) => step.name === name)
const namesOf = (result: TestResult) => result.steps.map(({ name, ok }) => (ok ? name : `${name}!`))
const tls = (settings: Partial<Profile['tls']>) => ({ tls: { ...usualProfile.tls, ...settings } })

describe('a test over TLS', () => {
  const authority = makeAuthority('Shop authority')

  it('says what was agreed on, for whom the certificate is and until when', async () => {
    const server = kept(await startTlsRedis({ authority }))
    const result = await test(server.url, tls({ ca: authority.cert }))
    expect(namesOf(result)).toEqual(['Address', 'Host', 'Connect', 'TLS', 'Log in', 'Redis', 'Look around', 'Write'])
    const until = new Date(Date.now() + 20 * dayMs).toISOString().slice(0, 10)
    expect(stepOf(result, 'TLS')?.detail).toMatch(/^TLSv1\.[23], TLS_\w+\. The certificate is for localhost, 127/)
    expect(stepOf(result, 'TLS')?.detail).toContain(until)
  })

  it('warns of a certificate that ends soon', async () => {
    const server = kept(await startTlsRedis({ authority, endsAt: Date.now() + 3.5 * dayMs }))
    const result = await test(server.url, tls({ ca: authority.cert }))
    expect(result).toMatchObject({ ok: true, code: null })
    expect(stepOf(result, 'Certificate')).toMatchObject({ ok: false, detail: expect.stringContaining('in 3 days') })
  })

  it('says what to do about a name and an authority that do not fit', async () => {
    const server = kept(await startTlsRedis({ authority, names: ['redis.example', 'cache.example'] }))
    const named = await test(server.url, tls({ ca: authority.cert }))
    expect(namesOf(named)).toEqual(['Address', 'Host', 'Connect', 'TLS!'])
    expect(named.steps.at(-1)?.detail).toMatch(/It is for redis\.example, cache\.example: .* server name/)
    const unknown = await test(server.url, tls({ serverName: 'redis.example' }))
    expect(unknown).toMatchObject({ ok: false, code: 'TLS_FAILED' })
    expect(unknown.steps.at(-1)?.detail).toContain('signed by Shop authority')
    expect((await test(server.url, tls({ ca: authority.cert, serverName: 'cache.example' }))).ok).toBe(true)
  })

  it('says when a certificate expired', async () => {
    const server = kept(await startTlsRedis({ authority, endsAt: Date.now() - dayMs }))
    const result = await test(server.url, tls({ ca: authority.cert }))
    const day = new Date(Date.now() - dayMs).toISOString().slice(0, 10)
    expect(result.steps.at(-1)).toMatchObject({ name: 'TLS', detail: expect.stringContaining(`until ${day}`) })
  })

  it('warns when nobody checks the certificate', async () => {
    const server = kept(await startTlsRedis({ authority, names: ['redis.example'] }))
    const result = await test(server.url, tls({ verify: false }))
    expect(result).toMatchObject({ ok: true, code: null })
    expect(stepOf(result, 'Certificate')).toMatchObject({ ok: false, detail: expect.stringContaining('Nobody checks') })
  })

  it('says at the TLS step that a client certificate is wanted, and which secret is missing', async () => {
    const server = kept(await startTlsRedis({ authority, mutual: true }))
    const without = await test(server.url, tls({ ca: authority.cert }))
    expect(namesOf(without)).toEqual(['Address', 'Host', 'Connect', 'TLS!'])
    expect(without.steps.at(-1)?.detail).toContain('client certificate')
    const { cert, key } = server.forClient
    const own = tls({ ca: authority.cert, certificate: cert })
    expect(await test(server.url, own)).toMatchObject({
      ok: false,
      code: 'SECRET_MISSING',
      remedy: { kind: 'secret', secret: 'tlsKey' },
      steps: [{ name: 'Address' }, { name: 'TLS', ok: false }],
    })
    expect((await test(server.url, own, { tlsKey: key })).ok).toBe(true)
  })
})

describe('a test through Sentinels', () => {
  const topology = (others: { port: number }[] = []): Profile['topology'] => ({
    kind: 'sentinel',
    master: 'mymaster',
    others: others.map(({ port }) => ({ host, port })),
    username: null,
    tls: false,
  })
  const sentinel = async (options: Partial<Parameters<typeof startFakeSentinel>[0]> = {}): Promise<FakeSentinel> =>
    kept(await startFakeSentinel({ master: { host, port: redis.port }, ...options }))

  it('says who the master is, and how many watch it', async () => {
    const fake = await sentinel({ others: [{ host, port: 1 }] })
    const result = await test(`redis://${host}:${fake.port}`, { topology: topology() })
    expect(namesOf(result)).toEqual([
      'Address',
      'Sentinel',
      'Host',
      'Connect',
      'Log in',
      'Redis',
      'Look around',
      'Write',
    ])
    const detail = `${host}:${fake.port} names ${host}:${redis.port} as the master of mymaster; it knows 2 Sentinels and 0 replicas.`
    expect(stepOf(result, 'Sentinel')?.detail).toBe(detail)
  })

  it('stops at Sentinels that refuse us, or know no such group', async () => {
    const fake = await sentinel({ password: 'canary' })
    expect(await test(`redis://${host}:${fake.port}`, { topology: topology() })).toMatchObject({
      code: 'AUTH_FAILED',
      remedy: { kind: 'secret', secret: 'sentinelPassword' },
      steps: [{ name: 'Address' }, { name: 'Sentinel', ok: false }],
    })
    const other = await sentinel({ group: 'shop' })
    const result = await test(`redis://${host}:${other.port}`, { topology: topology() })
    expect(result).toMatchObject({ code: 'NO_MASTER', steps: [{}, { detail: expect.stringContaining('shop') }] })
  })

  it('lays it at the right door when the master does not answer or refuses us', async () => {
    const gone = await sentinel({ master: { host, port: await freePort() } })
    const unreachable = await test(`redis://${host}:${gone.port}`, { topology: topology() })
    expect(namesOf(unreachable)).toEqual(['Address', 'Sentinel', 'Host', 'Connect!'])
    expect(unreachable.steps.at(-1)?.detail).toContain('container or behind NAT')
    const guarded = kept(await startRedis('--requirepass', 'canary'))
    const fake = await sentinel({ master: { host, port: guarded.port } })
    const refused = await test(`redis://${host}:${fake.port}`, { topology: topology() }, { password: 'wrong' })
    expect(namesOf(refused)).toEqual(['Address', 'Sentinel', 'Host', 'Connect', 'Log in!'])
    expect(refused.remedy).toEqual({ kind: 'secret', secret: 'password' })
  })

  it('does not take a replica for the master', async () => {
    const replica = kept(await startRedis('--replicaof', host, String(redis.port)))
    const fake = await sentinel({ master: { host, port: replica.port } })
    const result = await test(`redis://${host}:${fake.port}`, { topology: topology() })
    expect(result).toMatchObject({ ok: false, code: 'NO_MASTER' })
    expect(result.steps.at(-1)).toMatchObject({ name: 'Redis', detail: expect.stringContaining('a replica') })
  })
})

describe('a test of a cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster.stop())

  it('counts masters and slots, and asks each master', async () => {
    const result = await test(cluster.profile.url, { topology: cluster.profile.topology })
    expect(namesOf(result)).toEqual([
      'Address',
      'Host',
      'Connect',
      'Log in',
      'Redis',
      'Cluster',
      'Look around',
      'Write',
    ])
    // A replica of a master without data counts only once it got the first of it.
    const detail = /^3 masters and [01] replicas? have all slots, and each master answers\.$/
    expect(stepOf(result, 'Cluster')?.detail).toMatch(detail)
  })

  it('takes another node when the first is gone', async () => {
    const topology: Profile['topology'] = { kind: 'cluster', others: [{ host, port: cluster.masters[1].port }] }
    const result = await test(`redis://${host}:${await freePort()}`, { topology })
    expect(result.ok).toBe(true)
  })

  it('says when it is none, and that a single node is one of a cluster', async () => {
    const none = await test(redis.url, { topology: { kind: 'cluster', others: [] } })
    expect(none).toMatchObject({ ok: false, code: 'UNSUPPORTED' })
    expect(stepOf(none, 'Cluster')?.detail).toContain('no node of a cluster')
    const single = await test(cluster.profile.url)
    expect(stepOf(single, 'Redis')?.detail).toContain('choose Cluster')
  })

  it('says when slots have no master', async () => {
    const slots = '*1\r\n*3\r\n:0\r\n:99\r\n*2\r\n$9\r\n127.0.0.1\r\n:7000\r\n'
    const server = kept(await startTcpServer(fakeRedis({ CLUSTER: slots })))
    const result = await test(`redis://${host}:${server.port}`, { topology: { kind: 'cluster', others: [] } })
    expect(result.code).toBe('REDIS_UNAVAILABLE')
    expect(stepOf(result, 'Cluster')?.detail).toContain('16284 of 16384 slots')
  })
})

describe('a test through SSH', () => {
  let server: TestSshServer
  beforeAll(async () => {
    server = await startSshServer({
      login: (attempt) =>
        attempt.method === 'password' && attempt.password === 'canary'
          ? attempt.accept()
          : attempt.reject(['password']),
    })
  })
  afterAll(() => server.close())
  const ssh = (): Ssh => ({ ...server.host, jump: null })
  const trusting = () => tunnels(server.hostKey.toString('base64'))

  it('goes through it, and says so', async () => {
    const result = await test(`redis://localhost:${redis.port}`, { ssh: ssh() }, { ssh: 'canary' }, trusting())
    expect(namesOf(result)).toEqual(['Address', 'SSH', 'Host', 'Connect', 'Log in', 'Redis', 'Look around', 'Write'])
    expect(stepOf(result, 'SSH')?.detail).toContain(`as ${server.host.username}`)
    expect(stepOf(result, 'Host')?.detail).toContain(`${host} looks up the name localhost`)
  })

  it('lays at its door what is its own, and nothing else', async () => {
    const url = `redis://localhost:${redis.port}`
    const unknown = await test(url, { ssh: ssh() }, { ssh: 'canary' })
    expect(namesOf(unknown)).toEqual(['Address', 'SSH!'])
    expect(unknown).toMatchObject({ code: 'HOST_KEY_UNKNOWN', remedy: { kind: 'hostKey' } })
    const refused = await test(url, { ssh: ssh() }, { ssh: 'wrong' }, trusting())
    expect(refused).toMatchObject({ code: 'SSH_AUTH_FAILED', steps: [{}, { name: 'SSH', ok: false }] })
    const gone = await test(`redis://${host}:${await freePort()}`, { ssh: ssh() }, { ssh: 'canary' }, trusting())
    expect(namesOf(gone)).toEqual(['Address', 'SSH', 'Host', 'Connect!'])
    expect(gone.code).toBe('CONNECTION_REFUSED')
    expect(await test('unix:///run/redis.sock', { ssh: ssh() })).toMatchObject({ code: 'BAD_URL' })
  })

  it('ends its session with it', async () => {
    const before = server.sessions
    await test(redis.url, { ssh: ssh() }, { ssh: 'canary' }, trusting())
    await expect.poll(() => server.sessions).toBe(before)
  })
})

describe('a test of an old server', () => {
  it.each([
    ['6.0.16', false],
    ['6.2.0', true],
    ['10.0.1', true],
  ])('says of Redis %s whether it is too old', async (version, fine) => {
    const info = `redis_version:${version}\r\n`
    const server: TcpServer = kept(await startTcpServer(fakeRedis({ INFO: `$${info.length}\r\n${info}\r\n` })))
    const result = await test(`redis://${host}:${server.port}`)
    expect(result.ok).toBe(true)
    expect(stepOf(result, 'Version') === undefined).toBe(fine)
  })
})

/** A server that answers PING, and what is given; it refuses all else. */
function fakeRedis(answers: Readonly<Record<string, string>>) {
  return (socket: Socket) =>
    socket.on('data', (chunk) => {
      for (const [, name = ''] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        socket.write({ PING: '+PONG\r\n', ...answers }[name.toUpperCase()] ?? '-NOPERM no\r\n')
      }
    })
}
