import { randomBytes } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { SecretStore } from '../profiles/secret-store.ts'

const keyBytes = 32

/** What the trash needs of the secret store: a key for each profile. */
export type TrashSecrets = Pick<SecretStore, 'kind' | 'get' | 'set' | 'delete'>

/** True, or why nothing can be kept on this computer, in a sentence. */
export function canKeepSecrets(secrets: TrashSecrets): true | string {
  return (
    secrets.kind !== 'this run only' ||
    'There is no keychain or vault here to keep the key of such a file, so nobody could open it after Sluice ends: it stays in Redis.'
  )
}

/**
 * The key for what is kept on this computer of a profile. Where there is none it is made, unless there are files already
 * (`hasFiles`): those need the one that is not given out at the moment. Throws SECRET_MISSING, and VAULT_LOCKED while the
 * vault waits for its passphrase: no key is made then, so none is ever replaced.
 */
export async function trashKeyOf(secrets: TrashSecrets, connectionId: string, hasFiles: boolean): Promise<Buffer> {
  const kept = await secrets.get(connectionId, 'trash')
  if (kept !== null) return Buffer.from(kept, 'base64')
  if (hasFiles) {
    throw new SluiceError(
      'SECRET_MISSING',
      'The key for what is kept on this computer of this profile is not known here.',
    )
  }
  const key = randomBytes(keyBytes)
  await secrets.set(connectionId, 'trash', key.toString('base64'), { keep: true })
  // A keychain that took it and cannot give it back would make the files useless.
  if ((await secrets.get(connectionId, 'trash')) !== key.toString('base64')) {
    throw new SluiceError(
      'SECRET_MISSING',
      'The keychain did not keep the key for such a file: the jobs stay in Redis.',
    )
  }
  return key
}
