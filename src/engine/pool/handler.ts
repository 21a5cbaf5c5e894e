/** One job as a handler gets it. */
export interface Job {
  readonly id: string | null
  readonly type: string | null
  /** To whom: `to`, or as some producers call it, `to_email` or `mobile`. */
  readonly to: string | null
  /**
   * The fields of `data` as text: strings as they read, everything else exactly as stored, so that a 64-bit id and an
   * amount of 1500.50 stay what they are. Fields that are null are left out.
   */
  readonly data: Readonly<Record<string, string>>
  /** How often it was tried before. */
  readonly attempts: number
  /** How many retries the job itself allows; null where it does not say. */
  readonly maxRetries: number | null
  /** The whole payload, exactly as stored. */
  readonly raw: string
}

export interface JobContext {
  /** Aborts when the job takes too long, or when this worker may no longer do it. */
  readonly signal: AbortSignal
  /** 1 for the first try. */
  readonly attempt: number
  log(line: string): void
}

/**
 * Does one job. It may run twice for the same job when a worker dies after the effect and before the record of it.
 * What it throws decides what follows: see HandlerError.
 */
export type Handler = (job: Job, context: JobContext) => Promise<void>

/** A failure that says what should follow; any other error is tried again as long as there are attempts left. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
  /** False: trying again cannot help, the job goes straight to the dead letters. */
  readonly retryable: boolean
  /** How long the other side asked us to wait; null for the usual delay. */
  readonly retryAfterMs: number | null

  constructor(message: string, options: { retryable: boolean; retryAfterMs?: number | null }) {
    super(message)
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}
