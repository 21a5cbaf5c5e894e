import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import type { Limits } from '../../domain/pool.ts'
import { type Handler, HandlerError } from '../pool/handler.ts'
import type { ForkProcess } from './fork-process.ts'
import { HandlerProcess, loadError, type ProcessTiming } from './handler-process.ts'
import type { OutputLog } from './output-log.ts'
import type { HandlerTarget } from './runner/target.ts'
import { SourceFiles } from './source-files.ts'
import { usageOf } from './usage-of.ts'

export type { HandlerTarget } from './runner/target.ts'

export interface HandlerProcessesOptions {
  readonly fork: ForkProcess
  /** The file of the program that the processes run: handler-runner. */
  readonly runner: string
  readonly target: HandlerTarget
  readonly limits: Limits
  readonly output: OutputLog
  /** Called when a process comes, goes or was measured. */
  readonly onChange?: () => void
  readonly timing?: Partial<HandlerTiming>
}

export interface HandlerTiming extends ProcessTiming {
  /** How often the memory of the processes is looked at while there are jobs. */
  readonly measureMs: number
  /** How long a process may have nothing to do; one of them stays. */
  readonly idleMs: number
  /** How long nothing is started after a handler did not load: this, then twice of it, ... up to 15 s. */
  readonly holdOffMs: number
}

/** The processes of one handler. */
export interface HandlerProcesses {
  /** Runs a job in one of them; see HandlerProcess for how it can fail. */
  readonly handler: Handler
  readonly count: number
  /** What all of them take together; null before the first look. */
  readonly memoryBytes: number | null
  readonly pids: readonly number[]
  /** Ends all, now; jobs that they have fail. Resolves when they are gone. */
  close(): Promise<void>
}

const defaults: HandlerTiming = {
  loadMs: 10_000,
  graceMs: 1000,
  measureMs: process.platform === 'win32' ? 5000 : 1000, // a look costs more there, see usageOf
  idleMs: 60_000,
  holdOffMs: 1000,
}
/** Short of what a pool allows a job beyond the limit of its handler. */
const longestHoldOffMs = 15_000
/** How often the file is looked at while it does not load. */
const lookEveryMs = 250

/** Processes for the jobs of one handler: started when there is a job and none has room, used again for the next. */
export function createHandlerProcesses(options: HandlerProcessesOptions): HandlerProcesses {
  return new Processes(options)
}

class Processes implements HandlerProcesses {
  readonly #alive = new Set<HandlerProcess>()
  readonly #timing: HandlerTiming
  readonly #onChange: () => void
  /** Null for a handler that comes with Sluice. */
  readonly #source: SourceFiles | null
  /** Set while the handler, as its file is now, does not load. */
  #trouble: { readonly holdOffMs: number; readonly until: number } | null = null
  /** The one try to load it again, for all jobs that wait for that. */
  #retry: Promise<string | null> | null = null
  /** Counts up when the file changes. */
  #version = 1
  #measuring: NodeJS.Timeout | null = null
  #idling: NodeJS.Timeout | null = null
  readonly #closing = new AbortController()

  constructor(private readonly options: HandlerProcessesOptions) {
    this.#timing = { ...defaults, ...options.timing }
    this.#onChange = options.onChange ?? (() => {})
    const { target } = options
    this.#source = target.kind === 'file' ? new SourceFiles(target.file) : null
  }

