import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VaultState } from '../../domain/vault.ts'
import { createSecrets } from './create-secrets.ts'
import type { Keychain } from './keychain-file.ts'
import { memorySecretStore, type SecretStore } from './secret-store.ts'

const canary = 'canary-91c2'
const passphrase = 'canary correct horse'
const cost = { N: 1024, r: 8, p: 1 }
const kept = { keep: true }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A toy cipher: what matters here is that only its output reaches the disk. */
function toyKeychain(key = 0x5a): Keychain {
  const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ key))
  return {
    encrypt: async (text) => turned(Buffer.from(`ok:${text}`)),
    async decrypt(bytes) {
      const text = turned(bytes).toString()
      if (!text.startsWith('ok:')) throw new Error(`cannot decrypt ${text}`)
      return text.slice(3)
    },
  }
}

const open = (keychain: Keychain | null = null) => createSecrets({ folder, keychain, cost })
const file = (name: string) => join(folder, name)
const textOf = (name: string) => readFile(file(name), 'utf8')
const jsonOf = async (name: string) => JSON.parse(await textOf(name)) as { secrets: Record<string, string> }

/** All text in the folder, also what base64 in it says. */
async function onDisk(): Promise<string> {
  const texts = await Promise.all((await readdir(folder)).map(textOf))
  const decoded = texts.flatMap((text) => text.match(/[A-Za-z0-9+/=]{12,}/g) ?? []).map((each) => atob64(each))
  return [...texts, ...decoded].join('\n')
}
const atob64 = (text: string) => Buffer.from(text, 'base64').toString('latin1')

async function withVault(): Promise<SecretStore> {
  const store = await open()
  await store.vault.make(passphrase)
  return store
}

describe.each([
  ['memory', async () => memorySecretStore()],
  ['a folder without a keychain', () => open()],
  ['a keychain', () => open(toyKeychain())],
  ['a vault', () => withVault()],
])('secrets in %s', (_where, make) => {
  it('are given back by profile and name, replaced and forgotten', async () => {
    const store = await make()
    expect(await store.get('a', 'password')).toBeNull()
    await Promise.all([
      store.set('a', 'password', 'one', kept),
      store.set('a', 'ssh', 'two', kept),
      store.set('b', 'password', 'پسورد', kept),
      store.set('c:password', 'ssh', 'odd id', kept),
    ])
    await store.set('a', 'password', 'three', kept)
    await store.delete('a', 'never' as 'jump')
    expect(await store.get('a', 'password')).toBe('three')
    expect(await store.get('b', 'password')).toBe('پسورد')
    expect(await store.get('c:password', 'ssh')).toBe('odd id')
    await store.deleteAll('a')
    expect([await store.get('a', 'password'), await store.get('a', 'ssh')]).toEqual([null, null])
    expect(await store.get('b', 'password')).toBe('پسورد')
    await store.delete('b', 'password')
    expect(await store.get('b', 'password')).toBeNull()
  })

  it('go before what is kept when they are for this run, and are never written then', async () => {
    const store = await make()
    await store.set('a', 'password', 'old', kept)
    await store.set('a', 'password', canary, { keep: false })
    await store.set('b', 'tlsKey', `${canary}-key`, { keep: false })
    expect(await store.get('a', 'password')).toBe(canary)
    expect(await store.get('b', 'tlsKey')).toBe(`${canary}-key`)
    expect(await onDisk()).not.toContain('canary')
  })

  it('are many at once, all or none, and can go back', async () => {
    const store = await make()
    await store.set('a', 'password', 'one', kept)
    const back = await store.change([
      { profileId: 'a', name: 'password', secret: null, keep: true },
      { profileId: 'b', name: 'ssh', secret: 'two', keep: true },
      { profileId: 'b', name: 'sshKey', secret: 'three', keep: false },
    ])
    expect([await store.get('a', 'password'), await store.get('b', 'ssh')]).toEqual([null, 'two'])
    await store.set('c', 'password', 'later', kept)
    await back()
    expect(await store.get('a', 'password')).toBe('one')
    expect([await store.get('b', 'ssh'), await store.get('b', 'sshKey')]).toEqual([null, null])
    expect(await store.get('c', 'password')).toBe('later')
  })

  it('are copied with what is known of how they are kept', async () => {
    const store = await make()
    await store.set('a', 'password', 'one', kept)
    await store.set('a', 'ssh', canary, { keep: false })
    await store.set('a', 'trash', 'key', kept)
    await store.copyAll('a', 'b')
    expect([await store.get('b', 'password'), await store.get('b', 'ssh')]).toEqual(['one', canary])
    expect(await store.get('b', 'trash')).toBeNull()
    expect(await onDisk()).not.toContain(canary)
  })
})

