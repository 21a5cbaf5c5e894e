import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { type Profile, type ProfileDraft, profileDraftSchema, profileSchema } from '../../domain/profile.ts'
import { formatRedisUrl, parseRedisUrl } from '../redis/redis-url.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { readKeptFile } from './kept-file.ts'
import { localProfileId } from './local-profile.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { SecretStore } from './secret-store.ts'

/** What was saved or removed; `elsewhere` when the address or the password is another one than before. */
export type ProfileChange =
  | { readonly type: 'saved'; readonly profile: Profile; readonly elsewhere: boolean }
  | { readonly type: 'removed'; readonly id: string }

/** The profiles that a person made, in the order in which they were made. */
export interface ProfileStore {
  list(): readonly Profile[]
  get(id: string): Profile | null
  /**
   * Makes a profile, or changes the one with the draft's id. A password in the URL or the draft goes to the secret
   * store: null keeps the one there is, an empty one removes it. Throws BAD_URL, INVALID_INPUT, NOT_FOUND, DISK_FAILED;
   * then nothing changed.
   */
  save(draft: ProfileDraft): Promise<Profile>
  /** Removes a profile and its password; throws NOT_FOUND, INVALID_INPUT for the built-in one, DISK_FAILED. */
  remove(id: string): Promise<void>
  /** Calls back after each change; returns how to stop. */
  onChange(listener: (change: ProfileChange) => void): () => void
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

const fileSchema = z.object({ version: z.literal(1), profiles: z.array(profileSchema) })

/** Opens `profiles.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export async function openProfileStore({
  folder,
  secrets,
}: {
  folder: string
  secrets: SecretStore
}): Promise<ProfileStore> {
  const file = join(folder, 'profiles.json')
  const { contents, notice } = await readKeptFile(file, fileSchema)
  let profiles: readonly Profile[] = (contents?.profiles ?? []).map((profile) => ({ ...profile, builtIn: false }))
  const listeners = new Set<(change: ProfileChange) => void>()
  const inTurn = oneAtATime()

  const get = (id: string) => profiles.find((profile) => profile.id === id) ?? null

  async function keep(next: readonly Profile[], change: ProfileChange) {
    await writeFileAtomic(file, `${JSON.stringify({ version: 1, profiles: next }, null, 2)}\n`)
    profiles = next
    for (const listener of listeners) listener(change)
  }

  function existing(id: string): Profile {
    if (id === localProfileId) throw new SluiceError('INVALID_INPUT', 'The built-in profile cannot be changed.')
    const profile = get(id)
    if (profile === null) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
    return profile
  }

  async function save(draft: ProfileDraft): Promise<Profile> {
    const { id, url, password: typed, ...rest } = checked(draft)
    const old = id === undefined ? null : existing(id)
    const { address, password: inUrl } = parseRedisUrl(url)
    const password = inUrl ?? typed
    const profile: Profile = {
      ...rest,
      id: old?.id ?? randomUUID(),
      url: formatRedisUrl(address),
      builtIn: false,
      hasSecret: password === null ? (old?.hasSecret ?? false) : password !== '',
    }
    const next = old ? profiles.map((each) => (each === old ? profile : each)) : [...profiles, profile]
    const elsewhere = old?.url !== profile.url || password !== null
    if (password === null) {
      await keep(next, { type: 'saved', profile, elsewhere })
      return profile
    }
    const before = await secrets.get(profile.id)
    await setSecret(secrets, profile.id, password)
    try {
      await keep(next, { type: 'saved', profile, elsewhere })
    } catch (error) {
      await setSecret(secrets, profile.id, before ?? '')
      throw error
    }
    return profile
  }

  return {
    list: () => profiles,
    get,
    save: (draft) => inTurn(() => save(draft)),
    remove: (id) =>
      inTurn(async () => {
        const gone = existing(id)
        await keep(
          profiles.filter((profile) => profile !== gone),
          { type: 'removed', id },
        )
        await secrets.delete(id)
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notices: notice === null ? [] : [notice],
  }
}

/** The password to open a profile with; null when it needs none. Throws SECRET_MISSING when it needs one we do not have. */
export async function passwordOf(profile: Profile, secrets: SecretStore): Promise<string | null> {
  if (!profile.hasSecret) return null
  const password = await secrets.get(profile.id)
  if (password === null) throw new SluiceError('SECRET_MISSING')
  return password
}

function setSecret(secrets: SecretStore, id: string, secret: string): Promise<void> {
  return secret === '' ? secrets.delete(id) : secrets.set(id, secret)
}

/** A name is typed again to confirm, so it is one line that reads in the order in which it is typed. */
const unfitForNames = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

/** The draft as it may be saved: its name in NFC and trimmed. */
function checked(draft: ProfileDraft): ProfileDraft {
  const parsed = profileDraftSchema.safeParse({ ...draft, name: draft.name.normalize('NFC').trim() })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SluiceError('INVALID_INPUT', `That profile cannot be saved: ${issue?.path.join('.')} is not valid.`)
  }
  if (unfitForNames.test(parsed.data.name)) {
    throw new SluiceError(
      'INVALID_INPUT',
      'The name of a profile may hold no line breaks and no characters that change the direction of text.',
    )
  }
  return parsed.data
}
