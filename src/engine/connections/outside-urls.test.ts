import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { testProfile } from '../../../test/connection.ts'
import { startSshServer, type TestSshServer } from '../../../test/servers/ssh-server.ts'
import { startTlsRedis, type TlsRedis } from '../../../test/servers/tls-redis.ts'
import type { Profile, SecretName } from '../../domain/profile.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import { openLink } from '../redis/link.ts'
import { reachOf } from '../redis/reach/reach.ts'
import { fingerprintOf, openHostKeys } from '../ssh/host-keys.ts'
import { createSshTunnels, type SshTunnels } from '../ssh/ssh-tunnels.ts'
import { createOutsideUrls, type OutsideUrls } from './outside-urls.ts'

let redis: TlsRedis
let gate: TestSshServer
let folder: string
let tunnels: SshTunnels
let outside: OutsideUrls

beforeAll(async () => {
  redis = await startTlsRedis({ mutual: true, names: ['redis.internal'] })
  gate = await startSshServer()
})
afterAll(async () => {
  await gate.close()
  await redis.stop()
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
  const hostKeys = await openHostKeys({ folder, knownHosts: join(folder, 'known_hosts') })
  const { host, port } = gate.host
  await hostKeys.trust({ host, port, type: 'ssh-ed25519', fingerprint: fingerprintOf(gate.hostKey) })
  tunnels = createSshTunnels({ hostKeys })
  const secrets: Partial<Record<SecretName, string>> = { ssh: 'any', tlsKey: redis.forClient.key }
  const secret = async (name: SecretName) => secrets[name] ?? null
  outside = createOutsideUrls({ reachTo: (profile) => reachOf({ profile, secret, ssh: tunnels }) })
})
afterEach(() => {
  outside.forget('test')
  tunnels.closeAll()
  rmSync(folder, { recursive: true, force: true })
})

/** A Redis behind SSH, with TLS that asks for a certificate and is for a name of its own. */
function behind(changes: Partial<Profile> = {}): Profile {
  const tls = {
    ca: redis.authority.cert,
    certificate: redis.forClient.cert,
    serverName: 'redis.internal',
    verify: true,
  }
  return testProfile(redis, { ssh: { ...gate.host, jump: null }, tls, ...changes })
}

test('a program that knows neither SSH nor the certificates gets through with the URL alone', async () => {
  const url = await outside.urlOf(behind())
  expect(url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/)
  const link = await openLink(parseRedisUrl(url), 'read')
  expect(await link.client.dbsize()).toBe(0)
  const gone = link.lost
  outside.forget('test')
  await gone
})

test('is cut off when the server is not the one that the profile means', async () => {
  const tls = {
    ca: redis.authority.cert,
    certificate: redis.forClient.cert,
    serverName: 'other.internal',
    verify: true,
  }
  const url = await outside.urlOf(behind({ tls }))
  await expect(openLink(parseRedisUrl(url), 'read')).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
})

test('gives the URL of the profile itself where no SSH is needed', async () => {
  expect(await outside.urlOf(behind({ ssh: null }))).toBe(redis.url)
})

test('says that a cluster behind SSH cannot be reached so', async () => {
  const cluster = behind({ topology: { kind: 'cluster', others: [] } })
  await expect(outside.urlOf(cluster)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
})
