import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import {
  type Profile,
  type ProfileDraft,
  profileSchema,
  type SecretName,
  secretNames,
  type TypedSecrets,
} from '../../domain/profile.ts'
import { formatRedisUrl, parseRedisUrl } from '../../domain/redis-url.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { checkedDraft, demandFit, tidyName } from './checked-draft.ts'
import { readKeptFile } from './kept-file.ts'
import { localProfileId } from './local-profile.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { secretChanges } from './secret-changes.ts'
import type { SecretChange, SecretStore } from './secret-store.ts'

/** What was saved or removed; `elsewhere` when it leads another way than before, or with other secrets. */
export type ProfileChange =
  | { readonly type: 'saved'; readonly profile: Profile; readonly elsewhere: boolean }
  | { readonly type: 'removed'; readonly id: string }

/** Where a profile is among the others. */
export interface ProfilePlace {
  readonly id: string
  readonly folder: string
}

/** The profiles that a person made, in the order that they gave them. */
export interface ProfileStore {
  list(): readonly Profile[]
  get(id: string): Profile | null
  /**
   * Makes a profile, or changes the one with the draft's id. A password in the URL and the secrets of the draft go to the
   * secret store: one that is not named stays, an empty one is removed. Throws BAD_URL, INVALID_INPUT, NOT_FOUND,
   * VAULT_LOCKED, DISK_FAILED; then nothing changed.
   */
  save(draft: ProfileDraft): Promise<Profile>
  /**
   * Makes many, all or none, in one write. `asksFor` are secrets that one has and that are not known here: they are asked
   * for when it is opened. Throws as `save`.
   */
  add(entries: readonly { readonly draft: ProfileDraft; readonly asksFor: readonly SecretName[] }[]): Promise<Profile[]>
  /** Makes a copy beside the old one, with its secrets. What is not known here is asked for again. Throws as `save`. */
  duplicate(id: string, name: string): Promise<Profile>
  /**
   * Puts profiles in this order, and each into its folder; those that are not named follow as they were. Throws NOT_FOUND,
   * INVALID_INPUT for a name that cannot be one or for one profile in two places, DISK_FAILED.
   */
  arrange(places: readonly ProfilePlace[]): Promise<readonly Profile[]>
  /**
   * Takes in secrets that were asked for, for this run or to be kept; a profile that keeps none never keeps these. Tells
   * of a profile that is elsewhere, so that who has it open tries anew. Throws as `save`.
   */
  enterSecrets(id: string, secrets: TypedSecrets, keep: boolean): Promise<Profile>
  /** Removes a profile and its secrets; throws NOT_FOUND, INVALID_INPUT for the built-in one, DISK_FAILED. */
  remove(id: string): Promise<void>
  /** Calls back after each change; returns how to stop. */
  onChange(listener: (change: ProfileChange) => void): () => void
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

type WayBack = () => Promise<void>
type Step = () => Promise<WayBack>

/** Before there were named secrets, a profile said only whether it had a password. */
const keptProfileSchema = profileSchema
  .extend({ hasSecret: z.boolean().optional() })
  .transform(({ hasSecret, ...profile }): Profile => {
    const secrets = hasSecret && !profile.secrets.includes('password') ? ['password' as const] : []
    return { ...profile, secrets: [...secrets, ...profile.secrets], builtIn: false }
  })
const fileSchema = z.object({ version: z.literal(1), profiles: z.array(keptProfileSchema) })

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
  let profiles: readonly Profile[] = contents?.profiles ?? []
  let byId = new Map(profiles.map((profile) => [profile.id, profile]))
  const listeners = new Set<(change: ProfileChange) => void>()
  const inTurn = oneAtATime()

  const get = (id: string) => byId.get(id) ?? null

  async function keep(next: readonly Profile[]): Promise<void> {
    await writeFileAtomic(file, `${JSON.stringify({ version: 1, profiles: next }, null, 2)}\n`)
    profiles = next
    byId = new Map(next.map((profile) => [profile.id, profile]))
  }

  function tell(...changes: ProfileChange[]): void {
    for (const change of changes) for (const listener of listeners) listener(change)
  }

  function existing(id: string): Profile {
    if (id === localProfileId) throw new SluiceError('INVALID_INPUT', 'The built-in profile cannot be changed.')
    const profile = get(id)
    if (profile === null) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
    return profile
  }

  /** What a draft makes of a profile, and of its secrets. */
  function made(draft: ProfileDraft, asksFor: readonly SecretName[] = []) {
    const { id, url, secrets: typed, ...rest } = checkedDraft(draft)
    const old = id === undefined ? null : existing(id)
    const { address, password } = parseRedisUrl(url)
    const { secrets: names, changes } = secretChanges({
      typed: password === null ? typed : { ...typed, password },
      next: rest,
      before: old,
      asksFor,
    })
    const profile: Profile = {
      ...rest,
      id: old?.id ?? randomUUID(),
      url: formatRedisUrl(address),
      builtIn: false,
      secrets: [...names],
    }
    const secretsNow = [...changes].map(
      ([name, secret]): SecretChange => ({ profileId: profile.id, name, secret, keep: profile.keepSecrets }),
    )
    return { old, profile, secretsNow }
  }

