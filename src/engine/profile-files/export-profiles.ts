import { SluiceError } from '../../domain/errors.ts'
import type { Profile, TypedSecrets } from '../../domain/profile.ts'
import type { SecretStore } from '../profiles/secret-store.ts'
import type { ScryptCost } from '../vault/passphrase-box.ts'
import { type WrittenProfile, writeSluiceFile } from './sluice-file.ts'

export interface ExportQuestion {
  readonly ids: readonly string[]
  /** Null: no secret goes into the file. */
  readonly passphrase: string | null
}

export interface ExportSources {
  profile(id: string): Profile | null
  readonly secrets: Pick<SecretStore, 'get'>
  /** What making a key of a passphrase costs. */
  readonly cost?: ScryptCost
}

/**
 * The text of a file with these profiles, and a name for it. With a passphrase their secrets are in it, sealed; one that
 * is not known here is not, and will be asked for. Throws NOT_FOUND, UNSUPPORTED for the built-in profile, VAULT_LOCKED.
 */
export async function exportProfiles(
  { ids, passphrase }: ExportQuestion,
  { profile, secrets, cost }: ExportSources,
): Promise<{ name: string; text: string }> {
  const written: WrittenProfile[] = []
  for (const id of new Set(ids)) {
    const found = profile(id)
    if (found === null) throw new SluiceError('NOT_FOUND', 'One of these profiles is no longer there.')
    if (found.builtIn) throw new SluiceError('UNSUPPORTED', 'The built-in profile is of this computer alone.')
    const sealed: TypedSecrets = {}
    for (const name of passphrase === null ? [] : found.secrets) {
      const secret = await secrets.get(id, name)
      if (secret !== null) sealed[name] = secret
    }
    written.push({ profile: found, secretNames: found.secrets, secrets: sealed })
  }
  const day = new Date().toISOString().slice(0, 10)
  return { name: `sluice-profiles-${day}.json`, text: await writeSluiceFile(written, passphrase, cost) }
}
