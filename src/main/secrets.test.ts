import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSecrets } from '../engine/profiles/create-secrets.ts'
import { findKeychain } from './secrets.ts'

const storage = vi.hoisted(() => ({ available: true, backend: 'gnome_libsecret', asked: [] as string[] }))
const electron = vi.hoisted(() => ({ safeStorage: {} as Record<string, unknown> }))
vi.mock('electron', () => electron)

const flipped = (bytes: Buffer) => Buffer.from([...bytes].map((byte) => byte ^ 0x5a))
const told = <T>(name: string, value: T): T => {
  storage.asked.push(name)
  return value
}
const old = {
  isEncryptionAvailable: () => told('isEncryptionAvailable', storage.available),
  getSelectedStorageBackend: () => storage.backend,
  encryptString: (text: string) => told('encryptString', flipped(Buffer.from(text))),
  decryptString: (bytes: Buffer) => told('decryptString', flipped(bytes).toString()),
}
const today = {
  ...old,
  isAsyncEncryptionAvailable: async () => told('isAsyncEncryptionAvailable', storage.available),
  encryptStringAsync: async (text: string) => told('encryptStringAsync', flipped(Buffer.from(text))),
  decryptStringAsync: async (bytes: Buffer) =>
    told('decryptStringAsync', { result: flipped(bytes).toString(), shouldReEncrypt: false }),
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
  Object.assign(storage, { available: true, backend: 'gnome_libsecret', asked: [] })
  electron.safeStorage = today
})
afterEach(() => rmSync(folder, { recursive: true }))

const onDisk = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))

describe.each([
  ['Electron 45', today, 'Async'],
  ['Electron 33', old, ''],
])('in %s', (_name, safeStorage, suffix) => {
  test('secrets are kept encrypted on disk, by the methods that it has', async () => {
    electron.safeStorage = safeStorage
    const { keychain, missing } = await findKeychain('linux')
    expect(missing).toBeNull()
    const secrets = await createSecrets({ folder, keychain })
    expect(secrets.kind).toBe('keychain')
    await secrets.set('p1', 'password', 'canary-password', { keep: true })
    expect(onDisk()).toHaveLength(1)
    expect(onDisk().join()).not.toContain('canary-password')
    expect(await (await createSecrets({ folder, keychain })).get('p1', 'password')).toBe('canary-password')
    const available = suffix === '' ? 'isEncryptionAvailable' : 'isAsyncEncryptionAvailable'
    expect(new Set(storage.asked)).toEqual(new Set([available, `encryptString${suffix}`, `decryptString${suffix}`]))
  })

  test('a keychain that says no is none', async () => {
    electron.safeStorage = safeStorage
    storage.available = false
    expect(await findKeychain('darwin')).toEqual({ keychain: null, missing: expect.stringMatching(/no keychain/) })
    expect(await findKeychain('linux')).toEqual({ keychain: null, missing: expect.stringMatching(/no keychain/) })
  })
})

test('macOS and Windows have one store, which needs no look at its kind', async () => {
  storage.backend = 'unknown'
  expect((await findKeychain('darwin')).missing).toBeNull()
  expect((await findKeychain('win32')).missing).toBeNull()
})

test.each(['basic_text', 'unknown'])('on Linux %s is no keychain, and nothing is written', async (backend) => {
  storage.backend = backend
  const { keychain, missing } = await findKeychain('linux')
  expect(missing).toMatch(/no keyring/)
  const secrets = await createSecrets({ folder, keychain })
  await secrets.set('p1', 'password', 'canary-password', { keep: true })
  expect(secrets.kind).toBe('this run only')
  expect(await secrets.get('p1', 'password')).toBe('canary-password')
  expect(onDisk().join()).not.toContain('canary-password')
  expect(storage.asked).toEqual([])
})
