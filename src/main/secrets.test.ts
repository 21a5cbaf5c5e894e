import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSecretStore } from './secrets.ts'

const keychain = vi.hoisted(() => ({ available: true, backend: 'gnome_libsecret' }))
vi.mock('electron', () => ({
  safeStorage: {
    isEncryptionAvailable: () => keychain.available,
    getSelectedStorageBackend: () => keychain.backend,
    encryptString: (text: string) => Buffer.from([...Buffer.from(text)].map((byte) => byte ^ 0x5a)),
    decryptString: (bytes: Buffer) => Buffer.from([...bytes].map((byte) => byte ^ 0x5a)).toString(),
  },
}))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('macOS and Windows have one store, which needs no look at its kind', () => {
  Object.assign(keychain, { available: true, backend: 'unknown' })
  expect(openSecretStore(folder, 'darwin').secrets.kind).toBe('keychain')
})

test('with a keyring, keeps passwords encrypted on disk', async () => {
  Object.assign(keychain, { available: true, backend: 'gnome_libsecret' })
  const { secrets, notices } = openSecretStore(folder, 'linux')
  expect(secrets.kind).toBe('keychain')
  expect(notices).toEqual([])
  await secrets.set('p1', 'canary-password')
  expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).not.toContain('canary-password')
  expect(await openSecretStore(folder, 'linux').secrets.get('p1')).toBe('canary-password')
})

describe.each([
  { available: false, backend: 'basic_text' },
  { available: true, backend: 'basic_text' },
  { available: true, backend: 'unknown' },
])('with $backend, available: $available', (state) => {
  test('keeps passwords for the run only, and says so', () => {
    Object.assign(keychain, state)
    const { secrets, notices } = openSecretStore(folder, 'linux')
    expect(secrets.kind).toBe('this run only')
    expect(notices).toEqual([expect.stringMatching(/kept for this run only/)])
  })
})
