import { SluiceError } from '../../domain/errors.ts'
import { type SecretName, secretNames } from '../../domain/profile.ts'
import type { ProfileFile } from '../../domain/profile-file.ts'
import { readBoundedJson } from './bounded-json.ts'
import type { FoundFile } from './found-profile.ts'
import { readRedisInsight } from './redis-insight.ts'
import { isSluiceFile, readSluiceFile } from './sluice-file.ts'

/** A file of profiles, as text, and the passphrase where it has one. */
export interface ProfileFileText {
  readonly text: string
  readonly passphrase: string | null
}

/** What a file holds, with its secrets: for whoever saves it, and for no screen. Throws INVALID_INPUT, AUTH_FAILED. */
export async function findProfiles({ text, passphrase }: ProfileFileText): Promise<FoundFile> {
  const value = readBoundedJson(text)
  if (isSluiceFile(value)) return readSluiceFile(value, passphrase)
  if (Array.isArray(value)) return readRedisInsight(value)
  throw new SluiceError('INVALID_INPUT', 'This is neither a file of Sluice nor an export of RedisInsight.')
}

/**
 * What a file holds, to choose from: no secrets, and nothing is done. `taken` are the names of the profiles there are.
 * Throws INVALID_INPUT with what is wrong with the file, AUTH_FAILED for a wrong passphrase.
 */
export async function readProfileFile(file: ProfileFileText, taken: readonly string[]): Promise<ProfileFile> {
  const { from, sealed, profiles, problems } = await findProfiles(file)
  const names = new Set(taken)
  return {
    from,
    sealed,
    profiles: profiles.map(({ draft, sealed: boxes, notes }) => {
      const { id: _, secrets, ...profile } = draft
      const nameTaken = names.has(profile.name)
      names.add(profile.name)
      const has = (name: SecretName) => Boolean(secrets[name]) || boxes.includes(name)
      return { profile, secrets: secretNames.filter(has), nameTaken, notes: [...notes] }
    }),
    problems: [...problems],
  }
}
