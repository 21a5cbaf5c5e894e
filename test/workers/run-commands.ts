import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { OutputLine } from '../../src/domain/job-record.ts'
import type { WorkerCommand, WorkerCommandStatus } from '../../src/domain/worker-command.ts'
import { type CommandStore, openCommandStore } from '../../src/engine/commands/command-store.ts'
import { type Commands, type CommandsOptions, createCommands } from '../../src/engine/commands/commands.ts'
import type { Connection } from '../../src/engine/redis/connection.ts'
import { patience } from '../patience.ts'

/** Worker commands over a folder of their own, for tests; all that they started is gone after `end`. */
export interface RunCommands {
  readonly commands: Commands
  readonly store: CommandStore
  readonly folder: string
  readonly notifications: { level: string; title: string; text: string }[]
  /** Saves a command and starts it; returns its id. */
  run(config: WorkerCommand): Promise<string>
  status(id: string): WorkerCommandStatus
  lines(id: string, search?: string): OutputLine[]
  /** Waits until its status is so. */
  until(id: string, is: (status: WorkerCommandStatus) => boolean): Promise<WorkerCommandStatus>
  /** Waits until so many lines with that text were written. */
  told(id: string, search: string, times?: number): Promise<OutputLine[]>
  end(): Promise<void>
}

export async function runCommands(options: Partial<CommandsOptions> = {}): Promise<RunCommands> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sluice-workers-'))
  const store = await openCommandStore({ folder, isProfile: () => true })
  const notifications: RunCommands['notifications'] = []
  const commands = await createCommands({
    store,
    folder,
    getConnection: () => ({ writer: () => ({}) }) as unknown as Connection, // only asked whether it may write
    redisUrlOf: () => 'redis://127.0.0.1:1',
    loads: () => null,
    hold: () => () => {},
    mayStartAlone: () => true,
    notify: (notification) => notifications.push(notification),
    ...options,
    timing: { measureEveryMs: 100, scaleEveryMs: 20, ...options.timing },
  })
  const status = (id: string) => {
    const found = commands.list().find((each) => each.id === id)
    if (found === undefined) throw new Error(`no command ${id}`)
    return found
  }
  const lines = (id: string, search = '') => commands.output(id, { search, after: 0 }).lines
  return {
    commands,
    store,
    folder,
    notifications,
    status,
    lines,
    async run(config) {
      const { id } = await commands.save({ id: null, config, autostart: false })
      await commands.start(id)
      return id
    },
    until: (id, is) =>
      vi.waitFor(() => {
        const now = status(id)
        if (!is(now)) throw new Error(`still ${JSON.stringify({ ...now, config: undefined })}`)
        return now
      }, patience),
    told: (id, search, times = 1) =>
      vi.waitFor(() => {
        const found = lines(id, search)
        if (found.length < times) {
          throw new Error(
            `"${search}" came ${found.length} times in ${JSON.stringify(lines(id).map(({ text }) => text))}`,
          )
        }
        return found
      }, patience),
    async end() {
      await commands.close(0)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until a process has ended. */
export function gone(pid: number): Promise<void> {
  return vi.waitFor(() => {
    if (isRunning(pid)) throw new Error(`process ${pid} still runs`)
  }, patience)
}
