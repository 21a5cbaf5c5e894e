import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import {
  type PoolAudit,
  type PoolConfig,
  type PoolStatus,
  poolSystems,
  type RenderedMessage,
} from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { Feed, latestOnly } from '../feed.ts'
import type { Connection } from '../redis/connection.ts'
import { handlerOf } from './handlers/handler-of.ts'
import type { MessagingSettings } from './handlers/settings.ts'
import { layoutOf, layoutOfPool } from './layout.ts'
import { MessageRing } from './message-ring.ts'
import { createPool, type Pool } from './pool.ts'
import type { PoolTiming } from './pool-timing.ts'
import { auditQueue, pauseQueue, resumeQueue } from './queue-control.ts'

export interface PoolsOptions {
  /** The open connection of that id; throws NOT_OPEN when there is none. */
  getConnection(id: string): Connection
  readonly settings: MessagingSettings
  readonly timing?: Partial<PoolTiming>
  readonly log?: (line: string) => void
}

/** All pools of this desktop. */
export interface Pools {
  /** Starts workers on a queue; a stopped pool of the same queue gives way. Refused while one still runs there. */
  start(config: PoolConfig): Promise<PoolStatus>
  /** Takes no new jobs, lets running ones finish, then stops. */
  stop(id: string): Promise<PoolStatus>
  /** Stops the pools of one connection, at the latest after `graceMs`: to be called before it is closed. */
  stopConnection(connectionId: string, graceMs?: number): Promise<void>
  /** Pauses the pool's queue: nobody's pool begins jobs of it until it is resumed. Throws READ_ONLY. */
  pause(id: string): Promise<PoolStatus>
  resume(id: string): Promise<PoolStatus>
  /**
   * Counts where all jobs of a queue are, in one instant and one round trip, whether a pool runs there or not. Throws
   * UNSUPPORTED for a queue of a system that no pool works on.
   */
  audit(connectionId: string, queue: QueueRef): Promise<PoolAudit>
  /** Forgets a stopped pool. */
  remove(id: string): void
  list(): PoolStatus[]
  /** The newest messages, newest first, of one pool or of all. */
  messages(poolId: string | null): RenderedMessage[]
  /** The whole list at each change, at most 4 times a second. */
  readonly feed: Feed<PoolStatus[]>
  /** Drains all, at the latest after `graceMs`; what still runs then goes back to its queue. */
  close(graceMs?: number): Promise<void>
}

interface Entry {
  readonly id: string
  readonly config: PoolConfig
  readonly mode: PoolStatus['mode']
  readonly problem: string | null
  readonly pool: Pool
}

const feedEveryMs = 250
/** Rates fall while nothing happens, so the list is looked at now and then without a change. */
const rateEveryMs = 2000
const closeGraceMs = 10_000

export function createPools(options: PoolsOptions): Pools {
  const entries = new Map<string, Entry>()
  const ring = new MessageRing()
  const feed = new Feed<PoolStatus[]>(latestOnly)
  let published = ''
  let timer: NodeJS.Timeout | null = null
  let slow: NodeJS.Timeout | null = null

  const list = () => [...entries.values()].map(statusOf)

  function publish(): void {
    timer = null
    const now = list()
    const text = JSON.stringify(now)
    if (text === published) return
    published = text
    feed.publish(now)
  }

  function changed(): void {
    timer ??= setTimeout(publish, feedEveryMs)
  }

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new SluiceError('NOT_FOUND', 'That pool is not there.')
    return entry
  }

  /** Does something to the queue of a pool; if that runs here it need not wait for its next step to see it. */
  async function control(id: string, act: typeof pauseQueue): Promise<PoolStatus> {
    const { config, pool } = find(id)
    await act(options.getConnection(config.connectionId).writer(), layoutOfPool(config))
    if (!isOver(pool)) pool.wake()
    changed()
    return statusOf(find(id))
  }

  return {
    feed,
    list,
    messages: (poolId) => ring.list(poolId),

    async start(config) {
      const twin = [...entries.values()].find((entry) => sameKeys(entry.config, config))
      if (twin && !isOver(twin.pool)) {
        throw new SluiceError('UNSUPPORTED', `Workers for ${layoutOfPool(config).base} run here already.`)
      }
      const id = randomUUID()
      const { handler, mode, problem } = handlerOf(config.handler, options.settings, (message) =>
        ring.add({ ...message, poolId: id }),
      )
      const pool = createPool({
        connection: options.getConnection(config.connectionId),
        handler,
        config,
        onChange: changed,
        ...(options.timing ? { timing: options.timing } : {}),
        ...(options.log ? { log: options.log } : {}),
      })
      if (twin) entries.delete(twin.id)
      const entry = { id, config, mode, problem, pool }
      entries.set(id, entry)
      slow ??= setInterval(changed, rateEveryMs)
      await pool.start()
      return statusOf(entry)
    },

    async stop(id) {
      const entry = find(id)
      await entry.pool.stop()
      return statusOf(entry)
    },

    async stopConnection(connectionId, graceMs = closeGraceMs) {
      const mine = [...entries.values()].filter(({ config }) => config.connectionId === connectionId)
      await Promise.all(mine.map(({ pool }) => pool.stop(graceMs)))
    },

    async pause(id) {
      const status = await control(id, pauseQueue)
      // An idle worker waits in Redis for the next job, which it would still get.
      await find(id).pool.unwait()
      return status
    },
    resume: (id) => control(id, resumeQueue),

    async audit(connectionId, { system, prefix, name }) {
      const known = poolSystems.find((id) => id === system)
      if (known === undefined) {
        throw new SluiceError(
          'UNSUPPORTED',
          'Only plain lists and HTTP jobs can be checked: others keep no such account.',
        )
      }
      return auditQueue(options.getConnection(connectionId).reader, layoutOf(known, prefix, name))
    },

    remove(id) {
      const { pool } = find(id)
      if (!isOver(pool)) throw new SluiceError('UNSUPPORTED', 'That pool still runs: stop it first.')
      entries.delete(id)
      changed()
    },

    async close(graceMs = closeGraceMs) {
      await Promise.all([...entries.values()].map(({ pool }) => pool.stop(graceMs)))
      if (slow) clearInterval(slow)
      if (timer) clearTimeout(timer)
      publish()
    },
  }
}

const isOver = (pool: Pool) => pool.state === 'stopped' || pool.state === 'failed'

/** Whether two pools would work on the same keys: also two systems that call the same word their own. */
function sameKeys(a: PoolConfig, b: PoolConfig): boolean {
  return a.connectionId === b.connectionId && layoutOfPool(a).base === layoutOfPool(b).base
}

function statusOf({ id, config, mode, problem, pool }: Entry): PoolStatus {
  const { state, paused, since, active, buffered, done, retried, dead, recovered, donePerMinute } = pool
  const { handlerMs, batchSize, leaseAgeMs, suspects } = pool
  return {
    id,
    config,
    state,
    paused,
    mode,
    since,
    active,
    buffered,
    done,
    retried,
    dead,
    recovered,
    donePerMinute,
    handlerMs,
    batchSize,
    leaseAgeMs,
    suspects,
    problem: [problem, pool.problem].filter((text) => text !== null).join(' ') || null,
  }
}
