import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import { type PoolConfig, type SavedPool, savedPoolSchema } from '../../domain/pool.ts'
import { openKeptList } from '../profiles/kept-list.ts'

/** The pools that were saved, of all profiles. */
export interface SavedPools {
  list(connectionId: string): SavedPool[]
  /** Saves a new one, or in place of the one with that id. Throws NOT_FOUND for no profile or pool, DISK_FAILED. */
  save(id: string | null, config: PoolConfig, autostart: boolean): Promise<SavedPool>
  /** Throws NOT_FOUND, DISK_FAILED. */
  remove(id: string): Promise<void>
  /** Takes all of a profile away: it was removed. Throws DISK_FAILED. */
  forget(connectionId: string): Promise<void>
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

interface SavedPoolsOptions {
  readonly folder: string
  /** Whether there is such a profile. */
  isProfile(id: string): boolean
}

/** Opens `pools.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export async function openSavedPools({ folder, isProfile }: SavedPoolsOptions): Promise<SavedPools> {
  const kept = await openKeptList(join(folder, 'pools.json'), 'pools', savedPoolSchema)

  return {
    list: (connectionId) => kept.entries().filter(({ config }) => config.connectionId === connectionId),
    async save(id, config, autostart) {
      const saved = { id: id ?? randomUUID(), config, autostart }
      if (!isProfile(config.connectionId)) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
      await kept.change((entries) => (id === null ? [...entries, saved] : entries.with(placeOf(entries, id), saved)))
      return saved
    },
    remove: (id) => kept.change((entries) => entries.toSpliced(placeOf(entries, id), 1)),
    forget: (connectionId) =>
      kept.change((entries) => {
        const others = entries.filter(({ config }) => config.connectionId !== connectionId)
        return others.length < entries.length ? others : entries
      }),
    notices: kept.notices,
  }
}

function placeOf(entries: readonly SavedPool[], id: string): number {
  const place = entries.findIndex((entry) => entry.id === id)
  if (place < 0) throw new SluiceError('NOT_FOUND', 'That saved pool is no longer there.')
  return place
}
