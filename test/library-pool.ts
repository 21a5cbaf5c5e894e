import Bull from 'bull'
import * as six from 'bullmq'
import * as five from 'bullmq5'
import { poolDefaults } from '../src/domain/pool.ts'
import type { Handler } from '../src/engine/pool/handler.ts'
import { createLibraryPool, type LibraryPoolConfig } from '../src/engine/pool/libraries/library-pool.ts'
import type { Pool } from '../src/engine/pool/pool.ts'
import type { OpenConnection } from '../src/engine/redis/open-connection.ts'
import { eventually, openTestConnection } from './pool.ts'

export const libraries = ['bull', 'bullmq 5', 'bullmq 6'] as const
export type Library = (typeof libraries)[number]

export interface AddOptions {
  readonly attempts?: number
  readonly backoff?: number
  readonly delay?: number
  readonly timeout?: number
}

/** A job as its library's own API shows it. */
export interface SeenJob {
  readonly state: string
  readonly attemptsMade: number
  readonly failedReason: string | undefined
  readonly returnvalue: unknown
  readonly progress: unknown
  readonly logs: readonly string[]
}

/** A program that adds jobs by the real library, and looks at them. */
export interface Producer {
  add(name: string, data: unknown, options?: AddOptions): Promise<string>
  see(id: string): Promise<SeenJob>
  /** How many jobs there are in each state, by the library's own count. */
  counts(): Promise<Record<string, number>>
  pause(): Promise<unknown>
  resume(): Promise<unknown>
  close(): Promise<unknown>
}

/** Resolves once the queue says of itself whose it is, as far as its library does that. */
export async function produce(
  library: Library,
  port: number,
  name: string,
  options: { prefix?: string } = {},
): Promise<Producer> {
  if (library === 'bull') return produceBull(port, name, options)
  return produceBullmq((library === 'bullmq 6' ? six : five) as typeof six, port, name, options)
}

function produceBull(port: number, name: string, options: { prefix?: string }): Producer {
  const queue = new Bull(name, { redis: { port, host: '127.0.0.1' }, ...options })
  queue.on('error', () => {}) // tests stop the server on purpose
  return {
    add: async (job, data, how = {}) => String((await queue.add(job, data, how)).id),
    async see(id) {
      const job = await queue.getJob(id)
      if (job === null) throw new Error(`no job ${id}`)
      const { logs } = await queue.getJobLogs(id)
      const { attemptsMade, failedReason, returnvalue } = job
      return { state: await job.getState(), attemptsMade, failedReason, returnvalue, progress: job.progress(), logs }
    },
    counts: async () => ({ ...(await queue.getJobCounts()) }),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    close: () => queue.close(true),
  }
}

async function produceBullmq(
  { Queue }: typeof six,
  port: number,
  name: string,
  options: { prefix?: string },
): Promise<Producer> {
  const queue = new Queue(name, { connection: { host: '127.0.0.1', port }, ...options })
  queue.on('error', () => {}) // tests stop the server on purpose
  // It writes its version when it is ready, without telling anybody that it did.
  await eventually('the version is written', async () => Boolean(await queue.getVersion()))
  return {
    async add(job, data, { timeout: _, ...how } = {}) {
      await queue.waitUntilReady()
      return String((await queue.add(job, data, how)).id)
    },
    async see(id) {
      const job = await queue.getJob(id)
      if (job === undefined) throw new Error(`no job ${id}`)
      const { logs } = await queue.getJobLogs(id)
      const { attemptsMade, failedReason, returnvalue, progress } = job
      return { state: await job.getState(), attemptsMade, failedReason, returnvalue, progress, logs }
    },
    counts: () => queue.getJobCounts(),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    close: () => queue.close(),
  }
}

/** The settings of most tests: short locks, so that a test can see one run out. */
export function poolConfig(
  library: Library,
  queueName: string,
  changes: Partial<LibraryPoolConfig> = {},
): LibraryPoolConfig {
  return {
    system: library === 'bull' ? 'bull' : 'bullmq',
    queueName,
    queuePrefix: 'bull',
    library: { ...poolDefaults.library, lockMs: 2000, stalledMs: 1000 },
    acceptsEviction: false,
    concurrency: 2,
    ...changes,
  }
}

export interface PoolWorld {
  readonly connection: OpenConnection
  readonly pool: Pool
  /** What the pool logged. */
  readonly lines: string[]
  /** Resolves at the next change after which `check` holds; at once if it does now. */
  until(check: (pool: Pool) => boolean): Promise<void>
  close(graceMs?: number): Promise<void>
}

/** A pool on a connection of its own, not started. */
export async function poolOn(url: string, config: LibraryPoolConfig, handler: Handler): Promise<PoolWorld> {
  const connection = await openTestConnection(url)
  const waiting = new Set<() => void>()
  const lines: string[] = []
  const pool = createLibraryPool({
    connection,
    handler,
    config,
    onChange: () => {
      for (const look of waiting) look()
    },
    log: (line) => lines.push(line),
  })
  return {
    connection,
    pool,
    lines,
    until: (check) =>
      new Promise((resolve) => {
        const look = () => {
          if (!check(pool)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async close(graceMs = 0) {
      await pool.stop(graceMs)
      connection.close()
    },
  }
}

/** Something that happens once, and that others wait for. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
