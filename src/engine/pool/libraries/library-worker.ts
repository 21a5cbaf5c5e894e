import type { LibrarySettings } from '../../../domain/pool.ts'
import type { LibraryOptions } from '../../redis/library-options.ts'

/** A job as a library's worker hands it over. All methods cost one command or script. */
export interface TakenJob {
  readonly id: string
  readonly name: string
  /** How often it was tried before. */
  readonly attempts: number
  /** How long the job itself says it may take; null where it does not. */
  readonly timeoutMs: number | null
  progress(value: number | object): Promise<unknown>
  log(line: string): Promise<unknown>
  /** Puts it back to the head of its queue, as if it had not been taken; rejects when this worker no longer holds it. */
  giveBack(): Promise<unknown>
}

/**
 * How a try ended. `done`, `failed`: the library is told. `left`: it was given back, or is no longer ours; the library
 * is told nothing, for nothing that it could say would be true.
 */
export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Error; readonly retryable: boolean }
  | { readonly kind: 'left' }

/** What a library's worker tells while it runs. */
export interface WorkerEvents {
  /** Runs one job; never rejects. */
  work(job: TakenJob): Promise<Outcome>
  /** Redis has taken note that a job is done. */
  done(): void
  /** Redis has taken note that a try failed; `final` when no other follows. */
  failed(final: boolean): void
  /** A job came back to the queue because its worker was silent. */
  stalled(): void
  /** Redis has confirmed that these jobs are held, for another `lockMs`. */
  renewed(ids: readonly string[]): void
  /** This job is no longer held: it may run elsewhere by now. */
  lost(id: string): void
  error(error: Error): void
}

export interface WorkerOptions {
  readonly queueName: string
  /** Empty for the library's default. */
  readonly queuePrefix: string
  readonly connection: LibraryOptions
  readonly settings: LibrarySettings
  readonly concurrency: number
  readonly events: WorkerEvents
}

/** A worker of bull or bullmq that takes jobs. */
export interface LibraryWorker {
  /** 0 and more; jobs that run already go on. */
  setConcurrency(count: number): void
  /** Takes no new jobs; resolves when those it has taken have ended. */
  drain(): Promise<void>
  /** Ends its connections, whatever it does. */
  close(): Promise<void>
}
