import type { ListSystem } from '../../src/domain/pool.ts'
import type { PoolTiming } from '../../src/engine/pool/lists/pool-timing.ts'

/**
 * Who works: the pool under test; `seed`, the loop of the second seed (BLPOP, SADD, work, SREM); `batch`, one script
 * that takes many jobs at a time and is atomic, but not safe to run twice. The last two are there to lose jobs.
 */
export type WorkerKind = 'pool' | 'seed' | 'batch'

/** What a worker process is told, as JSON on its command line. */
export interface RunnerOptions {
  readonly kind: WorkerKind
  /** The Redis of the queue, often behind a proxy. */
  readonly url: string
  /** The Redis that keeps what the handlers did. */
  readonly notesUrl: string
  readonly system: ListSystem
  readonly prefix: string
  readonly name: string
  readonly concurrency: number
  /** Where the process kills itself, the `nth` time it comes by; null for not at all. */
  readonly killAt: { readonly point: string; readonly nth: number } | null
  /** Whether jobs of the fate `hang` do. */
  readonly hangs: boolean
  /** Longest time that a job takes, in ms; each takes a random part of it. */
  readonly workMs: number
  readonly timing?: Partial<PoolTiming>
}

/** The exit code of a runner that could not begin because it could not reach Redis. */
export const redisWasAway = 75
