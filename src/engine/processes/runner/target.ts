/** What a handler process runs: a file of the operator's by its whole path, or a handler that comes with Sluice. */
export type HandlerTarget =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'built-in'; readonly name: 'csv' }

/** What a handler's `handle` gets as its job. */
export interface HandledJob {
  readonly id: string | null
  readonly type: string | null
  readonly to: string | null
  /** The job's data, parsed. Integers beyond 2^53 lose digits in it: `raw` has them all. */
  readonly data: unknown
  /** The whole payload, exactly as stored. */
  readonly raw: string
  /** 1 for the first try. */
  readonly attempt: number
}

/** How far a job is: per cent, or whatever of this is known. */
export type ToldProgress =
  | number
  | {
      readonly percent?: number | null
      readonly done?: number | null
      readonly total?: number | null
      readonly failed?: number | null
      readonly message?: string | null
    }

/** What a handler's `handle` gets beside the job. */
export interface HandledContext {
  readonly signal: AbortSignal
  readonly attempt: number
  progress(progress: ToldProgress): void
  log(...parts: unknown[]): void
}

/** A handler of the operator's, or one that comes with Sluice. What it returns is the job's result, as JSON. */
export type Handle = (job: HandledJob, context: HandledContext) => unknown
