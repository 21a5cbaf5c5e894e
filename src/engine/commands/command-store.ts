import { join } from 'node:path'
import { type WorkerCommand, workerCommandSchema } from '../../domain/worker-command.ts'
import { openSavedList, type Saved, type SavedList } from '../profiles/saved-list.ts'

/** A worker command that was saved for a profile. */
export type SavedCommand = Saved<WorkerCommand>

/** The worker commands of all profiles, kept on this computer. */
export type CommandStore = SavedList<WorkerCommand>

/** Opens `worker-commands.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export function openCommandStore({ folder, isProfile }: { folder: string; isProfile(id: string): boolean }) {
  const file = join(folder, 'worker-commands.json')
  return openSavedList({ file, name: 'commands', config: workerCommandSchema, isProfile })
}
