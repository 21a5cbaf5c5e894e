import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProfileDraft } from '../../domain/profile.ts'
import { localProfileId } from './local-profile.ts'
import { openProfileStore, type ProfileChange, passwordOf } from './profile-store.ts'
import { fileSecretStore, memorySecretStore, type SecretStore } from './secret-store.ts'

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
  return {
    name: 'Shop',
    url: 'redis://localhost:6379',
    colour: 'blue',
    environment: 'staging',
    readOnly: false,
    hints: [],
    trackedPrefix: 'local_request:',
    privateTargets: true,
    trashLimitMb: 256,
    password: null,
    ...changes,
  }
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
    ['in its own field', { password: canary }, 'redis://localhost:6379'],
  ])('takes a password %s to the secret store, and to no file', async (_where, changes, url) => {
    const profile = await (await open()).save(draft(changes))
    expect(profile).toMatchObject({ url, hasSecret: true })
    expect(await secrets.get(profile.id)).toBe(canary)
    expect(await passwordOf(profile, secrets)).toBe(canary)
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

  it('keeps the password when none is typed, and removes it when an empty one is', async () => {
    const store = await open()
    const { id } = await store.save(draft({ password: canary }))
    expect(await store.save(draft({ id, name: 'Renamed' }))).toMatchObject({ id, name: 'Renamed', hasSecret: true })
    expect(await secrets.get(id)).toBe(canary)
    expect(await store.save(draft({ id, password: '' }))).toMatchObject({ hasSecret: false })
    expect(await secrets.get(id)).toBeNull()
    expect(store.list()).toHaveLength(1)
  })

  it('says that the password has to be entered again when this run does not know it', async () => {
    const profile = await (await open()).save(draft({ password: canary }))
    await expect(passwordOf(profile, memorySecretStore())).rejects.toMatchObject({ code: 'SECRET_MISSING' })
  })

  it('removes a profile and its password', async () => {
    const store = await open()
    const { id } = await store.save(draft({ password: canary }))
    await store.remove(id)
    expect(store.list()).toEqual([])
    expect(await secrets.get(id)).toBeNull()
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
    await store.save(draft({ id, name: 'Renamed' }))
    await store.save(draft({ id, password: canary }))
    await store.save(draft({ id, url: 'redis://other' }))
    await store.remove(id)
    stop()
    await store.save(draft())
    expect(changes.map((change) => (change.type === 'saved' ? change.elsewhere : change.type))).toEqual([
      true,
      false,
      true,
      true,
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
    const profile = await store.save(draft({ password: canary }))
    await rm(join(folder, 'profiles.json'))
    await mkdir(join(folder, 'profiles.json', 'in the way'), { recursive: true })
    const { id } = profile
    await expect(store.save(draft({ id, name: 'Other', password: 'new' }))).rejects.toMatchObject({
      code: 'DISK_FAILED',
    })
    await expect(store.remove(id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(store.list()).toEqual([profile])
    expect(await secrets.get(id)).toBe(canary)
  })
})

describe.each([
  ['memory', () => memorySecretStore()],
  ['a file', () => sealed()],
])('secrets in %s', (_kind, make) => {
  it('are given back, replaced and forgotten', async () => {
    const store = make()
    expect(await store.get('a')).toBeNull()
    await Promise.all([store.set('a', 'one'), store.set('b', 'two'), store.set('c', 'پسورد')])
    await store.set('a', 'three')
    await store.delete('b')
    await store.delete('never')
    expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual(['three', null, 'پسورد'])
  })
})

/** A file store with a toy cipher: what matters here is that only its output reaches the disk. */
function sealed(key = 0x5a): SecretStore {
  const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ key))
  return fileSecretStore({
    file: join(folder, 'secrets.json'),
    encrypt: async (text) => turned(Buffer.from(`ok:${text}`)),
    async decrypt(bytes) {
      const text = turned(bytes).toString()
      if (!text.startsWith('ok:')) throw new Error(`cannot decrypt ${text}`)
      return text.slice(3)
    },
  })
}

describe('secrets in a file', () => {
  it('are kept over a restart, encrypted', async () => {
    await sealed().set('a', canary)
    expect(sealed().kind).toBe('keychain')
    expect(await sealed().get('a')).toBe(canary)
    expect(await onDisk()).not.toContain(canary)
    expect(Buffer.from(await onDisk(), 'base64').toString()).not.toContain(canary)
  })

  it('are not known when they cannot be decrypted or the file is damaged', async () => {
    await sealed().set('a', canary)
    expect(await sealed(0x11).get('a')).toBeNull()
    await writeFile(join(folder, 'secrets.json'), 'no JSON')
    expect(await sealed().get('a')).toBeNull()
    await sealed().set('a', 'new')
    expect(await sealed().get('a')).toBe('new')
  })
})
