import { SluiceError } from '../../domain/errors.ts'
import type { Profile } from '../../domain/profile.ts'
import type { ProfileStore } from '../profiles/profile-store.ts'
import { findProfiles, type ProfileFileText } from './read-profile-file.ts'

const longestName = 80

/**
 * Saves profiles of a file, by their places in what `readProfileFile` told: all of them or none, in one write. One whose
 * name is taken gets a number. It connects to none of them. Throws INVALID_INPUT, AUTH_FAILED, and what saving throws
 * (VAULT_LOCKED, DISK_FAILED).
 */
export async function importProfiles(
  file: ProfileFileText,
  take: readonly number[],
  profiles: ProfileStore,
): Promise<Profile[]> {
  const found = await findProfiles(file)
  const names = new Set(profiles.list().map(({ name }) => name))
  const chosen = [...new Set(take)].map((at) => {
    const each = found.profiles[at]
    if (each === undefined) throw new SluiceError('INVALID_INPUT', 'The file has no such profile: read it again.')
    const name = freeName(each.draft.name, names)
    names.add(name)
    return { draft: { ...each.draft, name }, asksFor: each.asksFor }
  })
  return profiles.add(chosen)
}

/** The name, or the name with the first number that makes it another. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let i = 2; taken.has(free); i++) {
    const end = ` (${i})`
    free = `${cut(name, longestName - end.length)}${end}`
  }
  return free
}

/** At most so many code units, and no half of a letter. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, '')
}
