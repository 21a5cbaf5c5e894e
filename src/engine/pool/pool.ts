import type { PoolStatus } from '../../domain/pool.ts'
import type { Connection } from '../redis/connection.ts'
import type { Handler } from './handler.ts'

/** What every kind of pool is made of. */
export interface PoolOptions<Config> {
  readonly connection: Connection
  readonly handler: Handler
  readonly config: Config
  /** Called after each change of what the getters say; often, so throttle what is expensive. */
  readonly onChange?: () => void
  readonly log?: (line: string) => void
}

type Figures = Omit<PoolStatus, 'id' | 'savedId' | 'config' | 'mode' | 'processes'>

/** Workers of this desktop on one queue, whatever keeps its jobs. The getters are what a status says of it. */
export interface Pool extends Readonly<Figures> {
  /** Begins to take jobs. Throws a SluiceError, and ends as `failed`, when it cannot; starts only once. */
  start(): Promise<void>
  /** Looks for jobs now, as after a pause has ended. */
  wake(): void
  /** Ends the waits that are out, so that no idle worker begins a job after a pause; false when that cannot be known. */
  unwait(): Promise<boolean>
  /** How many jobs run at once from now on; those that run already go on. */
  setConcurrency(count: number): void
  /**
   * Takes no new jobs and lets running ones finish; what still runs after `graceMs` is aborted and given back. A later
   * call can shorten that time.
   */
  stop(graceMs?: number): Promise<void>
}
