import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { JobRecord } from '../../domain/job-record.ts'
import type { Limits, PoolAudit, PoolConfig, PoolStatus, RenderedMessage } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import { Feed, latestOnly } from '../feed.ts'
import type { HandlerProcesses, HandlerTarget } from '../processes/handler-processes.ts'
import { OutputLog } from '../processes/output-log.ts'
import type { Connection } from '../redis/connection.ts'
import { handlerOf, type ReadyHandler } from './handlers/handler-of.ts'
import type { MessagingSettings } from './handlers/settings.ts'
import { type BoardView, JobBoard } from './job-board.ts'
import { layoutOf } from './lists/layout.ts'
import type { PoolTiming } from './lists/pool-timing.ts'
import { auditQueue, pauseQueue, resumeQueue } from './lists/queue-control.ts'
import { isList, makePool } from './make-pool.ts'
import { MessageRing } from './message-ring.ts'
import type { Pool } from './pool.ts'

/** Starts the processes of a handler within limits; what they write goes to `output`. */
export type StartLimited = (
  target: HandlerTarget,
  limits: Limits,
  output: OutputLog,
  onChange: () => void,
) => HandlerProcesses

export interface PoolsOptions {
  /** The open connection of that id; throws NOT_OPEN when there is none. */
  getConnection(id: string): Connection
  readonly settings: MessagingSettings
  /** Starts the processes of handlers that have their own. */
  readonly startProcesses: StartLimited
  /** Follows what waits in a queue and says how many jobs should run at once; returns how to stop. */
  readonly follow?: (config: PoolConfig, pool: Pool) => () => void
  /** Told of each import that ended: somebody waits for it, and it takes its time. */
  readonly onImport?: (config: PoolConfig, record: JobRecord) => void
  readonly timing?: Partial<PoolTiming>
  readonly log?: (line: string) => void
}

/** All pools of this desktop. */
export interface Pools {
  /**
   * Starts workers on a queue; a stopped pool of the same queue gives way. Refused while one still runs there, and once
   * all are being closed.
   */
  start(config: PoolConfig, savedId?: string | null): Promise<PoolStatus>
  /** Takes no new jobs, lets running ones finish, then stops; `now`, also said later, gives them back instead. */
  stop(id: string, now?: boolean): Promise<PoolStatus>
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
  /** The jobs of a pool, now and at each change. Throws NOT_FOUND. */
  jobs(id: string, signal: AbortSignal | undefined): AsyncGenerator<BoardView, void, void>
  /** What its handler logged and its processes wrote. Throws NOT_FOUND. */
  output(id: string): OutputLog
  /** Jobs that run now, over all pools. */
  readonly active: number
  /** The newest messages, newest first, of one pool or of all. */
  messages(poolId: string | null): RenderedMessage[]
  /** The whole list at each change, at most 4 times a second. */
  readonly feed: Feed<PoolStatus[]>
  /** Drains all, at the latest after `graceMs`; what still runs then goes back to its queue. Once more shortens that. */
  close(graceMs?: number): Promise<void>
}

interface Entry {
  readonly id: string
  readonly savedId: string | null
  readonly config: PoolConfig
  readonly handler: ReadyHandler
  readonly board: JobBoard
  readonly output: OutputLog
  readonly pool: Pool
  /** Ends what serves the pool, once it is over. */
  readonly release: () => Promise<void>
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
  let closed = false

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

