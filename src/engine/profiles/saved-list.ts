import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { openKeptList } from './kept-list.ts'

/** Something that was set up for a profile, and may start with the app. */
export interface Saved<Config> {
  readonly id: string
  readonly config: Config
  /** Starts when its connection opens with the app; never of a production profile. */
  readonly autostart: boolean
}

/** What was saved, of all profiles, in the order in which it was. */
export interface SavedList<Config> {
  list(): readonly Saved<Config>[]
  of(connectionId: string): readonly Saved<Config>[]
  /** Adds one (id null), or changes the one of that id. Throws NOT_FOUND for no such id or profile, DISK_FAILED. */
  save(entry: Omit<Saved<Config>, 'id'> & { readonly id: string | null }): Promise<Saved<Config>>
  /** Nothing happens where it is gone already. Throws DISK_FAILED. */
  remove(id: string): Promise<void>
  /** Takes all of a profile away: it was removed. Throws DISK_FAILED. */
  forget(connectionId: string): Promise<void>
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

interface SavedListOptions<Config> {
  readonly file: string
  /** What the file calls them. */
  readonly name: string
  readonly config: z.ZodType<Config>
  /** Whether there is such a profile. */
  isProfile(id: string): boolean
}

/** Opens the file. Throws DISK_FAILED when it is there and cannot be read. */
export async function openSavedList<Config extends { readonly connectionId: string }>({
  file,
  name,
  config: configSchema,
  isProfile,
}: SavedListOptions<Config>): Promise<SavedList<Config>> {
  const schema: z.ZodType<Saved<Config>> = z.object({
    id: z.string().min(1).max(64),
    config: configSchema,
    autostart: z.boolean(),
  })
  const kept = await openKeptList(file, name, schema)
  /** The same list when none of them goes: then nothing is written. */
  const without = (goes: (entry: Saved<Config>) => boolean) =>
    kept.change((entries) => (entries.some(goes) ? entries.filter((entry) => !goes(entry)) : entries))

  return {
    list: kept.entries,
    of: (connectionId) => kept.entries().filter(({ config }) => config.connectionId === connectionId),
    async save({ id, config, autostart }) {
      if (!isProfile(config.connectionId)) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
      const saved = { id: id ?? randomUUID(), config, autostart }
      await kept.change((entries) => {
        if (id === null) return [...entries, saved]
        const at = entries.findIndex((entry) => entry.id === id)
        if (at < 0) throw new SluiceError('NOT_FOUND', 'What you saved there was forgotten meanwhile.')
        return entries.with(at, saved)
      })
      return saved
    },
    remove: (id) => without((entry) => entry.id === id),
    forget: (connectionId) => without(({ config }) => config.connectionId === connectionId),
    notices: kept.notices,
  }
}