  readonly handler: Handler = async (job, context) => {
    this.#reloadIfChanged()
    while (this.#trouble !== null && !this.#closing.signal.aborted) {
      this.#retry ??= this.#loadAgain().finally(() => {
        this.#retry = null
      })
      const problem = await untilAborted(this.#retry, context.signal)
      if (problem !== null) throw loadError(problem)
    }
    if (this.#closing.signal.aborted) throw new HandlerError(stopped, { retryable: true, kind: 'taken' })
    const process = [...this.#alive].find(({ hasRoom }) => hasRoom) ?? this.#start()
    const running = process.run(job, context)
    this.#measureSoon()
    return await running
  }

  get count(): number {
    return this.#alive.size
  }

  get memoryBytes(): number | null {
    const known = [...this.#alive].flatMap(({ memoryBytes }) => memoryBytes ?? [])
    return known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes)
  }

  get pids(): number[] {
    return [...this.#alive].flatMap(({ pid }) => pid ?? [])
  }

  async close(): Promise<void> {
    this.#closing.abort()
    if (this.#measuring) clearTimeout(this.#measuring)
    if (this.#idling) clearTimeout(this.#idling)
    const all = [...this.#alive]
    for (const process of all) process.close()
    await Promise.all(all.map(({ ended }) => ended))
  }

  #start(): HandlerProcess {
    const { fork, runner, target, limits, output } = this.options
    const version = this.#version
    const process = new HandlerProcess({
      fork,
      runner,
      target,
      limits,
      output,
      timing: this.#timing,
      onJobEnd: () => this.#endIdleSoon(),
    })
    this.#alive.add(process)
    void process.loaded.then((problem) => {
      if (version !== this.#version || this.#closing.signal.aborted) return
      if (problem === null) this.#trouble = null
      else this.#holdOff(problem)
    })
    void process.ended.then(() => {
      this.#alive.delete(process)
      this.#onChange()
    })
    this.#onChange()
    return process
  }

  #holdOff(problem: string): void {
    const now = performance.now()
    if (this.#trouble !== null && now < this.#trouble.until) return // another process met the same
    const before = this.#trouble?.holdOffMs ?? this.#timing.holdOffMs / 2
    const holdOffMs = Math.min(2 * before, longestHoldOffMs)
    this.#trouble = { holdOffMs, until: now + holdOffMs }
    this.options.output.add(null, 'sluice', `The handler could not be loaded. ${problem}`)
  }

  /** Starts a process when it is time to, or as soon as the file has changed. Resolves as its `loaded` does. */
  async #loadAgain(): Promise<string | null> {
    while (this.#trouble !== null && performance.now() < this.#trouble.until) {
      const wait = Math.min(this.#trouble.until - performance.now(), lookEveryMs)
      await setTimeoutPromise(wait, null, { signal: this.#closing.signal }).catch(() => {})
      if (this.#closing.signal.aborted) return null
      this.#reloadIfChanged()
    }
    return await this.#start().loaded
  }

  /** Jobs that run go on in the process that they are in. */
  #reloadIfChanged(): void {
    if (!this.#source?.hasChanged()) return
    this.#version++
    this.#trouble = null
    if (this.#alive.size === 0) return
    this.options.output.add(null, 'sluice', `${this.#source.name} has changed: the next jobs run in new processes.`)
    for (const process of this.#alive) process.end()
  }

  /** Looks at the memory of all after a while, and again as long as there are jobs; with nothing to do, nobody looks. */
  #measureSoon(): void {
    this.#measuring ??= setTimeout(async () => {
      const usage = await usageOf(this.pids)
      for (const process of this.#alive) {
        const found = usage.get(process.pid ?? 0)
        if (found !== undefined) process.measured(found.memoryBytes)
      }
      this.#measuring = null
      this.#onChange()
      if (this.#closing.signal.aborted) return
      if ([...this.#alive].some(({ jobs }) => jobs > 0)) this.#measureSoon()
    }, this.#timing.measureMs).unref()
  }

  #endIdleSoon(): void {
    if (this.#alive.size <= 1 || this.#closing.signal.aborted) return
    this.#idling ??= setTimeout(() => {
      this.#idling = null
      const open = [...this.#alive].filter(({ isOpen }) => isOpen)
      const longAgo = performance.now() - this.#timing.idleMs
      for (const process of open.slice(1)) if (process.jobs === 0 && process.idleSince <= longAgo) process.end()
      this.#endIdleSoon()
    }, this.#timing.idleMs).unref()
  }
}

const stopped = 'Its worker was stopped.'

/** The promise, or a rejection as soon as the job is taken away. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new HandlerError('It was given back.', { retryable: true, kind: 'taken' }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
