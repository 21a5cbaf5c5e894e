import type { Handler, Job, JobContext } from '../handler.ts'
import { messageOf } from './verdict.ts'

/** How a try ended: null when it went well, else what was thrown. */
export type Failure = { readonly error: unknown } | null

/** One try of one job. It ends once: when the handler does, or when it is aborted, even if the handler does not care. */
export class JobRun implements JobContext {
  readonly startedAt = performance.now()
  /** How it ended; undefined while it runs. */
  failure: Failure | undefined
  /** What the handler returned, as JSON text; null for nothing. */
  result: string | null = null
  /** How long it took, in ms; 0 while it runs. */
  tookMs = 0
  #controller: AbortController | null = null
  #abortReason: Error | null = null

  constructor(
    readonly job: Job,
    /** Under which the ledger knows it; null until a claimed job was adopted. */
    public seq: number | null,
    private readonly onEnd: (run: JobRun) => void,
  ) {}

  begin(handler: Handler): void {
    try {
      handler(this.job, this).then(
        (result) => this.#end(null, result ?? null),
        (error: unknown) => this.#end({ error }),
      )
    } catch (error) {
      queueMicrotask(() => this.#end({ error })) // a handler that is no async function
    }
  }

  /** Ends the try as failed; what the handler still does counts for nothing. */
  abort(reason: Error): void {
    this.#abortReason = reason
    this.#controller?.abort(reason)
    this.#end({ error: reason })
  }

  /** Nobody hears of these two here: see JobBoard. */
  readonly log = (): void => {}
  readonly progress = (): void => {}

  get attempt(): number {
    return this.job.attempts + 1
  }

  /** Made when it is asked for, since few handlers do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  #end(failure: Failure, result: string | null = null): void {
    if (this.failure !== undefined) return
    this.failure = failure
    this.result = result
    this.tookMs = performance.now() - this.startedAt
    this.onEnd(this)
  }
}

/** A failure in a line for the log. */
export function failureLine({ type, id, attempts }: Job, error: unknown): string {
  const name = [type ?? 'job', id].filter((part) => part !== null).join(' ')
  return `${name} failed (attempt ${attempts + 1}): ${messageOf(error)}`
}
