import { join } from 'node:path'
import type { ScryptCost } from '../vault/passphrase-box.ts'
import { readVault, writeVault } from '../vault/vault-file.ts'
import { removeFile } from './atomic-file.ts'
import { type Keychain, readKeychainFile, writeKeychainFile } from './keychain-file.ts'
import { nameOf, type Places, profileIdOf } from './secret-places.ts'
import type { SecretStore } from './secret-store.ts'
import { secretsIn } from './secrets-in.ts'

export interface SecretsOptions {
  /** The data folder, held by this process. */
  readonly folder: string
  /** Null where the system has none, or a weak one: then a vault can be made. */
  readonly keychain: Keychain | null
  /** What making a key of a passphrase costs. */
  readonly cost?: ScryptCost
}

/**
 * Opens the secrets of a data folder. A vault that was made goes on being used when a keychain appears, until a person
 * removes it; what a keychain sealed stays in its file while it is away. Throws DISK_FAILED when a file is there and
 * cannot be read.
 */
export async function createSecrets({ folder, keychain, cost }: SecretsOptions): Promise<SecretStore> {
  const files = { vault: join(folder, 'vault.json'), keychain: join(folder, 'secrets.json') }
  const vault = await readVault(files.vault)
  const sealed = await readKeychainFile(files.keychain)
  const places: Places = { typed: new Map(), vault: vault.contents, keychain: sealed.contents ?? new Map() }

  async function write(next: Places, before: Places): Promise<void> {
    const isRemoved = next.vault === null && before.vault !== null
    if (next.vault !== null && next.vault !== before.vault) await writeVault(files.vault, next.vault)
    if (next.keychain !== before.keychain) await writeKeychainFile(files.keychain, next.keychain)
    if (isRemoved) await removeFile(files.vault) // last: what it held is in the other file by now
  }

  const notices = [vault.notice, sealed.notice, ...findings(places, keychain, files.keychain)]
  return secretsIn({
    places,
    keychain,
    notices: notices.filter((notice) => notice !== null),
    write,
    ...(cost && { cost }),
  })
}

/** What a person should know of a keychain that appeared, or is gone. */
function findings({ vault, keychain: sealed }: Places, keychain: Keychain | null, file: string): string[] {
  const profiles = new Set([...sealed.keys()].filter((full) => nameOf(full) !== 'trash').map(profileIdOf)).size
  if (keychain === null && sealed.size > 0) {
    const whose =
      profiles === 0 ? 'The keys of the trash' : `The secrets of ${profiles} ${profiles === 1 ? 'profile' : 'profiles'}`
    return [
      `${whose} are sealed by a keychain that cannot be used here: they stay in ${file}, and are known again when Sluice runs with that keychain.`,
    ]
  }
  if (keychain !== null && vault !== null) {
    return [
      'Secrets are kept in a vault, though this system has a keychain: to move them there, unlock the vault and remove it.',
    ]
  }
  return []
}
