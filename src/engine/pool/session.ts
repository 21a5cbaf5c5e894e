import type { Handler, Job } from './handler.ts'
import type { Ledger } from './ledger.ts'
import { readJob } from './read-job.ts'
import { runHandler } from './run-handler.ts'
import { messageOf, type RetryPolicy, verdictOf } from './verdict.ts'

/** What became of a job; `void` when this worker may not say. */
export type Ending =
  | { readonly kind: 'done' | 'dead' | 'unreadable' | 'void' }
  | { readonly kind: 'retried'; readonly delayMs: number }

export interface SessionOptions {
  readonly handler: Handler
  readonly policy: RetryPolicy
  readonly jobTimeoutMs: number
  readonly log: (line: string) => void
}

/** What a pool does under one worker name: its ledger, and the jobs that run under it. */
export class Session {
  readonly #running = new Map<number, AbortController>()
  #void = false

  constructor(
    readonly ledger: Ledger,
    private readonly options: SessionOptions,
  ) {}

  /** Once true, others may have these jobs: what is still done here counts for nothing. */
  get isVoid(): boolean {
    return this.#void
  }

  get running(): number {
    return this.#running.size
  }

  /** Runs a reserved job and tells the ledger how it ended. Throws when the link was closed before it could be told. */
  async run(seq: number, raw: Buffer): Promise<Ending> {
    const job = readJob(raw)
    if ('unreadable' in job) {
      this.options.log(`a payload of ${raw.length} bytes ${job.unreadable}: moved to the dead letters unchanged`)
      await this.ledger.dead(seq, raw)
      return { kind: 'unreadable' }
    }
    const controller = new AbortController()
    this.#running.set(seq, controller)
    try {
      const { handler, jobTimeoutMs, log } = this.options
      const failure = await runHandler(handler, job, controller, jobTimeoutMs, log)
      return failure === null ? await this.#succeed(seq) : await this.#fail(seq, job, failure.error)
    } finally {
      this.#running.delete(seq)
    }
  }

  /** Aborts all jobs; none of them can be settled any more, only given back. */
  abandon(reason: string): void {
    this.#void = true
    for (const controller of this.#running.values()) controller.abort(new Error(reason))
  }

  async #succeed(seq: number): Promise<Ending> {
    // Not acknowledged, and yet not void: the reply to the first acknowledgement was lost.
    const counts = (await this.ledger.ack(seq)) || !this.#void
    return { kind: counts ? 'done' : 'void' }
  }

  async #fail(seq: number, job: Job, error: unknown): Promise<Ending> {
    if (this.#void) return { kind: 'void' }
    const name = [job.type ?? 'job', job.id].filter((part) => part !== null).join(' ')
    this.options.log(`${name} failed (attempt ${job.attempts + 1}): ${messageOf(error)}`)
    const verdict = verdictOf(job, error, this.options.policy, Date.now())
    if (verdict.kind === 'dead') {
      await this.ledger.dead(seq, verdict.entry)
      return { kind: 'dead' }
    }
    await this.ledger.retryLater(seq, verdict.payload, verdict.delayMs)
    return { kind: 'retried', delayMs: verdict.delayMs }
  }
}
