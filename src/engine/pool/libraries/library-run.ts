import { type Handler, HandlerError, type Job, type JobContext } from '../handler.ts'
import type { Outcome, TakenJob } from './library-worker.ts'
import { ReportRelay } from './report-relay.ts'

/** How long a handler that was told to stop may take to do so before its job is given back all the same. */
const settleMs = 2000
const longestTimerMs = 2_147_483_647
const endless = Number.POSITIVE_INFINITY

export interface RunOptions {
  readonly handler: Handler
  /** The job as handlers see it; rejects where it cannot be read. */
  read(signal: AbortSignal): Promise<Job>
  /** How long the handler may take; null for as long as it likes. */
  readonly timeoutMs: number | null
  /** How long it is held without a sign of Redis. */
  readonly lockMs: number
  readonly onError: (error: unknown) => void
}

/** One try of one job of a library's queue. It ends once: when the handler does, or when the job has to be left. */
export class LibraryRun implements JobContext {
  readonly #controller = new AbortController()
  readonly #relay: ReportRelay
  #left: (outcome: Outcome) => void = () => {}
  #held: NodeJS.Timeout | undefined
  #limit: NodeJS.Timeout | undefined
  #over = false
  /** On its way back: how the handler ends no longer counts. */
  #leaving = false
  /** How the handler ended; null where it did so because it was told to stop. */
  #ended: Promise<Outcome | null> = Promise.resolve(null)

  constructor(
    readonly job: TakenJob,
    private readonly options: RunOptions,
  ) {
    this.#relay = new ReportRelay(job, options.onError)
  }

  get attempt(): number {
    return this.job.attempts + 1
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  readonly progress: JobContext['progress'] = (progress) => {
    if (!this.#over) this.#relay.progress(progress)
  }

  readonly log: JobContext['log'] = (line) => {
    if (!this.#over) this.#relay.log(line)
  }

  /** Runs the handler; never rejects. */
  async work(): Promise<Outcome> {
    const left = new Promise<Outcome>((resolve) => (this.#left = resolve))
    this.renewed()
    this.#ended = this.#handle()
    try {
      return await Promise.race([this.#ended.then((outcome) => (this.#leaving ? left : (outcome ?? left))), left])
    } finally {
      this.#over = true
      clearTimeout(this.#limit)
      clearTimeout(this.#held)
    }
  }

  /** Redis has confirmed that the job is held. */
  renewed(): void {
    clearTimeout(this.#held)
    if (!this.#over) this.#held = setTimeout(() => this.lose(), this.options.lockMs)
  }

  /** The job may run elsewhere by now: whatever comes of this try counts for nothing. */
  lose(): void {
    this.#abort('This worker no longer holds the job, so it goes to another.')
    this.#left({ kind: 'left' })
  }

  /** Stops the handler and gives the job back; one that ends well in that moment counts. */
  async giveBack(reason: string): Promise<void> {
    if (this.#over) return
    this.#abort(reason)
    const ended = await Promise.race([this.#ended, rest(settleMs)])
    if (this.#over || ended !== null) return
    this.#leaving = true
    await this.job.giveBack().catch(this.options.onError) // its lock runs out, and it comes back so
    this.#left({ kind: 'left' })
  }

  async #handle(): Promise<Outcome | null> {
    try {
      const job = await this.options.read(this.signal)
      this.signal.throwIfAborted() // nobody waits for it any more, and another may have it
      const most = Math.min(this.options.timeoutMs ?? endless, this.job.timeoutMs ?? endless)
      if (most <= longestTimerMs) this.#limit = setTimeout(() => this.#timeOut(most), most)
      const text = await this.options.handler(job, this)
      const value: unknown = typeof text === 'string' ? resultOf(text) : null
      await this.#relay.flush()
      return { kind: 'done', value }
    } catch (thrown) {
      // What a handler throws because it was told to stop is no failure of the job: giveBack or lose says what follows.
      if (this.#controller.signal.aborted) return null
      await this.#relay.flush()
      return failed(thrown)
    }
  }

  #timeOut(ms: number): void {
    const error = new HandlerError(`The job took longer than ${ms / 1000} s.`, { retryable: true, kind: 'time' })
    this.#controller.abort(error)
    this.#left(failed(error))
  }

  #abort(reason: string): void {
    this.#controller.abort(new HandlerError(reason, { retryable: true, kind: 'taken' }))
  }
}

function failed(thrown: unknown): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { kind: 'failed', error, retryable: !('retryable' in error) || error.retryable !== false }
}

function resultOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HandlerError('The handler returned what is no JSON.', { retryable: false, kind: 'result' })
  }
}

const rest = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms))
