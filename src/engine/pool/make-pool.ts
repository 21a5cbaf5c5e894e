import {
  type LibrarySystem,
  type ListSystem,
  librarySystems,
  listSystems,
  type PoolConfig,
  processHandlers,
} from '../../domain/pool.ts'
import type { Scale } from '../../domain/scale.ts'
import type { Connection } from '../redis/connection.ts'
import type { Handler } from './handler.ts'
import { longestCallMs } from './handlers/http/http-call.ts'
import { createLibraryPool } from './libraries/library-pool.ts'
import { createListPool } from './lists/list-pool.ts'
import type { PoolTiming } from './lists/pool-timing.ts'
import type { Pool } from './pool.ts'
import { createRequestPool } from './requests/request-pool.ts'

/** How much longer than its handler's own limit a job may take before the pool takes it away. */
const graceMs = 30_000

interface MakePoolOptions {
  readonly config: PoolConfig
  readonly connection: Connection
  readonly handler: Handler
  readonly onChange: () => void
  readonly log: (line: string) => void
  readonly timing?: Partial<PoolTiming>
}

/** The kind of pool that the queue's system needs. */
export function makePool({ config, connection, handler, onChange, log, timing }: MakePoolOptions): Pool {
  const { system } = config
  const common = { connection, handler, onChange, log }
  const concurrency = leastConcurrency(config.scale)
  if (isList(system)) {
    return createListPool({
      ...common,
      config: { ...config, system, concurrency },
      timing: { ...limitOf(config), ...timing },
    })
  }
  if (isLibrary(system)) return createLibraryPool({ ...common, config: { ...config, system, concurrency } })
  return createRequestPool({ ...common, config: { ...config, concurrency } })
}

/** How long a job may take at most, where its handler has a limit of its own. */
function limitOf({ handler, limits }: PoolConfig): Partial<PoolTiming> {
  if (processHandlers.has(handler)) return { jobTimeoutMs: limits.timeMs + graceMs }
  return handler === 'http' ? { jobTimeoutMs: longestCallMs } : {}
}

/** With how many jobs at once a pool begins. An idle slot costs nothing, so there is always one. */
export function leastConcurrency(scale: Scale): number {
  return Math.max(1, scale.by === 'fixed' ? scale.count : scale.min)
}

/** Whether Sluice's own protocol works on queues of that system. */
export const isList = (system: string): system is ListSystem => listSystems.some((id) => id === system)
const isLibrary = (system: string): system is LibrarySystem => librarySystems.some((id) => id === system)
