import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { PoolConfig, PoolStatus, RenderedMessage } from '../../domain/pool.ts'
import { Feed, latestOnly } from '../feed.ts'
import type { Connection } from '../redis/connection.ts'
import { messageHandler } from './handlers/message-handler.ts'
import type { MessagingSettings } from './handlers/settings.ts'
import { MessageRing } from './message-ring.ts'
import { createPool, type Pool } from './pool.ts'
import type { PoolTiming } from './pool-timing.ts'

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

  return {
    feed,
    list,
    messages: (poolId) => ring.list(poolId),

    async start(config) {
      const twin = [...entries.values()].find((entry) => sameQueue(entry.config, config))
      if (twin && !isOver(twin.pool)) {
        throw new SluiceError('UNSUPPORTED', `Workers for ${config.queuePrefix}${config.queueName} run here already.`)
      }
      const id = randomUUID()
      const { handler, mode, problem } = messageHandler(config.handler, options.settings, (message) =>
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

function sameQueue(a: PoolConfig, b: PoolConfig): boolean {
  return a.connectionId === b.connectionId && a.queuePrefix + a.queueName === b.queuePrefix + b.queueName
}

function statusOf({ id, config, mode, problem, pool }: Entry): PoolStatus {
  const { state, since, active, done, retried, dead, recovered, donePerMinute } = pool
  return {
    id,
    config,
    state,
    mode,
    since,
    active,
    done,
    retried,
    dead,
    recovered,
    donePerMinute,
    problem: [problem, pool.problem].filter((text) => text !== null).join(' ') || null,
  }
}
