import { join } from 'node:path'
import { z } from 'zod'
import { openKeptList } from '../profiles/kept-list.ts'
import { endTree } from './end-tree.ts'
import { listProcesses, stillRuns } from './process-table.ts'

/**
 * The processes of worker commands that run, in a file: after a crash of Sluice the next run knows whom it left behind.
 * They are known by their number and the time at which they started, so that no other process is ever meant.
 */
const recordSchema = z.object({ pid: z.number().int().min(2), started: z.string(), name: z.string() })
type Record = z.infer<typeof recordSchema>

export interface LeftOver {
  /** The processes that an earlier run left behind and that still run: told once, at start. */
  readonly found: readonly { readonly pid: number; readonly name: string }[]
  /** Notes a process that runs now. */
  add(pid: number, name: string): void
  /** Notes that a process has ended. */
  remove(pid: number): void
  /** Resolves when what was noted is on disk. */
  flushed(): Promise<void>
}

/**
 * Opens `worker-processes.json` of the data folder and looks who of it still runs. On Unix those were asked to finish by
 * the watcher beside each of them when Sluice ended, and are killed by it when their time is over; on Windows, where
 * there is none, they are ended here. A file that cannot be written is told to `log`, and holds up nothing.
 */
export async function openLeftOver(folder: string, log: (line: string) => void): Promise<LeftOver> {
  const kept = await openKeptList(join(folder, 'worker-processes.json'), 'processes', recordSchema)
  const table = kept.entries().length > 0 ? await listProcesses().catch(() => new Map<never, never>()) : new Map()
  const found = kept.entries().filter((entry) => stillRuns(table, entry))
  if (process.platform === 'win32') for (const { pid } of found) await endTree(pid)
  const now = new Map<number, Record>()
  let writing: Promise<void> | null = null
  let again = false

  function write(): void {
    again = writing !== null // one write for all that changes while another one is under way
    writing ??= (async () => {
      do {
        again = false
        await note().catch((error: unknown) => log(error instanceof Error ? error.message : String(error)))
      } while (again)
      writing = null
    })()
  }

  async function note(): Promise<void> {
    if ([...now.values()].some(({ started }) => started === '')) {
      const running = await listProcesses()
      for (const entry of now.values()) entry.started ||= running.get(entry.pid)?.started ?? ''
    }
    await kept.change(() => [...now.values()].filter(({ started }) => started !== ''))
  }

  return {
    found: found.map(({ pid, name }) => ({ pid, name })),
    add(pid, name) {
      now.set(pid, { pid, name, started: '' })
      write()
    },
    remove(pid) {
      if (now.delete(pid)) write()
    },
    flushed: async () => (await writing) ?? undefined,
  }
}
