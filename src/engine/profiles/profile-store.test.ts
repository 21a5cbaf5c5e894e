import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ProfileDraft, type Ssh, type Topology, usualProfile } from '../../domain/profile.ts'
import { createSecrets } from './create-secrets.ts'
import { localProfileId } from './local-profile.ts'
import { openProfileStore, type ProfileChange } from './profile-store.ts'
import { secretOf } from './secret-of.ts'
import { memorySecretStore, type SecretStore } from './secret-store.ts'

const canary = 'canary-91c2'
let folder: string
let secrets: SecretStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-profiles-'))
  secrets = memorySecretStore()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = () => openProfileStore({ folder, secrets })

function draft(changes: Partial<ProfileDraft> = {}): ProfileDraft {
  const { builtIn: _, ...usual } = usualProfile
  return {
    ...usual,
    name: 'Shop',
    url: 'redis://localhost:6379',
    environment: 'staging',
    ...changes,
    secrets: changes.secrets ?? {},
  }
}

const ssh: Ssh = {
  ...{ host: 'bastion', port: 22, username: 'ops', login: 'password', keyFile: '' },
  jump: { host: 'jump', port: 22, username: 'ops', login: 'key', keyFile: '' },
}

/** All text in the folder, to look for what must not be there. */
async function onDisk(): Promise<string> {
  const names = await readdir(folder)
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
}

