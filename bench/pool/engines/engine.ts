import type { BenchJob } from '../job.ts'

export interface Work {
  readonly concurrency: number
  /** Gets the job as the engine has it: most have read the whole payload by now, ours reads when it is asked. */
  handler(job: { readonly id: string | null }): Promise<void>
  /** Called with a number of jobs as soon as Redis has answered that they are done; where it is never told, once they ran. */
  done(count: number): void
}

/** One queue of one engine, as the bench drives it. */
export interface Engine {
  /** Adds one job by itself, as a request to a web server does. */
  add(job: BenchJob): Promise<void>
  /** Adds many jobs by what the engine has for this. */
  addMany(jobs: readonly BenchJob[]): Promise<void>
  /** Begins to work on the queue; resolves when it listens. */
  work(work: Work): Promise<void>
  close(): Promise<void>
}

/** Opens a queue on a Redis of this machine. */
export type OpenEngine = (port: number, queue: string) => Promise<Engine>
