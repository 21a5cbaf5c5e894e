import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { JobDetail } from '../../domain/job.ts'
import type { JobRecord, OutputLine } from '../../domain/job-record.ts'
import { members } from '../../domain/json-text.ts'
import type { HandlerId, Limits } from '../../domain/pool.ts'
import type { QueueRef, SystemId } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import { OutputLog } from '../processes/output-log.ts'
import type { Connection } from '../redis/connection.ts'
import type { Job } from './handler.ts'
import { type HandlerParts, handlerOf } from './handlers/handler-of.ts'
import { JobBoard } from './job-board.ts'
import { layoutOf } from './lists/layout.ts'
import { Payload } from './lists/payload.ts'
import { readJob, textFields } from './lists/read-job.ts'
import { isList } from './make-pool.ts'
import type { StartLimited } from './pools.ts'

export interface ExactRun {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
  readonly ref: string
  readonly handler: HandlerId
  readonly file: string | null
  readonly limits: Limits
}

export interface ExactRunView {
  readonly record: JobRecord
  readonly output: OutputLine[]
}

interface ExactRunsOptions extends Pick<HandlerParts, 'settings' | 'onMessage'> {
  getConnection(id: string): Connection
  readonly startProcesses: StartLimited
}

interface Entry {
  readonly board: JobBoard
  readonly output: OutputLog
  readonly cancel: AbortController
  readonly ended: Promise<void>
}

/** Runs that are remembered after their end, for those who look late. */
const kept = 20

/** Single jobs that a handler runs because somebody asked for exactly these. The jobs stay where and as they are. */
export class ExactRuns {
  readonly #entries = new Map<string, Entry>()

  constructor(private readonly options: ExactRunsOptions) {}

  /** Reads the job (cost: see the system's `job`) and begins. Throws NOT_FOUND, INVALID_INPUT for what is no job. */
  async start({ connectionId, queue, state, ref, handler: id, file, limits }: ExactRun): Promise<string> {
    const { settings, onMessage, startProcesses } = this.options
    const connection = this.options.getConnection(connectionId)
    const detail = await systemOf(queue.system).job(connection.reader, queue, state, ref, true)
    if (detail === null) throw new SluiceError('NOT_FOUND', 'This job is no longer where you saw it.')
    const job = jobOf(detail, queue)
    const board = new JobBoard()
    const output = new OutputLog({ onAdd: () => board.changed() })
    const { handler, processes } = handlerOf(
      { handler: id, file },
      {
        settings,
        onMessage,
        privateTargets: () => connection.profile.privateTargets,
        startProcesses: (target) => startProcesses(target, limits, output, () => {}),
      },
    )
    const cancel = new AbortController()
    const context = { signal: cancel.signal, attempt: job.attempts + 1, log: () => {}, progress: () => {} }
    const ended = board
      .watch(handler, (line) => output.add(null, 'log', line))(job, context)
      .catch(() => {}) // the board has it
      .then(() => processes?.close())
    const key = randomUUID()
    this.#entries.set(key, { board, output, cancel, ended })
    for (const old of [...this.#entries.keys()].slice(0, -kept)) this.#entries.delete(old)
    return key
  }

  /** The run, now and at each change; ends when it has. Throws NOT_FOUND. */
  async *watch(id: string, signal: AbortSignal | undefined): AsyncGenerator<ExactRunView, void, void> {
    const { board, output } = this.#find(id)
    for await (const { running, ended } of board.feed.read(signal, () => board.view())) {
      const record = running[0] ?? ended[0]
      if (record === undefined) continue
      yield { record, output: output.read({ search: '', after: 0 }).lines }
      if (record.endedAt !== null) return
    }
  }

  /** Asks it to end. Throws NOT_FOUND. */
  cancel(id: string): void {
    this.#find(id).cancel.abort(new Error('It was cancelled.'))
  }

  /** Ends all. */
  async close(): Promise<void> {
    for (const { cancel } of this.#entries.values()) cancel.abort(new Error('Sluice ends.'))
    await Promise.all(Array.from(this.#entries.values(), ({ ended }) => ended))
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new SluiceError('NOT_FOUND', 'That run is not remembered any more.')
    return entry
  }
}

/** The job as a handler gets it, from what its system shows of it. */
function jobOf({ id, name, attempts, payload }: JobDetail, queue: QueueRef): Job {
  if (payload.encoding !== 'utf8') throw new SluiceError('INVALID_INPUT', 'The payload of this job is not text.')
  const raw = payload.text
  const { system, prefix, name: queueName } = queue
  if (isList(system)) {
    const job = readJob(new Payload(Buffer.from(raw)), layoutOf(system, prefix, queueName).fields)
    if ('unreadable' in job) throw new SluiceError('INVALID_INPUT', `The payload of this job ${job.unreadable}.`)
    return job
  }
  const body = bodyOf(raw, system)
  return { id, type: name, to: null, data: textFields(body), body, attempts: attempts ?? 0, maxRetries: null, raw }
}

/** Where a system's payload holds what its handlers work on: null for the whole of it. */
const bodyField: Partial<Record<SystemId, string>> = {
  laravel: 'data',
  horizon: 'data',
  'request-tracker': 'request_data',
}

function bodyOf(raw: string, system: SystemId): string {
  const field = bodyField[system]
  const member = members(raw).findLast(({ key }) => key === field)
  return member === undefined ? raw : raw.slice(member.valueStart, member.valueEnd)
}
