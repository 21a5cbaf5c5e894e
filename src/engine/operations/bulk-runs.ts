import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { OperationRun, Report } from '../../domain/operation.ts'
import { Feed, latestOnly } from '../feed.ts'
import type { Journal } from '../journal/journal.ts'
import type { Connection } from '../redis/connection.ts'
import type { Trash } from '../trash/trash.ts'
import { BulkRun } from './bulk-run.ts'
import type { BulkKind, BulkQuestion } from './bulk-work.ts'
import { openReplayLog } from './replay-log.ts'
import { reportOf, writeReport } from './report.ts'
import { openRunFile, readRunFile } from './run-file.ts'
import { type RunState, stateOf } from './run-state.ts'
import { viewOfEnded } from './view-of-ended.ts'

export type { BulkKind, BulkQuestion } from './bulk-work.ts'

/** The actions over many jobs: those that run, and those that ended and were not put away. */
export interface BulkRuns {
  /** All of them, at each beginning and end and at most four times a second between. */
  readonly feed: Feed<OperationRun[]>
  list(): OperationRun[]
  /** Says who makes the work of runs of a kind; before `start`. */
  define(kind: string, make: BulkKind): void
  /** Begins a run; it is written down first. Throws DISK_FAILED. */
  begin(question: BulkQuestion, id?: string): Promise<OperationRun>
  /** Resolves when a run has ended, or was stopped by the end of the app: then `endedAt` is null. Throws NOT_FOUND. */
  ended(id: string): Promise<OperationRun>
  /** Each throws NOT_FOUND when the run has ended. */
  pause(id: string): OperationRun
  resume(id: string): OperationRun
  setPace(id: string, pace: number | null): OperationRun
  cancel(id: string): OperationRun
  /** A page of what was not simply done. Throws NOT_FOUND after 30 days. */
  report(id: string, offset: number, limit: number): Promise<Report>
  /** Writes the whole report to a file for the person. Throws NOT_FOUND, DISK_FAILED. */
  saveReport(id: string): Promise<{ path: string }>
  /** Takes one that ended off the list. Throws UNSUPPORTED while it runs. */
  putAway(id: string): Promise<void>
  /** Goes on with what an earlier start of the app left unfinished. */
  start(): Promise<void>
  /** Ids of the runs that will go on: what they need is kept. */
  unfinished(): readonly string[]
  /** Stops all where they are; they go on at the next start. */
  close(): Promise<void>
}

export interface BulkRunsOptions {
  /** Where runs are written down. */
  readonly folder: string
  readonly dataFolder: string
  /** Where reports go; by default the Downloads folder. */
  readonly downloads?: string
  readonly journal: Journal
  readonly trash: Trash
  /** Throws NOT_OPEN. */
  connection(id: string): Connection
}

/** How often the feed tells how far the runs are. */
const feedEveryMs = 250
const keptForMs = 30 * 24 * 60 * 60 * 1000
const runExtension = '.run'

export function createBulkRuns(options: BulkRunsOptions): BulkRuns {
  const { folder, journal, trash, connection } = options
  const feed = new Feed<OperationRun[]>(latestOnly)
  const kinds = new Map<string, BulkKind>()
  const runs = new Map<string, BulkRun>()
  /** Those that ended before this start of the app. */
  const old = new Map<string, OperationRun>()
  let timer: NodeJS.Timeout | null = null
  let closing = false

  const pathOf = (id: string) => join(folder, `${encodeURIComponent(id)}${runExtension}`)
  const list = () => [...old.values(), ...Array.from(runs.values(), ({ view }) => view)]

  function publish(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    feed.publish(list())
  }
  const changed = () => {
    if (!closing) timer ??= setTimeout(publish, feedEveryMs)
  }

  async function carryOn(state: RunState, resumed: boolean): Promise<BulkRun> {
    const kind = kinds.get(state.question.kind)
    if (kind === undefined) throw new SluiceError('INTERNAL', `Nobody knows runs of the kind ${state.question.kind}.`)
    const file = await openRunFile(pathOf(state.id))
    if (!resumed) await file.append({ t: 'run', id: state.id, at: state.startedAt, question: state.question })
    const log = await openReplayLog(`${pathOf(state.id)}.replies`)
    const run = new BulkRun(state, { file, log, journal, trash, kind, connection, onChange: changed, resumed })
    for (const { journalId, ended } of state.places) if (journalId !== null && !ended) journal.goOn(journalId)
    runs.set(state.id, run)
    run.over.then(() => !closing && publish())
    publish()
    return run
  }

  function known(id: string): BulkRun {
    const run = runs.get(id)
    if (run !== undefined) return run
    throw new SluiceError('NOT_FOUND', 'That action has ended already.')
  }

  const viewOf = (id: string, state: RunState | null): OperationRun => {
    const view = runs.get(id)?.view ?? (state && viewOfEnded(state))
    if (view === null) throw new SluiceError('NOT_FOUND', 'There is no such action.')
    return view
  }

  return {
    feed,
    list,
    define: (kind, make) => void kinds.set(kind, make),
    async begin(question, id = randomUUID()) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const first = stateOf([{ t: 'run', id, at: Date.now(), question }])
      if (first === null) throw new SluiceError('INTERNAL')
      return (await carryOn(first, false)).view
    },
    async ended(id) {
      const run = known(id)
      await run.over
      return run.view
    },
    pause: (id) => known(id).pause(),
    resume: (id) => known(id).resume(),
    setPace: (id, pace) => known(id).setPace(pace),
    cancel: (id) => known(id).cancel(),
    async report(id, offset, limit) {
      const lines = await readRunFile(pathOf(id))
      return reportOf(viewOf(id, stateOf(lines)), lines, offset, limit)
    },
    async saveReport(id) {
      const lines = await readRunFile(pathOf(id))
      return writeReport(viewOf(id, stateOf(lines)), lines, options)
    },
    async putAway(id) {
      const run = runs.get(id)
      if (run !== undefined && run.view.endedAt === null) throw new SluiceError('UNSUPPORTED', 'It has not ended.')
      if (run === undefined && !old.has(id)) throw new SluiceError('NOT_FOUND', 'There is no such action.')
      const file = await openRunFile(pathOf(id))
      await file.append({ t: 'away' }).finally(() => file.close())
      runs.delete(id)
      old.delete(id)
      publish()
    },
    async start() {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(runExtension))
      for (const name of names) {
        const path = join(folder, name)
        const state = stateOf(await readRunFile(path))
        const age = Date.now() - (await stat(path)).mtimeMs
        if (state === null || (state.endedAt !== null && age > keptForMs)) await rm(path, { force: true })
        else if (state.endedAt === null) await carryOn(state, true)
        else if (!state.away) old.set(state.id, viewOfEnded(state))
      }
      publish()
    },
    unfinished: () => [...runs.values()].filter(({ view }) => view.endedAt === null).map(({ id }) => id),
    async close() {
      closing = true
      if (timer !== null) clearTimeout(timer)
      await Promise.all(Array.from(runs.values(), (run) => run.stop()))
    },
  }
}
