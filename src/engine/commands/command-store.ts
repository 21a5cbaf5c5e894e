import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { workerCommandSchema } from '../../domain/worker-command.ts'
import { openKeptList } from '../profiles/kept-list.ts'

const savedCommandSchema = z.object({
  id: z.string().min(1).max(64),
  config: workerCommandSchema,
  /** Starts when its connection opens with the app; never of a production profile. */
  autostart: z.boolean(),
})
/** A worker command that was saved for a profile. */
export type SavedCommand = z.infer<typeof savedCommandSchema>

/** The worker commands of all profiles, kept on this computer. */
export interface CommandStore {
  list(): readonly SavedCommand[]
  /** Adds one (id null), or changes the one of that id. Throws NOT_FOUND for no such id or profile, DISK_FAILED. */
  save(command: Omit<SavedCommand, 'id'> & { readonly id: string | null }): Promise<SavedCommand>
  remove(id: string): Promise<void>
  /** Takes all worker commands of a profile away: it was removed. Throws DISK_FAILED. */
  forget(connectionId: string): Promise<void>
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

/** Opens `worker-commands.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export async function openCommandStore(options: {
  readonly folder: string
  /** Whether there is such a profile. */
  isProfile(id: string): boolean
}): Promise<CommandStore> {
  const file = join(options.folder, 'worker-commands.json')
  const kept = await openKeptList(file, 'commands', savedCommandSchema)
  return {
    list: kept.entries,
    notices: kept.notices,
    async save({ id, config, autostart }) {
      if (!options.isProfile(config.connectionId)) {
        throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
      }
      const saved = { id: id ?? randomUUID(), config, autostart }
      await kept.change((entries) => {
        if (id === null) return [...entries, saved]
        const at = entries.findIndex((entry) => entry.id === id)
        if (at < 0) throw new SluiceError('NOT_FOUND', 'That worker command is no longer there.')
        return entries.with(at, saved)
      })
      return saved
    },
    remove: (id) => kept.change((entries) => without(entries, (entry) => entry.id === id)),
    forget: (connectionId) =>
      kept.change((entries) => without(entries, ({ config }) => config.connectionId === connectionId)),
  }
}

/** The same list when none of them goes: then nothing is written. */
function without(entries: readonly SavedCommand[], goes: (entry: SavedCommand) => boolean): readonly SavedCommand[] {
  return entries.some(goes) ? entries.filter((entry) => !goes(entry)) : entries
}
