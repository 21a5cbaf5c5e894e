import type { FailureKind, JobProgress } from '../../domain/job-record.ts'

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
  /** What a handler of the operator's gets as `job.data`, as JSON text: the payload's `data`, or the payload where it has none. */
  readonly body: string
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
  /** Tells how far the job is: what was told before is forgotten. */
  progress(progress: JobProgress): void
  /** Told by handlers that run jobs in processes of their own. */
  runsIn?(pid: number): void
  /**
   * Of tracked requests alone: asks the person who waits for a one-time code. `data` is a JSON object of what their page
   * shows. Resolves when they typed it, or asked for another; rejects when nobody did before the request expired.
   */
  readonly requireOtp?: ((data: string) => Promise<OtpReply>) | undefined
}

export type OtpReply = { readonly kind: 'code'; readonly otp: string } | { readonly kind: 'resend' }

/**
 * Does one job. It may run twice for the same job when a worker dies after the effect and before the record of it.
 * What it throws decides what follows: see HandlerError. Resolves to its result as JSON text, or to nothing.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing, and need not say so
export type Handler = (job: Job, context: JobContext) => Promise<string | void>

/** A failure that says what should follow; any other error is tried again as long as there are attempts left. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
  /** False: trying again cannot help, the job goes straight to the dead letters. */
  readonly retryable: boolean
  /** How long the other side asked us to wait; null for the usual delay. */
  readonly retryAfterMs: number | null
  readonly kind: FailureKind
  /** What is known in spite of it, as JSON text, such as the status of an answer; null for nothing. */
  readonly result: string | null

  constructor(
    message: string,
    options: { retryable: boolean; retryAfterMs?: number | null; kind?: FailureKind; result?: string | null },
  ) {
    super(message)
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs ?? null
    this.kind = options.kind ?? 'threw'
    this.result = options.result ?? null
  }
}