  /** A pool can also end by itself, when its connection becomes read-only: what serves it goes with it. */
  function ended(id: string): void {
    const entry = entries.get(id)
    if (entry !== undefined && isOver(entry.pool)) void entry.release()
    changed()
  }

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new SluiceError('NOT_FOUND', 'That pool is not there.')
    return entry
  }

  /** Does something to the queue of a pool; if that runs here it need not wait for its next step to see it. */
  async function control(id: string, what: 'pause' | 'resume'): Promise<PoolStatus> {
    const { config, pool } = find(id)
    const { connectionId, system, queuePrefix: prefix, queueName: name } = config
    const writer = options.getConnection(connectionId).writer()
    if (isList(system)) await (what === 'pause' ? pauseQueue : resumeQueue)(writer, layoutOf(system, prefix, name))
    else {
      const act = systemOf(system).write?.[what]
      if (act === undefined) throw new SluiceError('UNSUPPORTED', `Queues of this kind have no ${what}.`)
      await act(writer, { system, prefix, name })
    }
    if (!isOver(pool)) pool.wake()
    changed()
    return statusOf(find(id))
  }

  /** Stops a pool, and what serves it. */
  async function stop({ pool, release }: Entry, graceMs?: number): Promise<void> {
    await pool.stop(graceMs)
    await release()
    changed()
  }

  return {
    feed,
    list,
    messages: (poolId) => ring.list(poolId),
    output: (id) => find(id).output,
    get active() {
      return [...entries.values()].reduce((sum, { pool }) => sum + pool.active, 0)
    },
    jobs(id, signal) {
      const { board } = find(id)
      return board.feed.read(signal, () => board.view())
    },

    async start(config, savedId = null) {
      if (closed) throw new SluiceError('UNSUPPORTED', 'Sluice is ending.')
      const twin = [...entries.values()].find((entry) => sameKeys(entry.config, config))
      if (twin && !isOver(twin.pool)) {
        throw new SluiceError('UNSUPPORTED', `Workers for ${baseOf(config)} run here already.`)
      }
      const connection = options.getConnection(config.connectionId)
      const id = randomUUID()
      const output = new OutputLog()
      const board = new JobBoard(config.handler === 'csv' ? (record) => options.onImport?.(config, record) : null)
      const handler = handlerOf(config, {
        settings: options.settings,
        privateTargets: () => connection.profile.privateTargets,
        startProcesses: (target) => options.startProcesses(target, config.limits, output, changed),
        onMessage: (message) => ring.add({ ...message, poolId: id }),
      })
      const pool = makePool({
        connection,
        handler: board.watch(handler.handler, (line) => output.add(null, 'log', line)),
        config,
        onChange: () => ended(id),
        ...(options.timing ? { timing: options.timing } : {}),
        log: (line) => {
          output.add(null, 'sluice', line)
          options.log?.(line)
        },
      })
      let unfollow = () => {}
      const release = async () => {
        unfollow()
        board.close()
        await handler.processes?.close()
      }
      const entry = { id, savedId, config, handler, board, output, pool, release }
      if (twin) entries.delete(twin.id)
      entries.set(id, entry)
      slow ??= setInterval(changed, rateEveryMs)
      await pool.start().catch(async (error) => {
        await release()
        throw error
      })
      // It may have been stopped meanwhile.
      if (config.scale.by !== 'fixed' && pool.state === 'running') unfollow = options.follow?.(config, pool) ?? unfollow
      return statusOf(entry)
    },

    async stop(id, now = false) {
      const entry = find(id)
      await stop(entry, now ? 0 : undefined)
      return statusOf(entry)
    },

    async stopConnection(connectionId, graceMs = closeGraceMs) {
      const mine = [...entries.values()].filter(({ config }) => config.connectionId === connectionId)
      await Promise.all(mine.map((entry) => stop(entry, graceMs)))
    },

    async pause(id) {
      const status = await control(id, 'pause')
      // An idle worker waits in Redis for the next job, which it would still get.
      await find(id).pool.unwait()
      return status
    },
    resume: (id) => control(id, 'resume'),

    async audit(connectionId, { system, prefix, name }) {
      if (!isList(system)) {
        throw new SluiceError(
          'UNSUPPORTED',
          'Only plain lists and HTTP jobs can be checked: others keep no such account.',
        )
      }
      return auditQueue(options.getConnection(connectionId).reader, layoutOf(system, prefix, name))
    },

    remove(id) {
      const { pool } = find(id)
      if (!isOver(pool)) throw new SluiceError('UNSUPPORTED', 'That pool still runs: stop it first.')
      entries.delete(id)
      changed()
    },

    async close(graceMs = closeGraceMs) {
      closed = true
      await Promise.all([...entries.values()].map((entry) => stop(entry, graceMs)))
      if (slow) clearInterval(slow)
      if (timer) clearTimeout(timer)
      publish()
    },
  }
}

const isOver = (pool: Pool) => pool.state === 'stopped' || pool.state === 'failed'

/** What errors call the queue of a pool. */
const baseOf = ({ queuePrefix, queueName }: PoolConfig) => queuePrefix + queueName

/** Whether two pools would work on the same keys: also two systems that call the same word their own. */
function sameKeys(a: PoolConfig, b: PoolConfig): boolean {
  return a.connectionId === b.connectionId && isList(a.system) === isList(b.system) && baseOf(a) === baseOf(b)
}

function statusOf({ id, savedId, config, handler, pool }: Entry): PoolStatus {
  const { state, paused, since, concurrency, active, buffered, done, retried, dead, recovered, donePerMinute } = pool
  const { handlerMs, batchSize, leaseAgeMs, suspects } = pool
  return {
    id,
    savedId,
    config,
    state,
    paused,
    mode: handler.mode,
    since,
    concurrency,
    processes: handler.processes && { count: handler.processes.count, memoryBytes: handler.processes.memoryBytes },
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
    problem: [handler.problem, pool.problem].filter((text) => text !== null).join(' ') || null,
  }
}
