import { randomBytes } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { SecretStore } from '../profiles/secret-store.ts'

const keyBytes = 32

/** What the secret store calls the key for what is kept on this computer of a profile. */
export const trashKeyName = (connectionId: string) => `trash:${connectionId}`

/** True, or why nothing can be kept on this computer, in a sentence. */
export function canKeepSecrets(secrets: SecretStore): true | string {
  return (
    secrets.kind === 'keychain' ||
    'There is no keychain here to keep the key of such a file, so nobody could open it after Sluice ends: it stays in Redis.'
  )
}

/**
 * The key for what is kept on this computer of a profile. Where there is none it is made, unless there are files already
 * (`hasFiles`): those need the one that the keychain does not give out at the moment. Throws SECRET_MISSING.
 */
export async function trashKeyOf(secrets: SecretStore, connectionId: string, hasFiles: boolean): Promise<Buffer> {
  const name = trashKeyName(connectionId)
  const kept = await secrets.get(name)
  if (kept !== null) return Buffer.from(kept, 'base64')
  if (hasFiles) {
    throw new SluiceError(
      'SECRET_MISSING',
      'The keychain does not give out the key for what is kept on this computer of this profile.',
    )
  }
  const key = randomBytes(keyBytes)
  await secrets.set(name, key.toString('base64'))
  // A keychain that took it and cannot give it back would make the files useless.
  if ((await secrets.get(name)) !== key.toString('base64')) {
    throw new SluiceError(
      'SECRET_MISSING',
      'The keychain did not keep the key for such a file: the jobs stay in Redis.',
    )
  }
  return key
}
