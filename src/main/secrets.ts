import { safeStorage } from 'electron'
import type { Keychain } from '../engine/profiles/keychain-file.ts'

/**
 * How this desktop encrypts with a key of its keychain; null with the reason when it cannot, or not well: on Linux
 * without a keyring Electron would encrypt with a key that stands in its source ("basic_text"), which is plain text with
 * extra steps. Needs the ready event.
 */
export async function findKeychain(
  platform: NodeJS.Platform = process.platform,
): Promise<{ keychain: Keychain; missing: null } | { keychain: null; missing: string }> {
  const missing = await whyNoKeychain(platform)
  return missing === null ? { keychain, missing } : { keychain: null, missing }
}

/** Electron 45 has both ways and will drop the one that blocks; Electron 33 has that one alone. Both read either's bytes. */
const isAsync = () => typeof safeStorage.encryptStringAsync === 'function'

const keychain: Keychain = {
  encrypt: async (text) => (isAsync() ? safeStorage.encryptStringAsync(text) : safeStorage.encryptString(text)),
  async decrypt(bytes) {
    if (!isAsync()) return safeStorage.decryptString(bytes)
    return (await safeStorage.decryptStringAsync(bytes)).result
  },
}

async function whyNoKeychain(platform: NodeJS.Platform): Promise<string | null> {
  if (platform === 'linux') {
    const backend = safeStorage.getSelectedStorageBackend()
    const strong = backend === 'gnome_libsecret' || backend.startsWith('kwallet')
    if (!strong) return 'This desktop has no keyring (GNOME Keyring or KWallet)'
  }
  const available = isAsync() ? await safeStorage.isAsyncEncryptionAvailable() : safeStorage.isEncryptionAvailable()
  return available ? null : 'This desktop has no keychain that Sluice can use'
}
