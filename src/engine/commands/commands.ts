import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { WorkerCommandStatus } from '../../domain/worker-command.ts'
import { Feed, latestOnly } from '../feed.ts'
import { OutputLog } from '../processes/output-log.ts'
import type { Connection } from '../redis/connection.ts'
import { createAutoscaler } from '../scale/autoscaler.ts'
import type { Load } from '../scale/plan-workers.ts'
import type { CommandStore, SavedCommand } from './command-store.ts'
import { openLeftOver } from './left-over.ts'
import { Supervisor } from './supervisor.ts'
import { treeUsageOf } from './usage.ts'

export interface CommandsOptions {
  readonly store: CommandStore
  /** Where it notes which processes run, for the run after a crash. */
  readonly folder: string
  /** The open connection of that id; throws NOT_OPEN when there is none. */
  getConnection(id: string): Connection
  /** Where a profile points, password included; only asked for commands that are to get it. */
  redisUrlOf(connectionId: string): string | Promise<string>
  /** What waits in a queue, as last seen; null while that is unknown. */
  loads(connectionId: string, queue: QueueRef): Load | null
  /** Keeps `loads` fresh while a command follows them; returns how to let go. */
  hold(): () => void
  /** Whether workers of this profile may start without a person: never those of a production profile. */
  mayStartAlone(connectionId: string): boolean
  notify(notification: { level: 'info' | 'warning' | 'error'; title: string; text: string }): void
  readonly log?: (line: string) => void
  readonly timing?: Partial<CommandsTiming>
  /** The time of day, in ms. */
  readonly now?: () => number
}

/** Times that tests make shorter, in ms. */
export interface CommandsTiming {
  readonly measureEveryMs: number
  readonly scaleEveryMs: number
}

/** All worker commands of this desktop. */
export interface Commands {
  list(): WorkerCommandStatus[]
  /** Adds one (id null), or changes one; what runs goes on as it was. Throws NOT_FOUND, DISK_FAILED. */
  save(command: Omit<SavedCommand, 'id'> & { readonly id: string | null }): Promise<WorkerCommandStatus>
  /** Forgets one that does not run; throws UNSUPPORTED otherwise. */
  remove(id: string): Promise<void>
  /** Throws NOT_OPEN, READ_ONLY where it may not write, INVALID_INPUT when it cannot be started as it is set up. */
  start(id: string): Promise<WorkerCommandStatus>
  /** Asks its processes to finish what they have; does not wait until they have. */
  stop(id: string): WorkerCommandStatus
  /** Kills its processes and all that they started. */
  kill(id: string): WorkerCommandStatus
  /** The newest lines after `after` with `search` in them, oldest first, at most 1,000; kept after a stop. */
  output(id: string, question: { search: string; after: number }): ReturnType<OutputLog['read']>
  /** The whole list at each change, at most 4 times a second. */
  readonly feed: Feed<WorkerCommandStatus[]>
  /** Starts the saved commands of a connection that are to start by themselves, where they may. Never throws. */
  autostart(connectionId: string): Promise<void>
  /** Stops the commands of a connection, at the latest after `graceMs`: to be called before it is closed. */
  stopConnection(connectionId: string, graceMs?: number): Promise<void>
  /** Stops the commands of a profile at once and forgets them: it was removed. Throws DISK_FAILED. */
  forget(connectionId: string): Promise<void>
  /** Drains all, and kills after `graceMs` what still runs. Once more shortens that. */
  close(graceMs?: number): Promise<void>
  /** Sentences for the person about what was found at start. */
  readonly notices: readonly string[]
}

interface Entry {
  saved: SavedCommand
  readonly output: OutputLog
  /** Of the present or the last run. */
  supervisor: Supervisor | null
  /** While it asks for what it needs to start; a stop ends that. */
  starting: boolean
}

const feedEveryMs = 250
const closeGraceMs = 10_000
/** On Windows a look at all processes costs a PowerShell. */
const measureEveryMs = process.platform === 'win32' ? 10_000 : 2000

