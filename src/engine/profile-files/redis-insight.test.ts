import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TypedSecrets, usualProfile } from '../../domain/profile.ts'
import { profileFileSchema } from '../../domain/profile-file.ts'
import { openProfileStore, type ProfileStore } from '../profiles/profile-store.ts'
import { memorySecretStore, type SecretStore } from '../profiles/secret-store.ts'
import { importProfiles } from './import-profiles.ts'
import { readProfileFile } from './read-profile-file.ts'

const canary = 'canary-5d1e'
const { builtIn: _, ...usual } = usualProfile

let folder: string
let secrets: SecretStore
let store: ProfileStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-redis-insight-'))
  secrets = memorySecretStore()
  store = await openProfileStore({ folder, secrets })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const pem = (text: string) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`

async function read(text: string) {
  const file = await readProfileFile({ text, passphrase: null }, [])
  expect(profileFileSchema.parse(file)).toEqual(file)
  expect(JSON.stringify(file)).not.toContain(canary)
  return file
}
const imported = (text: string, passphrase: null, take: number[]) => importProfiles({ text, passphrase }, take, store)

describe('an export of RedisInsight', () => {
  /** As RedisInsight 3 writes it, with the fields that every database has. */
  const database = (changes: object = {}) => ({
    ...{ id: '6a5c', host: 'shop.example', port: 6379, db: null, name: 'Shop', username: null, password: null },
    ...{
      connectionType: 'STANDALONE',
      nameFromProvider: null,
      provider: 'RE_CLOUD',
      lastConnection: '2026-08-01T10:00:00.000Z',
    },
    ...{ modules: [{ name: 'ReJSON', version: 20_000 }], tls: false, tlsServername: null, verifyServerCert: null },
    ...{
      caCert: null,
      clientCert: null,
      ssh: false,
      sshOptions: null,
      compressor: 'NONE',
      forceStandalone: null,
      tags: [],
    },
    ...{ providerDetails: null, environment: 'unspecified', connectionFamily: 'auto', sentinelMaster: null },
    ...changes,
  })
  const caPem = '-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n'
  const keyPem = pem(canary)

  async function only(item: object): Promise<{ profile: object; notes: string[]; typed: TypedSecrets }> {
    const text = JSON.stringify([item])
    const [found] = (await read(text)).profiles
    if (found === undefined) throw new Error(`left out: ${(await read(text)).problems}`)
    const [taken] = await imported(text, null, [0])
    const typed: TypedSecrets = {}
    for (const name of found.secrets) typed[name] = (await secrets.get(taken?.id ?? '', name)) ?? ''
    return { profile: found.profile, notes: found.notes, typed }
  }

  it('has single servers, with their users and databases', async () => {
    expect(await only(database({ username: 'ops', password: `${canary}@:/`, db: 3 }))).toEqual({
      profile: {
        ...usual,
        name: 'Shop',
        url: 'redis://ops@shop.example:6379/3',
        environment: 'staging',
        colour: 'amber',
        secrets: undefined,
      },
      notes: [expect.stringMatching(/stand in the file/)],
      typed: { password: `${canary}@:/` },
    })
  })

  it('has clusters, and what nobody connected to yet', async () => {
    expect((await only(database({ connectionType: 'CLUSTER', db: 2 }))).profile).toMatchObject({
      url: 'redis://shop.example:6379',
      topology: { kind: 'cluster', others: [] },
    })
    const unknown = await only(database({ connectionType: 'NOT CONNECTED' }))
    expect(unknown).toMatchObject({
      profile: { topology: { kind: 'standalone' } },
      notes: [expect.stringMatching(/cluster/)],
    })
    const forced = await only(database({ connectionType: 'CLUSTER', forceStandalone: true }))
    expect(forced.profile).toMatchObject({ topology: { kind: 'standalone' } })
  })

  it('has Sentinel groups, where the first user is the one of the Sentinels', async () => {
    const group = { name: 'mymaster', username: 'ops', password: `${canary}-redis` }
    const item = database({
      ...{ connectionType: 'SENTINEL', port: 26379, username: 'watch', password: `${canary}-sentinel`, tls: true },
      ...{ sentinelMaster: group, verifyServerCert: true },
    })
    expect(await only(item)).toMatchObject({
      profile: {
        url: 'rediss://ops@shop.example:26379',
        topology: { kind: 'sentinel', master: 'mymaster', others: [], username: 'watch', tls: true },
      },
      typed: { password: `${canary}-redis`, sentinelPassword: `${canary}-sentinel` },
    })
  })

  it('has TLS with certificates, which are checked here in any case', async () => {
    const item = database({
      ...{ tls: true, tlsServername: 'shop.internal', verifyServerCert: false },
      caCert: { id: '1', name: 'ours', certificate: caPem },
      clientCert: { id: '2', name: 'mine', certificate: caPem, key: keyPem },
    })
    expect(await only(item)).toMatchObject({
      profile: {
        url: 'rediss://shop.example:6379',
        tls: { ca: caPem, certificate: caPem, serverName: 'shop.internal', verify: true },
      },
      notes: [
        'RedisInsight takes any certificate there; Sluice checks it.',
        expect.stringMatching(/stand in the file/),
      ],
      typed: { tlsKey: keyPem },
    })
  })

  it('has SSH by password and by key', async () => {
    const options = {
      id: '3',
      host: 'bastion',
      port: 2222,
      username: 'ops',
      password: canary,
      privateKey: null,
      passphrase: null,
    }
    expect(await only(database({ ssh: true, sshOptions: options }))).toMatchObject({
      profile: { ssh: { host: 'bastion', port: 2222, username: 'ops', login: 'password', keyFile: '', jump: null } },
      typed: { ssh: canary },
    })
    const keyed = { ...options, password: null, privateKey: keyPem, passphrase: `${canary}-opens` }
    expect(await only(database({ ssh: true, sshOptions: keyed }))).toMatchObject({
      profile: { ssh: { login: 'key' } },
      typed: { sshKey: keyPem, ssh: `${canary}-opens` },
    })
    expect((await only(database({ ssh: false, sshOptions: options }))).profile).toMatchObject({ ssh: null })
  })

  it('names files by their paths in the form of older programs: none is read', async () => {
    const older = {
      ...{ name: 'Old', host: 'localhost', port: '6380', auth: canary, ssl: true },
      ...{
        ssl_ca_cert_path: '/etc/hostname',
        ssl_local_cert_path: '/etc/hostname',
        ssl_private_key_path: '/etc/passwd',
      },
      ...{
        ssh_host: 'bastion',
        ssh_port: 22,
        ssh_user: 'ops',
        ssh_private_key_path: '/home/me/.ssh/id',
        ssh_password: '',
      },
    }
    const { profile, notes, typed } = await only(older)
    expect(profile).toMatchObject({
      ...{ url: 'rediss://localhost:6380', environment: 'local', tls: { ca: '', certificate: '' } },
      ssh: { login: 'keyFile', keyFile: '/home/me/.ssh/id' },
    })
    expect(typed).toEqual({ password: canary })
    expect(notes.filter((note) => note.includes('was not read')).map((note) => /\((.*)\)/.exec(note)?.[1])).toEqual([
      '/etc/hostname',
      '/etc/hostname',
      '/etc/passwd',
    ])
    expect(notes).toContain('To log in at bastion it reads the key file /home/me/.ssh/id of this computer.')
  })

  it('comes in base64 too, with a cluster or a group in other words', async () => {
    const other = [
      { connectionName: 'C', host: 'c', port: 7000, cluster: true, auth: canary },
      { connectionName: 'S', host: 's', port: 26379, sentinelOptions: { masterName: 'm', nodePassword: canary } },
    ]
    const { from, profiles } = await read(Buffer.from(JSON.stringify(other)).toString('base64'))
    expect(from).toBe('RedisInsight')
    expect(profiles.map(({ profile, secrets: has }) => [profile.name, profile.topology.kind, has])).toEqual([
      ['C', 'cluster', ['password']],
      ['S', 'sentinel', ['password']],
    ])
  })

  it.each([
    ['production', 'Shop', 'shop.example', 'production'],
    ['unspecified', 'Shop PROD 1', 'shop.example', 'production'],
    ['development', 'prod copy', 'shop.example', 'staging'],
    ['unspecified', 'Shop', '127.0.0.1', 'local'],
    ['unspecified', 'Shop', 'shop.example', 'staging'],
  ])('says %s of %s at %s: it is %s', async (environment, name, host, expected) => {
    expect((await only(database({ environment, name, host }))).profile).toMatchObject({ environment: expected })
  })

  it('has what cannot be used left out, each with its reason', async () => {
    const items = [
      database({ port: 0 }),
      database({ port: '6379; rm' }),
      database({ host: 'a b' }),
      database({ host: `x:${canary}@y` }),
      database({ connectionType: 'SENTINEL' }),
      database({ ssh: true, sshOptions: { host: 'b', port: 22 } }),
      database({ username: 'a\u202eb' }),
      database({ password: 'x'.repeat(200_000) }),
      { name: 'no host' },
      null,
      database({ name: '\u202e', password: { toString: 'x' }, db: -4, extra: 1 }),
    ]
    const { profiles, problems } = await read(JSON.stringify(items))
    expect(problems).toHaveLength(10)
    expect(profiles).toMatchObject([
      {
        profile: { name: 'shop.example:6379', url: 'redis://shop.example:6379' },
        secrets: [],
        notes: [expect.stringMatching(/made to fit/), expect.stringMatching(/extra/)],
      },
    ])
  })
})
