import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTlsRedis, type TlsRedis } from '../../../../test/servers/tls-redis.ts'
import { SluiceError } from '../../../domain/errors.ts'
import { type Profile, type SecretName, usualProfile } from '../../../domain/profile.ts'
import type { DialOptions } from '../../ssh/ssh-tunnels.ts'
import { openLink } from '../link.ts'
import { reachOf } from './reach.ts'

let mutual: TlsRedis
beforeAll(async () => {
  mutual = await startTlsRedis({ mutual: true, names: ['redis.example'] }, '--requirepass', 'canary')
})
afterAll(() => mutual.stop())

function reach(changes: Partial<Profile>, secrets: Partial<Record<SecretName, string>> = {}) {
  const dialled: DialOptions[] = []
  const profile = { ...usualProfile, id: 'shop', url: 'redis://cache.example:6379', ...changes }
  const made = reachOf({
    profile,
    secret: async (name) => secrets[name] ?? null,
    ssh: {
      async dial(options) {
        dialled.push(options)
        throw new SluiceError('SSH_FAILED')
      },
    },
  })
  return { ...made, dialled }
}

describe('the way to one server', () => {
  it('is that of the URL, with its user, database and password', async () => {
    const { target } = reach({ url: 'redis://ops@cache.example:7000/3' }, { password: 'canary' })
    expect(await target()).toMatchObject({
      address: { transport: 'tcp', host: 'cache.example', port: 7000, username: 'ops', db: 3 },
      password: 'canary',
    })
    const typed = await reach({ url: 'redis://:typed@h' }, { password: 'canary' }).target()
    expect(typed.password).toBe('typed')
  })

  it('is a socket file', async () => {
    const { target, targetOf } = reach({ url: 'unix:///run/redis.sock' })
    expect(await target()).toMatchObject({ address: { transport: 'unix', path: '/run/redis.sock' } })
    expect(await targetOf({ host: 'h', port: 1 })).toMatchObject({ address: { path: '/run/redis.sock' } })
  })

  it('opens over TLS with all that the profile says of it', async () => {
    const { cert, key } = mutual.authority.issue([], { passphrase: 'canary' })
    const tls = { ca: mutual.authority.cert, certificate: cert, serverName: 'redis.example', verify: true }
    const secrets = { password: 'canary', tlsKey: key, tlsKeyPassphrase: 'canary' }
    const link = await openLink(await reach({ url: mutual.url, tls }, secrets).target(), 'read')
    expect(link.open).toBe(true)
    link.drop()
    await expect(reach({ url: mutual.url, tls }).target()).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      remedy: { kind: 'secret', secret: 'tlsKey' },
    })
  })

  it('goes through the SSH server of the profile, to the host as that server sees it', async () => {
    const ssh = { host: 'bastion', port: 22, username: 'u', login: 'agent' as const, keyFile: '', jump: null }
    const made = reach({ ssh }, { ssh: 'canary' })
    await expect(openLink(await made.target(), 'read')).rejects.toMatchObject({ code: 'SSH_FAILED' })
    expect(made.dialled).toMatchObject([{ profileId: 'shop', ssh, to: { host: 'cache.example', port: 6379 } }])
    expect(await made.dialled[0]?.secret('ssh')).toBe('canary')
  })

  it('refuses what cannot be', () => {
    const ssh = { host: 'bastion', port: 22, username: 'u', login: 'agent' as const, keyFile: '', jump: null }
    expect(() => reach({ url: 'unix:///run/redis.sock', ssh })).toThrow('unix socket')
    expect(() => reach({ url: 'http://h' })).toThrow('begins with')
  })
})
