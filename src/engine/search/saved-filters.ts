import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import { parseFilter } from '../../domain/job-filter/parse.ts'
import { type SavedFilter, savedFilterSchema } from '../../domain/search.ts'
import { openKeptList } from '../profiles/kept-list.ts'

/** The filters that somebody saved, kept on this computer. */
export interface SavedFilters {
  /** In the order in which they were saved. */
  list(): readonly SavedFilter[]
  /**
   * Adds one (id null), or changes the one of that id. Throws INVALID_INPUT for a filter that is none, or a name that
   * another one has; NOT_FOUND for no such id; DISK_FAILED.
   */
  save(filter: Omit<SavedFilter, 'id'> & { readonly id: string | null }): Promise<SavedFilter>
  /** Nothing happens where it is gone already. Throws DISK_FAILED. */
  forget(id: string): Promise<void>
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

/** Opens `filters.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export async function openSavedFilters({ folder }: { folder: string }): Promise<SavedFilters> {
  const kept = await openKeptList(join(folder, 'filters.json'), 'filters', savedFilterSchema)
  return {
    list: kept.entries,
    async save({ id, name, filter }) {
      const read = parseFilter(filter)
      if (read !== null && 'problem' in read)
        throw new SluiceError('INVALID_INPUT', `At character ${read.at + 1} of the filter: ${read.problem}`)
      const saved = { id: id ?? randomUUID(), name: name.trim(), filter }
      await kept.change((filters) => {
        if (filters.some((other) => other.id !== saved.id && other.name === saved.name))
          throw new SluiceError('INVALID_INPUT', `Another filter is called ${saved.name}.`)
        if (id === null) return [...filters, saved]
        const at = filters.findIndex((other) => other.id === id)
        if (at < 0) throw new SluiceError('NOT_FOUND', 'That filter was forgotten meanwhile.')
        return filters.with(at, saved)
      })
      return saved
    },
    forget: (id) =>
      kept.change((filters) =>
        filters.some((one) => one.id === id) ? filters.filter((one) => one.id !== id) : filters,
      ),
    notices: kept.notices,
  }
}
