import { join } from 'node:path'
import { safeStorage } from 'electron'
import { fileSecretStore, memorySecretStore, type SecretStore } from '../engine/profiles/secret-store.ts'

/**
 * The store for passwords, and what to tell the person about it. They are written to disk only when the system keeps
 * the key: Electron would otherwise encrypt with a key that stands in its source ("basic_text" on Linux), which is
 * plain text with extra steps. Without a keychain they are kept for this run.
 */
export function openSecretStore(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): { secrets: SecretStore; notices: string[] } {
  const missing = whyNoKeychain(platform)
  if (missing !== null) {
    return { secrets: memorySecretStore(), notices: [`${missing}: passwords are kept for this run only.`] }
  }
  const secrets = fileSecretStore({
    file: join(folder, 'secrets.json'),
    encrypt: async (text) => safeStorage.encryptString(text),
    decrypt: async (bytes) => safeStorage.decryptString(bytes),
  })
  return { secrets, notices: [] }
}

/** Why the system cannot keep the key; null when it can. Needs the ready event. */
function whyNoKeychain(platform: NodeJS.Platform): string | null {
  if (!safeStorage.isEncryptionAvailable()) return 'This desktop has no keychain that Sluice can use'
  if (platform !== 'linux') return null
  const backend = safeStorage.getSelectedStorageBackend()
  const strong = backend === 'gnome_libsecret' || backend.startsWith('kwallet')
  return strong ? null : 'This desktop has no keyring (GNOME Keyring or KWallet)'
}