describe('secrets that a keychain seals', () => {
  it('are kept over a restart, encrypted, for this user alone', async () => {
    const store = await open(toyKeychain())
    expect(store.state()).toEqual({ kind: 'keychain', locked: false })
    await store.set('a', 'password', canary, kept)
    expect(await onDisk()).not.toContain('canary')
    expect(await (await open(toyKeychain())).get('a', 'password')).toBe(canary)
    await expect(store.vault.make(passphrase)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('are carried over from the form that knew passwords and keys of the trash alone', async () => {
    const { encrypt } = toyKeychain()
    const sealed = async (text: string) => (await encrypt(text)).toString('base64')
    const before = { p1: await sealed('one'), p2: await sealed('two'), 'trash:p1': await sealed('key') }
    await writeFile(file('secrets.json'), JSON.stringify({ version: 1, secrets: before }, null, 2))
    const store = await open(toyKeychain())
    expect(store.notices).toEqual([])
    expect(await store.get('p1', 'password')).toBe('one')
    expect(await store.get('p1', 'trash')).toBe('key')
    await store.set('p3', 'ssh', 'three', kept)
    const again = await open(toyKeychain())
    expect(await again.get('p1', 'password')).toBe('one')
    expect(await again.get('p2', 'password')).toBe('two')
    expect(await again.get('p1', 'trash')).toBe('key')
    expect(await again.get('p3', 'ssh')).toBe('three')
  })

  it('are not known when they cannot be decrypted, and kept aside when the file is damaged', async () => {
    await (await open(toyKeychain())).set('a', 'password', canary, kept)
    expect(await (await open(toyKeychain(0x11))).get('a', 'password')).toBeNull()
    await writeFile(file('secrets.json'), 'no JSON')
    const store = await open(toyKeychain())
    expect(store.notices).toEqual([expect.stringMatching(/damaged.*secrets\.damaged-/)])
    await store.set('a', 'password', 'new', kept)
    expect(await (await open(toyKeychain())).get('a', 'password')).toBe('new')
  })

  it('are not changed when the keychain takes nothing, and its error tells nothing', async () => {
    const store = await open({
      ...toyKeychain(),
      encrypt: async (text) => {
        throw new Error(`no ${text}`)
      },
    })
    const refused = await store.set('a', 'password', canary, kept).catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'INTERNAL' })
    expect(String((refused as Error).stack)).not.toContain(canary)
    expect(await store.get('a', 'password')).toBeNull()
  })

  it('stay in their file while the keychain is away, and come back with it', async () => {
    const before = await open(toyKeychain())
    await before.set('a', 'password', canary, kept)
    await before.set('b', 'trash', 'key', kept)
    const away = await open(null)
    expect(away.kind).toBe('this run only')
    expect(away.notices).toEqual([
      expect.stringMatching(/^The secrets of 1 profile are sealed by a keychain.*secrets\.json/),
    ])
    expect(await away.get('a', 'password')).toBeNull()
    await away.set('a', 'password', 'typed again', kept)
    expect(await away.get('a', 'password')).toBe('typed again')
    const back = await open(toyKeychain())
    expect(back.notices).toEqual([])
    expect([await back.get('a', 'password'), await back.get('b', 'trash')]).toEqual([canary, 'key'])
  })

  it('are forgotten with their profile, also while the keychain is away', async () => {
    await (await open(toyKeychain())).set('a', 'password', canary, kept)
    await (await open(null)).deleteAll('a')
    expect((await jsonOf('secrets.json')).secrets).toEqual({})
  })
})

describe('the vault', () => {
  it('takes in what was typed in this run to be kept, and opens again with its passphrase alone', async () => {
    const store = await open()
    const states: VaultState[] = []
    store.onChange((state) => states.push(state))
    await store.set('a', 'password', canary, kept)
    await store.set('b', 'password', `${canary}-b`, { keep: false })
    expect(await store.vault.make(passphrase)).toEqual({ kind: 'vault', locked: false })
    await store.set('c', 'tlsKey', `${canary}-c`, kept)
    expect(await onDisk()).not.toContain('canary')

    const again = await open()
    expect(again.state()).toEqual({ kind: 'vault', locked: true })
    await expect(again.get('a', 'password')).rejects.toMatchObject({ code: 'VAULT_LOCKED', remedy: { kind: 'vault' } })
    expect(await again.get('b', 'password')).toBeNull()
    await expect(again.vault.unlock(`${passphrase}.`)).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    expect(again.state().locked).toBe(true)
    expect(await again.vault.unlock(passphrase)).toEqual({ kind: 'vault', locked: false })
    expect(await again.get('a', 'password')).toBe(canary)
    expect(await again.get('c', 'tlsKey')).toBe(`${canary}-c`)
    expect(states).toEqual([{ kind: 'vault', locked: false }])
  })

  it('takes a passphrase however its letters are written', async () => {
    await (await open()).vault.make('caf\u00e9 caf\u00e9')
    const again = await open()
    expect(await again.vault.unlock('cafe\u0301 cafe\u0301')).toMatchObject({ locked: false })
  })

  it('gives nothing while it is locked, takes nothing to keep, and forgets what it is told to', async () => {
    const store = await withVault()
    await store.set('a', 'password', 'one', kept)
    await store.set('b', 'password', 'two', kept)
    await store.vault.lock()
    await expect(store.get('a', 'password')).rejects.toMatchObject({ code: 'VAULT_LOCKED' })
    await expect(store.set('c', 'password', 'three', kept)).rejects.toMatchObject({ code: 'VAULT_LOCKED' })
    await expect(store.copyAll('a', 'c')).rejects.toMatchObject({ code: 'VAULT_LOCKED' })
    await store.set('c', 'password', 'three', { keep: false })
    expect(await store.get('c', 'password')).toBe('three')
    await store.deleteAll('a')
    await store.vault.unlock(passphrase)
    expect(await store.get('a', 'password')).toBeNull()
    expect(await store.get('b', 'password')).toBe('two')
  })

  it('seals anew under another passphrase', async () => {
    const store = await withVault()
    await store.set('a', 'password', canary, kept)
    const before = await jsonOf('vault.json')
    await expect(store.vault.change('wrong', 'new one')).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    expect(await jsonOf('vault.json')).toEqual(before)
    await store.vault.change(passphrase, 'new one')
    const after = await jsonOf('vault.json')
    expect(after.secrets['password:a']).not.toBe(before.secrets['password:a'])
    expect(await store.get('a', 'password')).toBe(canary)
    const again = await open()
    await expect(again.vault.unlock(passphrase)).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    await again.vault.unlock('new one')
    expect(await again.get('a', 'password')).toBe(canary)
  })

  it('never gives one secret for another, nor one that was changed', async () => {
    const store = await withVault()
    for (const [id, secret] of [
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'three'],
    ] as const) {
      await store.set(id, 'password', secret, kept)
    }
    await store.set('a', 'ssh', 'four', kept)
    const contents = await jsonOf('vault.json')
    const { secrets } = contents
    const damaged = Buffer.from(secrets['password:c'] ?? '', 'base64')
    damaged.writeUInt8(damaged.readUInt8(13) ^ 1, 13)
    const swapped = {
      ...secrets,
      'password:a': secrets['password:b'],
      'password:b': secrets['ssh:a'],
      'password:c': damaged.toString('base64'),
    }
    await writeFile(file('vault.json'), JSON.stringify({ ...contents, secrets: swapped }))
    const again = await open()
    await again.vault.unlock(passphrase)
    expect(await Promise.all(['a', 'b', 'c'].map((id) => again.get(id, 'password')))).toEqual([null, null, null])
    expect(await again.get('a', 'ssh')).toBe('four')
  })

  it('never seals the same text the same way', async () => {
    const store = await withVault()
    await store.set('a', 'password', 'one', kept)
    const first = (await jsonOf('vault.json')).secrets['password:a']
    await store.set('a', 'password', 'one', kept)
    expect((await jsonOf('vault.json')).secrets['password:a']).not.toBe(first)
  })

  it.each([
    { N: 2 ** 30, r: 8, p: 1 },
    { N: 2 ** 17, r: 32, p: 1 },
    { N: 2 ** 14, r: 8, p: 50 },
    { N: 1000, r: 8, p: 1 },
  ])('is kept aside when its file asks for more than a passphrase costs: %j', async (asked) => {
    await withVault()
    const contents = JSON.parse(await textOf('vault.json')) as { kdf: object }
    await writeFile(file('vault.json'), JSON.stringify({ ...contents, kdf: { ...contents.kdf, ...asked } }))
    const again = await open()
    expect(again.notices).toEqual([expect.stringMatching(/vault\.damaged-/)])
    expect(again.kind).toBe('this run only')
  })

  it('costs 128 MB for each guess where nobody said otherwise', async () => {
    const store = await createSecrets({ folder, keychain: null })
    await store.vault.make(passphrase)
    expect(JSON.parse(await textOf('vault.json'))).toMatchObject({ kdf: { name: 'scrypt', N: 131_072, r: 8, p: 1 } })
    expect(await (await open()).vault.unlock(passphrase)).toMatchObject({ locked: false })
  })

  it('is made once', async () => {
    const store = await withVault()
    await expect(store.vault.make('another')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await store.vault.remove()
    await expect(store.vault.unlock(passphrase)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is removed: what an open one held stays for this run, what a locked one held is lost', async () => {
    const store = await withVault()
    await store.set('a', 'password', canary, kept)
    expect(await store.vault.remove()).toEqual({ kind: 'this run only', locked: false })
    expect(existsSync(file('vault.json'))).toBe(false)
    expect(await store.get('a', 'password')).toBe(canary)
    await store.vault.make(passphrase)
    expect(await store.get('a', 'password')).toBe(canary)
    await store.vault.lock()
    await store.vault.remove()
    expect(await store.get('a', 'password')).toBeNull()
    expect(await readdir(folder)).toEqual([])
  })

  it('goes on being used when a keychain appears, and moves there when it is removed', async () => {
    const before = await withVault()
    await before.set('a', 'password', canary, kept)
    const store = await open(toyKeychain())
    expect(store.state()).toEqual({ kind: 'vault', locked: true })
    expect(store.notices).toEqual([expect.stringMatching(/vault.*keychain.*remove it/)])
    await store.vault.unlock(passphrase)
    await store.set('b', 'password', 'two', kept)
    expect(existsSync(file('secrets.json'))).toBe(false)
    expect(await store.vault.remove()).toEqual({ kind: 'keychain', locked: false })
    const again = await open(toyKeychain())
    expect(again.kind).toBe('keychain')
    expect([await again.get('a', 'password'), await again.get('b', 'password')]).toEqual([canary, 'two'])
  })

  it('takes the place of what a keychain sealed, so that nothing replaced comes back', async () => {
    await (await open(toyKeychain())).set('a', 'password', 'old', kept)
    const store = await withVault()
    await store.set('a', 'password', 'new', kept)
    await store.vault.lock()
    await store.vault.remove()
    expect(await (await open(toyKeychain())).get('a', 'password')).toBeNull()
  })

  it('wipes its key when it is locked', async () => {
    const keys: Buffer[] = []
    const fill = Buffer.prototype.fill
    const store = await withVault()
    Buffer.prototype.fill = function (this: Buffer, ...args: Parameters<typeof fill>) {
      if (this.length === 32 && args[0] === 0 && this.some((byte) => byte !== 0)) keys.push(this)
      return fill.apply(this, args)
    } as typeof fill
    try {
      await store.vault.lock()
    } finally {
      Buffer.prototype.fill = fill
    }
    expect(keys.map((key) => key.every((byte) => byte === 0))).toEqual([true])
  })
})

describe('whether secrets are kept', () => {
  it.each([
    ['a keychain', () => open(toyKeychain()), 'secrets.json'],
    ['a vault', () => withVault(), 'vault.json'],
  ])('can be changed: by %s', async (_where, make, name) => {
    const store = await make()
    await store.set('a', 'password', canary, kept)
    await store.set('a', 'trash', 'key', kept)
    await store.keepAll('a', false)
    expect(Object.keys((await jsonOf(name)).secrets)).toEqual(['trash:a'])
    expect(await store.get('a', 'password')).toBe(canary)
    const back = await store.keepAll('a', true)
    expect(Object.keys((await jsonOf(name)).secrets).sort()).toEqual(['password:a', 'trash:a'])
    await back()
    expect(Object.keys((await jsonOf(name)).secrets)).toEqual(['trash:a'])
    expect(await store.get('a', 'password')).toBe(canary)
  })

  it('takes off the disk what a locked vault holds', async () => {
    const store = await withVault()
    await store.set('a', 'password', canary, kept)
    await store.vault.lock()
    await store.keepAll('a', false)
    expect((await jsonOf('vault.json')).secrets).toEqual({})
    expect(await store.get('a', 'password')).toBeNull()
  })
})

describe('a disk that fails', () => {
  it('leaves secrets as they were, in memory and in the files', async () => {
    const store = await withVault()
    await store.set('a', 'password', 'one', kept)
    const before = await textOf('vault.json')
    await rm(file('vault.json'))
    await mkdir(join(file('vault.json'), 'in the way'), { recursive: true })
    const failing = [
      () => store.set('a', 'password', 'two', kept),
      () => store.vault.change(passphrase, 'new'),
      () => store.deleteAll('a'),
      () => store.vault.remove(),
    ]
    for (const work of failing) await expect(work()).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await store.get('a', 'password')).toBe('one')
    expect(store.state()).toEqual({ kind: 'vault', locked: false })
    await rm(file('vault.json'), { recursive: true })
    await writeFile(file('vault.json'), before)
    await store.set('b', 'password', 'two', kept)
    const again = await open()
    await again.vault.unlock(passphrase)
    expect([await again.get('a', 'password'), await again.get('b', 'password')]).toEqual(['one', 'two'])
  })

  it('does not move half of a vault to the keychain', async () => {
    const before = await withVault()
    await before.set('a', 'password', canary, kept)
    const store = await open(toyKeychain())
    await store.vault.unlock(passphrase)
    await mkdir(join(file('secrets.json'), 'in the way'), { recursive: true })
    await expect(store.vault.remove()).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(store.kind).toBe('vault')
    expect(await store.get('a', 'password')).toBe(canary)
  })
})