describe('the profile store', () => {
  it('keeps profiles over a restart, in the order in which they were made', async () => {
    const store = await open()
    const first = await store.save(draft({ name: 'One', hints: [{ system: 'bull', prefix: 'b', name: 'mail' }] }))
    const second = await store.save(draft({ name: 'Two' }))
    expect(first.id).not.toBe(second.id)
    const again = await open()
    expect(again.list()).toEqual([first, second])
    expect(again.get(second.id)).toEqual(second)
    expect(again.notices).toEqual([])
  })

  it('keeps that workers must not call private networks; those that were saved before there was a choice may', async () => {
    const { id } = await (await open()).save(draft({ privateTargets: false }))
    expect((await open()).get(id)).toMatchObject({ privateTargets: false })
    const file = join(folder, 'profiles.json')
    const before = (await readFile(file, 'utf8')).replace(/,\s*"privateTargets": false|"privateTargets": false,/, '')
    expect(before).not.toContain('privateTargets')
    await writeFile(file, before)
    const store = await open()
    expect(store.notices).toEqual([])
    expect(store.get(id)).toMatchObject({ privateTargets: true })
  })

  it.each([
    ['in the URL', { url: `redis://ops:${canary}@localhost:6380/2` }, 'redis://ops@localhost:6380/2'],
    ['in its own field', { secrets: { password: canary } }, 'redis://localhost:6379'],
  ])('takes a password %s to the secret store, and to no file', async (_where, changes, url) => {
    const profile = await (await open()).save(draft(changes))
    expect(profile).toMatchObject({ url, secrets: ['password'] })
    expect(await secrets.get(profile.id, 'password')).toBe(canary)
    expect(await secretOf(profile, 'password', secrets)).toBe(canary)
    expect(await onDisk()).not.toContain(canary)
    expect(JSON.stringify(profile)).not.toContain(canary)
  })

  it('keeps how much the trash may take up; those that were saved before there was a limit get the usual one', async () => {
    const { id } = await (await open()).save(draft({ trashLimitMb: 7 }))
    expect((await open()).get(id)).toMatchObject({ trashLimitMb: 7 })
    const file = join(folder, 'profiles.json')
    const before = (await readFile(file, 'utf8')).replace(/"trashLimitMb": 7,/, '')
    expect(before).not.toContain('trashLimitMb')
    await writeFile(file, before)
    const migrated = await open()
    expect(migrated.notices).toEqual([])
    expect(migrated.get(id)).toMatchObject({ name: 'Shop', trashLimitMb: 256 })
  })

  it('keeps a secret that is not named, and removes one when an empty one is typed', async () => {
    const store = await open()
    const { id } = await store.save(draft({ secrets: { password: canary, tlsKey: 'key' } }))
    const renamed = await store.save(draft({ id, name: 'Renamed', secrets: { tlsKey: 'other' } }))
    expect(renamed).toMatchObject({ id, name: 'Renamed', secrets: ['password', 'tlsKey'] })
    expect([await secrets.get(id, 'password'), await secrets.get(id, 'tlsKey')]).toEqual([canary, 'other'])
    expect(await store.save(draft({ id, secrets: { password: '' } }))).toMatchObject({ secrets: ['tlsKey'] })
    expect(await secrets.get(id, 'password')).toBeNull()
    expect(store.list()).toHaveLength(1)
  })

  it('forgets secrets that nothing asks for any more, or that would be taken for another', async () => {
    const store = await open()
    const all = { password: 'p', sentinelPassword: 's', ssh: 'of the user', jump: 'opens the key', jumpKey: 'k' }
    const topology: Topology = { kind: 'sentinel', master: 'mymaster', others: [], username: null, tls: false }
    const { id, secrets: had } = await store.save(draft({ secrets: all, ssh, topology }))
    expect(had).toEqual(['password', 'sentinelPassword', 'ssh', 'jump', 'jumpKey'])
    const keyed: Ssh = { ...ssh, login: 'keyFile', keyFile: '~/.ssh/id', jump: { ...ssh, login: 'agent' } }
    expect(await store.save(draft({ id, ssh: keyed, topology }))).toMatchObject({
      secrets: ['password', 'sentinelPassword'],
    })
    expect(await store.save(draft({ id, secrets: { ssh: 'for nobody' } }))).toMatchObject({ secrets: ['password'] })
    for (const name of ['sentinelPassword', 'ssh', 'jump', 'jumpKey'] as const) {
      expect(await secrets.get(id, name)).toBeNull()
    }
  })

  it('says which secret has to be entered again when this run does not know it', async () => {
    const profile = await (await open()).save(draft({ ssh, secrets: { password: canary, jumpKey: 'key' } }))
    expect(await secretOf(profile, 'ssh', secrets)).toBeNull()
    const lost = memorySecretStore()
    await expect(secretOf(profile, 'password', lost)).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: 'The password of this profile is not known here: enter it again.',
      remedy: { kind: 'secret', secret: 'password' },
    })
    await expect(secretOf(profile, 'jumpKey', lost)).rejects.toMatchObject({
      remedy: { kind: 'secret', secret: 'jumpKey' },
    })
  })

  it('reads the form that knew one password, and keeps that', async () => {
    const old = {
      ...{ id: 'p1', name: 'Old', url: 'redis://old:6379', colour: 'red', environment: 'production', readOnly: true },
      ...{
        hints: [{ system: 'bull', prefix: 'b', name: 'mail' }],
        trackedPrefix: 'x:',
        builtIn: false,
        hasSecret: true,
      },
    }
    const { hasSecret: _, ...without } = { ...old, id: 'p2', privateTargets: false, trashLimitMb: 7 }
    await writeFile(
      join(folder, 'profiles.json'),
      JSON.stringify({ version: 1, profiles: [old, { ...without, hasSecret: false }] }),
    )
    const sealed = await sealedFiles()
    await sealed.set('p1', 'password', canary, { keep: true })
    const file = join(folder, 'secrets.json')
    const now = JSON.parse(await readFile(file, 'utf8')) as { secrets: Record<string, string> }
    await writeFile(file, JSON.stringify({ version: 1, secrets: { p1: now.secrets['password:p1'] } }))
    secrets = await sealedFiles()
    const store = await open()
    expect(store.notices).toEqual([])
    const { hasSecret: __, ...rest } = old
    expect(store.get('p1')).toEqual({ ...usualProfile, ...rest, secrets: ['password'] })
    expect(store.get('p2')).toMatchObject({ privateTargets: false, trashLimitMb: 7, secrets: [], keepSecrets: true })
    expect(await secretOf({ id: 'p1', secrets: ['password'] }, 'password', secrets)).toBe(canary)
    await store.save(draft({ ...store.get('p1'), name: 'New', secrets: {} }))
    expect((await open()).get('p1')).toMatchObject({ name: 'New', readOnly: true, secrets: ['password'] })
    expect(await secrets.get('p1', 'password')).toBe(canary)
  })

  it('removes a profile and its password', async () => {
    const store = await open()
    const { id } = await store.save(draft({ secrets: { password: canary } }))
    await store.remove(id)
    expect(store.list()).toEqual([])
    expect(await secrets.get(id, 'password')).toBeNull()
    expect((await open()).list()).toEqual([])
    await expect(store.remove(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.save(draft({ id }))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('leaves the built-in profile alone', async () => {
    const store = await open()
    await expect(store.remove(localProfileId)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(store.save(draft({ id: localProfileId }))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it.each([
    [{ url: 'http://localhost' }, 'BAD_URL'],
    [{ name: '   ' }, 'INVALID_INPUT'],
    [{ name: 'two\nlines' }, 'INVALID_INPUT'],
    [{ name: 'turned\u202earound' }, 'INVALID_INPUT'],
    [{ folder: 'turned\u2066around' }, 'INVALID_INPUT'],
    [{ folder: 'two\nlines' }, 'INVALID_INPUT'],
    [{ trackedPrefix: '' }, 'INVALID_INPUT'],
  ])('refuses %j', async (changes, code) => {
    await expect((await open()).save(draft(changes))).rejects.toMatchObject({ code })
  })

  it('keeps names in NFC, as they are compared, and lets Persian ones be', async () => {
    const store = await open()
    expect((await store.save(draft({ name: '  Cafe\u0301 ' }))).name).toBe('Caf\u00e9')
    expect((await store.save(draft({ name: 'صف\u200cها' }))).name).toBe('صف\u200cها')
  })

  it('tells what changed, and whether it is elsewhere now', async () => {
    const store = await open()
    const changes: ProfileChange[] = []
    const stop = store.onChange((change) => changes.push(change))
    const { id } = await store.save(draft())
    const here = {
      id,
      name: 'Renamed',
      colour: 'red',
      folder: 'Shops',
      budgetPercent: 5,
      environment: 'local',
    } as const
    await store.save(draft(here))
    await store.save(draft({ id, secrets: { password: canary } }))
    await store.save(draft({ id, url: 'redis://other' }))
    await store.save(draft({ id, url: 'redis://other', topology: { kind: 'cluster', others: [] } }))
    await store.save(draft({ id, url: 'redis://other', tls: { ...usualProfile.tls, verify: false } }))
    await store.save(draft({ id, url: 'redis://other', ssh }))
    await store.arrange([{ id, folder: 'Other' }])
    await store.remove(id)
    stop()
    await store.save(draft())
    expect(changes.map((change) => (change.type === 'saved' ? change.elsewhere : change.type))).toEqual([
      true,
      false,
      true,
      true,
      true,
      true,
      true,
      false,
      'removed',
    ])
  })

  it('keeps every profile when many are saved at once', async () => {
    const store = await open()
    await Promise.all(Array.from({ length: 10 }, (_, i) => store.save(draft({ name: `P${i}` }))))
    expect((await open()).list().map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, i) => `P${i}`))
  })

  it('starts empty with a damaged file, keeps it aside and says so', async () => {
    await writeFile(join(folder, 'profiles.json'), '{"version":1,"profiles":[{"id":"x"}]}')
    const store = await open()
    expect(store.list()).toEqual([])
    expect(store.notices).toEqual([expect.stringMatching(/damaged.*profiles\.damaged-/)])
    await store.save(draft())
    expect((await readdir(folder)).sort()).toEqual([expect.stringMatching(/^profiles\.damaged-/), 'profiles.json'])
  })

  it('changes nothing when the file cannot be written, not even the password', async () => {
    const store = await open()
    const profile = await store.save(draft({ secrets: { password: canary } }))
    await rm(join(folder, 'profiles.json'))
    await mkdir(join(folder, 'profiles.json', 'in the way'), { recursive: true })
    const { id } = profile
    await expect(store.save(draft({ id, name: 'Other', secrets: { password: 'new' } }))).rejects.toMatchObject({
      code: 'DISK_FAILED',
    })
    const moved = draft({ id, url: 'redis://other', secrets: { password: 'new' } })
    await expect(store.save(moved)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await secrets.get(id, 'password')).toBe(canary)
    await expect(store.duplicate(id, 'Copy')).rejects.toMatchObject({ code: 'DISK_FAILED' })
    await expect(store.remove(id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(store.list()).toEqual([profile])
    expect(await secrets.get(id, 'password')).toBe(canary)
  })
})

describe('many profiles', () => {
  it('are added in one write, all or none', async () => {
    const store = await open()
    await store.save(draft({ name: 'First' }))
    const drafts = Array.from({ length: 500 }, (_, i) => draft({ name: `P${i}`, url: `redis://:${canary}-${i}@h${i}` }))
    const all = drafts.map((each) => ({ draft: each, asksFor: [] }))
    await expect(store.add([...all, { draft: draft({ url: 'nowhere' }), asksFor: [] }])).rejects.toMatchObject({
      code: 'BAD_URL',
    })
    expect(store.list()).toHaveLength(1)
    const added = await store.add(all)
    expect((await open()).list().map(({ name }) => name)).toEqual(['First', ...drafts.map(({ name }) => name)])
    expect(await secrets.get(added[499]?.id ?? '', 'password')).toBe(`${canary}-499`)
    expect(new Set(added.map(({ id }) => id)).size).toBe(500)
  })

  it('never take the id of another', async () => {
    const store = await open()
    const { id } = await store.save(draft())
    const [added] = await store.add([{ draft: draft({ id, name: 'Not that one' }), asksFor: [] }])
    expect(added?.id).not.toBe(id)
    expect(store.get(id)?.name).toBe('Shop')
  })

  it('ask for what they have and nobody knows here', async () => {
    const store = await open()
    const [added] = await store.add([
      { draft: draft({ secrets: { tlsKey: 'key' } }), asksFor: ['password', 'jumpKey'] },
    ])
    expect(added?.secrets).toEqual(['password', 'tlsKey']) // there is no jump host
    await expect(secretOf(added as never, 'password', secrets)).rejects.toMatchObject({ code: 'SECRET_MISSING' })
  })

  it('have the order and the folders that they are given; others follow', async () => {
    const store = await open()
    const [a, b, c, d] = await store.add(['a', 'b', 'c', 'd'].map((name) => ({ draft: draft({ name }), asksFor: [] })))
    const ids = [a, b, c, d].map((each) => each?.id ?? '')
    const [ia = '', ib = '', ic = '', id = ''] = ids
    await store.arrange([
      { id: localProfileId, folder: '' },
      { id, folder: '  Cafe\u0301 ' },
      { id: ib, folder: '' },
    ])
    expect((await open()).list().map((each) => [each.name, each.folder])).toEqual([
      ['d', 'Caf\u00e9'],
      ['b', ''],
      ['a', ''],
      ['c', ''],
    ])
    const wrong = [
      [[{ id: ia, folder: 'x\u202e' }], 'INVALID_INPUT'],
      [[{ id: ia, folder: 'x'.repeat(81) }], 'INVALID_INPUT'],
      [
        [
          { id: ia, folder: '' },
          { id: ia, folder: 'y' },
        ],
        'INVALID_INPUT',
      ],
      [[{ id: 'nobody', folder: '' }], 'NOT_FOUND'],
    ] as const
    for (const [places, code] of wrong) await expect(store.arrange(places)).rejects.toMatchObject({ code })
    expect(store.list().map((each) => each.id)).toEqual([id, ib, ia, ic])
  })

  it('can be a copy, with its secrets, beside the old one', async () => {
    const store = await open()
    const first = await store.save(draft({ environment: 'production', readOnly: true, secrets: { password: canary } }))
    await store.save(draft({ name: 'Last' }))
    const copy = await store.duplicate(first.id, ' Copy ')
    expect(copy).toEqual({ ...first, id: copy.id, name: 'Copy' })
    expect(store.list().map(({ name }) => name)).toEqual(['Shop', 'Copy', 'Last'])
    await store.remove(first.id)
    expect(await secretOf(copy, 'password', secrets)).toBe(canary)
    await expect(store.duplicate(copy.id, 'a\u202eb')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(store.duplicate(first.id, 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.duplicate(localProfileId, 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('secrets that are asked for', () => {
  beforeEach(async () => {
    secrets = await sealedFiles()
  })
  const kept = async () => {
    const text = await readFile(join(folder, 'secrets.json'), 'utf8').catch(() => '{"secrets":{}}')
    return Object.keys((JSON.parse(text) as { secrets: object }).secrets)
  }

  it('are entered to be kept, or for this run; who has it open is told', async () => {
    const store = await open()
    const { id } = await store.save(draft())
    const changes: ProfileChange[] = []
    store.onChange((change) => changes.push(change))
    expect(await store.enterSecrets(id, { password: canary }, false)).toMatchObject({ secrets: ['password'] })
    expect(await kept()).toEqual([])
    expect(await secrets.get(id, 'password')).toBe(canary)
    expect(changes).toMatchObject([{ type: 'saved', elsewhere: true, profile: { id, secrets: ['password'] } }])
    await store.enterSecrets(id, { password: 'other' }, true)
    expect(await kept()).toEqual([`password:${id}`])
    expect(await secrets.get(id, 'password')).toBe('other')
    expect((await open()).get(id)).toMatchObject({ secrets: ['password'] })
    await expect(store.enterSecrets(localProfileId, {}, true)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('wait for the passphrase of a vault, and nothing is changed before', async () => {
    secrets = await createSecrets({ folder, keychain: null, cost: { N: 1024, r: 8, p: 1 } })
    await secrets.vault.make('a passphrase')
    const store = await open()
    const profile = await store.save(draft({ secrets: { password: canary } }))
    await secrets.vault.lock()
    const before = await onDisk()
    const moved = draft({ id: profile.id, url: 'redis://other', secrets: { password: 'new' } })
    const locked = { code: 'VAULT_LOCKED', remedy: { kind: 'vault' } }
    await expect(store.save(moved)).rejects.toMatchObject(locked)
    await expect(store.save(draft({ name: 'New', secrets: { password: 'new' } }))).rejects.toMatchObject(locked)
    await expect(store.duplicate(profile.id, 'Copy')).rejects.toMatchObject(locked)
    await expect(store.enterSecrets(profile.id, { password: 'new' }, true)).rejects.toMatchObject(locked)
    expect(await onDisk()).toBe(before)
    expect(await store.save(draft({ id: profile.id, name: 'Renamed' }))).toMatchObject({ secrets: ['password'] })
    await secrets.vault.unlock('a passphrase')
    expect(await secretOf(profile, 'password', secrets)).toBe(canary)
  })

  it('are on no disk for a profile that keeps none, and leave it when it keeps none any more', async () => {
    const store = await open()
    const { id } = await store.save(draft({ keepSecrets: false, secrets: { password: canary } }))
    await store.enterSecrets(id, { password: `${canary}-2` }, true)
    expect(await kept()).toEqual([])
    expect(await secrets.get(id, 'password')).toBe(`${canary}-2`)
    await store.save(draft({ id, keepSecrets: true }))
    expect(await kept()).toEqual([`password:${id}`])
    await store.save(draft({ id, keepSecrets: false }))
    expect(await kept()).toEqual([])
    expect(await secrets.get(id, 'password')).toBe(`${canary}-2`)
    await expect(secretOf((await open()).list()[0] as never, 'password', await sealedFiles())).rejects.toMatchObject({
      code: 'SECRET_MISSING',
    })
  })
})

/** Files with a toy cipher: what matters here is only that they are files. */
function sealedFiles(): Promise<SecretStore> {
  const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0x5a))
  return createSecrets({
    folder,
    keychain: {
      encrypt: async (text) => turned(Buffer.from(text)),
      decrypt: async (bytes) => turned(bytes).toString(),
    },
  })
}