export async function createCommands(options: CommandsOptions): Promise<Commands> {
  const { store, log = () => {}, timing } = options
  const leftOver = await openLeftOver(options.folder, log)
  const entries = new Map<string, Entry>()
  const feed = new Feed<WorkerCommandStatus[]>(latestOnly)
  const autoscaler = createAutoscaler({
    loads: options.loads,
    hold: options.hold,
    log,
    ...(timing?.scaleEveryMs === undefined ? {} : { everyMs: timing.scaleEveryMs }),
  })
  let published = ''
  let publishing: NodeJS.Timeout | null = null
  let measuring: NodeJS.Timeout | null = null
  let closed = false
  /** Closed, and nothing runs any more. */
  let over = false

  for (const saved of store.list()) entries.set(saved.id, entryOf(saved))

  function entryOf(saved: SavedCommand): Entry {
    return { saved, output: new OutputLog(), supervisor: null, starting: false }
  }

  const list = () => [...entries.values()].map(statusOf)

  function publish(): void {
    publishing = null
    const now = list()
    const text = JSON.stringify(now)
    if (text === published) return
    published = text
    feed.publish(now)
  }

  function changed(): void {
    if (over) return
    publishing ??= setTimeout(publish, feedEveryMs)
    const some = [...entries.values()].some(({ supervisor }) => supervisor !== null && supervisor.pids.length > 0)
    if (some) measuring ??= setTimeout(measure, timing?.measureEveryMs ?? measureEveryMs)
  }

  /** Looks at what all processes need, once for all; begins again by `changed` while any runs. */
  async function measure(): Promise<void> {
    try {
      const pids = [...entries.values()].flatMap(({ supervisor }) => supervisor?.pids ?? []).filter((pid) => pid !== 0)
      const usages = pids.length > 0 ? await treeUsageOf(pids) : new Map()
      for (const { supervisor } of entries.values()) supervisor?.measured(usages)
    } catch (error) {
      log(`Worker processes could not be measured: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      measuring = null
      changed()
    }
  }

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new SluiceError('NOT_FOUND', 'That worker command is no longer there.')
    return entry
  }

  const runs = ({ supervisor, starting }: Entry) => starting || (supervisor !== null && !supervisor.over)

  async function start(id: string): Promise<WorkerCommandStatus> {
    const entry = find(id)
    if (closed) throw new SluiceError('UNSUPPORTED', 'Sluice is ending.')
    if (runs(entry)) throw new SluiceError('UNSUPPORTED', `${entry.saved.config.name} runs already.`)
    const { config } = entry.saved
    // Workers change the queues that they serve: where nothing may be written, none are started.
    options.getConnection(config.connectionId).writer()
    entry.starting = true
    try {
      const redisUrl = config.passRedisUrl ? await options.redisUrlOf(config.connectionId) : null
      if (closed || !entry.starting) throw new SluiceError('UNSUPPORTED', 'It was stopped before it started.')
      const supervisor = new Supervisor({
        config,
        redisUrl,
        output: entry.output,
        autoscaler,
        ...(options.now ? { now: options.now } : {}),
        onChange: changed,
        onGivenUp: (text) => options.notify({ level: 'error', title: `${config.name} was given up`, text }),
        onProcess: (pid, running) => (running ? leftOver.add(pid, config.name) : leftOver.remove(pid)),
      })
      supervisor.start()
      entry.supervisor = supervisor
    } finally {
      entry.starting = false
    }
    changed()
    return statusOf(entry)
  }

  /** Drains some, and kills after a time what still runs; resolves when nothing does. */
  async function end(some: readonly Entry[], graceMs: number): Promise<void> {
    for (const entry of some) entry.starting = false
    const supervisors = some.flatMap(({ supervisor }) => supervisor ?? [])
    for (const supervisor of supervisors) supervisor.stop()
    const late = setTimeout(() => {
      for (const supervisor of supervisors) supervisor.kill()
    }, graceMs)
    await Promise.all(supervisors.map(({ stopped }) => stopped))
    clearTimeout(late)
  }

  const ofConnection = (id: string) => [...entries.values()].filter(({ saved }) => saved.config.connectionId === id)

  return {
    feed,
    list,
    notices: [...store.notices, ...leftOver.found.map(leftOverNotice)],

    async save(command) {
      const saved = await store.save(command)
      const entry = entries.get(saved.id)
      if (entry) entry.saved = saved
      else entries.set(saved.id, entryOf(saved))
      changed()
      return statusOf(find(saved.id))
    },

    async remove(id) {
      const entry = find(id)
      if (runs(entry)) throw new SluiceError('UNSUPPORTED', `${entry.saved.config.name} still runs: stop it first.`)
      await store.remove(id)
      entries.delete(id)
      changed()
    },

    start,

    stop(id) {
      const entry = find(id)
      entry.starting = false
      entry.supervisor?.stop()
      return statusOf(entry)
    },

    kill(id) {
      const entry = find(id)
      entry.starting = false
      entry.supervisor?.kill()
      return statusOf(entry)
    },

    output: (id, question) => find(id).output.read(question),

    async autostart(connectionId) {
      if (!options.mayStartAlone(connectionId)) return
      for (const entry of ofConnection(connectionId)) {
        if (!entry.saved.autostart || runs(entry)) continue
        await start(entry.saved.id).catch((error: unknown) => {
          const text = error instanceof Error ? error.message : String(error)
          options.notify({ level: 'error', title: `${entry.saved.config.name} could not be started`, text })
        })
      }
    },

    stopConnection: (connectionId, graceMs = closeGraceMs) => end(ofConnection(connectionId), graceMs),

    async forget(connectionId) {
      const mine = ofConnection(connectionId)
      await end(mine, 0)
      await store.forget(connectionId)
      for (const { saved } of mine) entries.delete(saved.id)
      changed()
    },

    async close(graceMs = closeGraceMs) {
      closed = true
      await end([...entries.values()], graceMs)
      over = true
      autoscaler.close()
      if (measuring) clearTimeout(measuring)
      if (publishing) clearTimeout(publishing)
      publish()
      await leftOver.flushed()
    },
  }
}

const idle = {
  state: 'stopped',
  processes: [],
  wanted: 0,
  restarts: 0,
  lastExit: null,
  problem: null,
} as const satisfies Partial<WorkerCommandStatus>

function statusOf({ saved, supervisor }: Entry): WorkerCommandStatus {
  return { ...saved, ...(supervisor?.status() ?? { ...idle, processes: [] }) }
}

function leftOverNotice({ pid, name }: { pid: number; name: string }): string {
  const what = `Process ${pid} of the worker command "${name}" was left behind by an earlier run of Sluice`
  return process.platform === 'win32'
    ? `${what}; it was ended.`
    : `${what}. It was told to finish, and is killed when its time to do so is over.`
}