  /** Does one thing after another; where one fails, those before it are taken back. */
  async function together(...steps: readonly Step[]): Promise<void> {
    const waysBack: WayBack[] = []
    try {
      for (const step of steps) waysBack.push(await step())
    } catch (error) {
      for (const back of waysBack.reverse()) await back().catch(() => {}) // the first error tells more
      throw error
    }
  }

  const keeping =
    (next: readonly Profile[]): Step =>
    async () => {
      const before = profiles
      await keep(next)
      return () => keep(before)
    }

  async function save(draft: ProfileDraft): Promise<Profile> {
    const { old, profile, secretsNow } = made(draft)
    const next = old ? profiles.map((each) => (each === old ? profile : each)) : [...profiles, profile]
    if (secrets.state().locked && secretsNow.some(({ secret, keep: isKept }) => secret !== null && isKept)) {
      throw new SluiceError('VAULT_LOCKED', undefined, { kind: 'vault' }) // before anything is forgotten
    }
    const isSameWay = old !== null && sameWay(old, profile)
    const elsewhere = !isSameWay || secretsNow.length > 0
    // Wherever this is cut: no new secret is sent to the old address, nor an old one to the new.
    const forgotten = old === null || isSameWay ? [] : secretsNow.map((each) => ({ ...each, secret: null }))
    await together(
      () => secrets.change(forgotten),
      keeping(next),
      () => secrets.change(secretsNow),
      async () => {
        if (old === null || old.keepSecrets === profile.keepSecrets) return async () => {}
        return secrets.keepAll(profile.id, profile.keepSecrets)
      },
    )
    tell({ type: 'saved', profile, elsewhere })
    return profile
  }

  async function add(entries: Parameters<ProfileStore['add']>[0]): Promise<Profile[]> {
    const all = entries.map(({ draft: { id: _, ...draft }, asksFor }) => made(draft, asksFor))
    const added = all.map(({ profile }) => profile)
    const secretsNow = all.flatMap((each) => each.secretsNow)
    await together(() => secrets.change(secretsNow), keeping([...profiles, ...added]))
    tell(...added.map((profile) => ({ type: 'saved', profile, elsewhere: true }) as const))
    return added
  }

  async function duplicate(id: string, name: string): Promise<Profile> {
    const old = existing(id)
    const profile: Profile = { ...old, id: randomUUID(), name: tidyName(name) }
    checkedDraft({ ...profile, secrets: {} })
    await together(
      () => secrets.copyAll(id, profile.id),
      keeping(profiles.flatMap((each) => (each === old ? [old, profile] : [each]))),
    )
    tell({ type: 'saved', profile, elsewhere: true })
    return profile
  }

  async function arrange(places: readonly ProfilePlace[]): Promise<readonly Profile[]> {
    const named = new Set(places.map(({ id }) => id))
    if (named.size < places.length) throw new SluiceError('INVALID_INPUT', 'A profile has one place.')
    const moved = places
      .filter(({ id }) => id !== localProfileId)
      .map(({ id, folder }): Profile => {
        const profile = existing(id)
        const tidy = tidyName(folder)
        if (tidy.length > 80) throw new SluiceError('INVALID_INPUT', 'The name of a folder has at most 80 letters.')
        demandFit(tidy, 'The name of a folder')
        return profile.folder === tidy ? profile : { ...profile, folder: tidy }
      })
    const next = [...moved, ...profiles.filter(({ id }) => !named.has(id))]
    if (next.every((profile, i) => profile === profiles[i])) return profiles
    const changed = moved.filter((profile) => profile !== get(profile.id))
    await keep(next)
    tell(...changed.map((profile) => ({ type: 'saved', profile, elsewhere: false }) as const))
    return profiles
  }

  async function enterSecrets(id: string, typed: TypedSecrets, keeps: boolean): Promise<Profile> {
    const old = existing(id)
    const { secrets: names, changes } = secretChanges({ typed, next: old, before: old })
    const profile = { ...old, secrets: secretNames.filter((name) => names.includes(name)) }
    const secretsNow = [...changes].map(
      ([name, secret]): SecretChange => ({ profileId: id, name, secret, keep: keeps && old.keepSecrets }),
    )
    if (secretsNow.length === 0) return old
    await together(keeping(profiles.map((each) => (each === old ? profile : each))), () => secrets.change(secretsNow))
    tell({ type: 'saved', profile, elsewhere: true })
    return profile
  }

  return {
    list: () => profiles,
    get,
    save: (draft) => inTurn(() => save(draft)),
    add: (entries) => inTurn(() => add(entries)),
    duplicate: (id, name) => inTurn(() => duplicate(id, name)),
    arrange: (places) => inTurn(() => arrange(places)),
    enterSecrets: (id, typed, keeps) => inTurn(() => enterSecrets(id, typed, keeps)),
    remove: (id) =>
      inTurn(async () => {
        const gone = existing(id)
        await keep(profiles.filter((profile) => profile !== gone))
        tell({ type: 'removed', id })
        await secrets.deleteAll(id)
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notices: notice === null ? [] : [notice],
  }
}

/** Whether two profiles lead the same way: what differs besides needs no new connection. */
function sameWay(a: Profile, b: Profile): boolean {
  const way = ({ url, topology, tls, ssh }: Profile) => JSON.stringify([url, topology, tls, ssh])
  return way(a) === way(b)
}
