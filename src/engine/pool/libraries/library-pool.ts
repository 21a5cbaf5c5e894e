import { asSluiceError, SluiceError } from '../../../domain/errors.ts'
import type { LibrarySystem, PoolConfig, PoolStatus } from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { systemOf } from '../../../systems/registry.ts'
import { mastersOfCluster } from '../../redis/connection.ts'
import { isErrorReply, redisError } from '../../redis/redis-error.ts'
import { slotOfQueue, whyReadOnly } from '../../slot-of-queue.ts'
import { within } from '../../within.ts'
import { Grace } from '../grace.ts'
import { Meter } from '../meter.ts'
import { MinuteCounter } from '../minute-counter.ts'
import type { Pool, PoolOptions } from '../pool.ts'
import { openBullWorker } from './bull-worker.ts'
import { openBullmqWorker } from './bullmq-worker.ts'
import { evictionRisk } from './eviction-risk.ts'
import { type QueueState, readJob, readQueue } from './library-queue.ts'
import { LibraryRun } from './library-run.ts'
import type { LibraryWorker, Outcome, TakenJob, WorkerEvents } from './library-worker.ts'

/** How workers on one bull or bullmq queue are set up; attempts and back-off are each job's own. */
export type LibraryPoolConfig = Pick<PoolConfig, 'queueName' | 'queuePrefix' | 'library' | 'acceptsEviction'> & {
  readonly system: LibrarySystem
  readonly concurrency: number
  /** How long a job may take, in ms; without it as long as it likes, since its lock is renewed. */
  readonly timeoutMs?: number
}

/** How often it is looked whether the queue is paused, and still kept by the library that works on it. */
const lookMs = 5000
/** How long an error is shown after which all went well. */
const troubleMs = 10_000
/** How long jobs that were aborted have to be given back. */
const giveBackMs = 5000
/** How long the library has to close its connections. */
const closeMs = 3000
/** Where whoever stops a pool does not say how long jobs may take to end. */
const usualGraceMs = 300_000

/** Workers of this desktop on one queue of bull or bullmq, by the library's own worker. */
export function createLibraryPool(options: PoolOptions<LibraryPoolConfig>): Pool {
  return new LibraryPool(options)
}

class LibraryPool implements Pool {
  state: PoolStatus['state'] = 'stopped'
  since = Date.now()
  paused = false
  done = 0
  retried = 0
  dead = 0
  recovered = 0
  concurrency: number
  readonly buffered = 0
  readonly batchSize = 1
  readonly leaseAgeMs = null
  readonly suspects = 0

  readonly #options: PoolOptions<LibraryPoolConfig>
  readonly #rate = new MinuteCounter()
  readonly #meter = new Meter()
  readonly #runs = new Map<string, LibraryRun>()
  readonly #grace = new Grace()
  #worker: LibraryWorker | null = null
  #library: QueueState['library'] | null = null
  #looking: NodeJS.Timeout | undefined
  #halted = false
  /** Whether the library's clients should come back after a cut. */
  #wanted = true
  #stopped: Promise<void> | null = null
  #unsubscribe: () => void = () => {}
  #trouble: { readonly text: string; readonly at: number } | null = null
  #away: string | null = null
  #risk: string | null = null
  #ending: string | null = null

  constructor(options: PoolOptions<LibraryPoolConfig>) {
    this.#options = options
    this.concurrency = options.config.concurrency
  }

  get active(): number {
    return this.#runs.size
  }

  get donePerMinute(): number {
    return this.#rate.perMinute
  }

  get handlerMs(): PoolStatus['handlerMs'] {
    return this.#meter.percentiles
  }

  get problem(): string | null {
    const trouble = this.#away ?? this.#trouble?.text ?? null
    return [this.#ending, trouble, this.#risk].filter((text) => text !== null).join(' ') || null
  }

  async start(): Promise<void> {
    if (this.state !== 'stopped' || this.#halted) throw new SluiceError('UNSUPPORTED', 'A pool starts only once.')
    this.#become('starting')
    try {
      await this.#open()
    } catch (thrown) {
      if (this.#halted) return // stopped meanwhile
      const error = startError(thrown)
      this.#ending = error.message
      this.#close('failed')
      throw error
    }
    if (this.#halted) return
    this.#become('running')
    this.#unsubscribe = this.#options.connection.onStatus(() => this.#heed())
    this.#heed()
    this.#looking = setInterval(() => void this.#look(), lookMs)
  }

  /** Bull and bullmq wait in Redis and miss nothing; only whether the queue is paused is looked at. */
  wake(): void {
    void this.#look()
  }

  /** A paused queue keeps its jobs where no wait of bull and bullmq can reach them. */
  async unwait(): Promise<boolean> {
    await this.#look()
    return true
  }

  setConcurrency(count: number): void {
    if (this.concurrency === count) return
    this.concurrency = count
    if (!this.#halted) this.#worker?.setConcurrency(count)
    this.#changed()
  }

  stop(graceMs = usualGraceMs): Promise<void> {
    this.#halted = true
    this.#grace.shorten(graceMs)
    this.#stopped ??= this.#drain().finally(() => this.#grace.end())
    return this.#stopped
  }

  async #open(): Promise<void> {
    const { connection, config } = this.#options
    const { system, queueName, queuePrefix, library: settings } = config
    const wanted = () => this.#wanted
    const queue: QueueRef = { system, prefix: queuePrefix, name: queueName }
    const masters = mastersOfCluster(connection)
    // A worker of such a queue would meet CROSSSLOT with its first job.
    if (masters && slotOfQueue(queue) === null) throw new SluiceError('UNSUPPORTED', whyReadOnly(queue))
    const key = systemOf(queue.system).keysOf(queue)[0]?.key
    const clientOptions = await connection.clientOptions('pool', wanted, key)
    const home = masters?.find(({ has }) => key !== undefined && has(key))?.reader ?? connection.reader
    this.#risk = await evictionRisk(home, config.acceptsEviction)
    const { paused, library } = await readQueue(connection.reader, config)
    this.paused = paused
    this.#library = library
    const options = { queueName, queuePrefix, connection: clientOptions, settings, events: this.#events }
    const withCount = { ...options, concurrency: this.concurrency }
    const worker = await (library === 'bull' ? openBullWorker(withCount) : openBullmqWorker(library, withCount))
    this.#worker = worker
    if (this.concurrency !== withCount.concurrency) worker.setConcurrency(this.concurrency)
    if (this.#halted) await this.#end(worker)
  }

  readonly #events: WorkerEvents = {
    work: (job) => this.#work(job),
    done: () => {
      this.done++
      this.#rate.add()
      this.#changed()
    },
    failed: (final) => {
      if (final) this.dead++
      else this.retried++
      this.#changed()
    },
    stalled: () => {
      this.recovered++
      this.#changed()
    },
    renewed: (ids) => {
      for (const id of ids) this.#runs.get(id)?.renewed()
    },
    lost: (id) => {
      this.#log(`no longer holds job ${id}`)
      this.#runs.get(id)?.lose()
    },
    error: (error) => this.#note(error),
  }

  async #work(taken: TakenJob): Promise<Outcome> {
    const { connection, config, handler } = this.#options
    if (this.#halted) {
      // A take that was under way when the pool stopped; it may even be the job that was given back just now.
      await taken.giveBack().catch((error: unknown) => this.#note(error))
      return { kind: 'left' }
    }
    const run = new LibraryRun(taken, {
      handler,
      read: (signal) => readJob(connection, config, taken, signal),
      timeoutMs: config.timeoutMs ?? null,
      lockMs: config.library.lockMs,
      onError: (error) => this.#note(error),
    })
    this.#runs.set(taken.id, run)
    this.#changed()
    const began = performance.now()
    const outcome = await run.work()
    if (this.#runs.get(taken.id) === run) this.#runs.delete(taken.id)
    if (outcome.kind !== 'left') this.#meter.add(performance.now() - began)
    if (outcome.kind === 'failed') {
      this.#log(`job ${taken.id} failed (attempt ${run.attempt}): ${outcome.error.message}`)
    }
    this.#changed()
    return outcome
  }

  /** What the connection says: the library reaches the same Redis, or does not, by connections of its own. */
  #heed(): void {
    const status = this.#options.connection.status()
    this.#away = status.status === 'ready' ? null : status.problem
    if (status.status === 'closed') void this.#giveUp('The connection was closed.', 0)
    else if (!status.writable) void this.#giveUp('The connection became read-only.', usualGraceMs)
    this.#changed()
  }

  async #look(): Promise<void> {
    if (this.state !== 'running') return
    const { connection, config } = this.#options
    try {
      const { paused, library } = await readQueue(connection.reader, config)
      if (paused !== this.paused) {
        this.paused = paused
        this.#changed()
      }
      if (library !== this.#library && this.state === 'running') {
        const now = `BullMQ ${library} writes to this queue now, and these workers are of version ${this.#library}`
        await this.#giveUp(`${now}: start them again.`, usualGraceMs)
      }
    } catch (error) {
      // What the connection cannot reach it says itself.
      if (error instanceof SluiceError && error.code === 'UNSUPPORTED') await this.#giveUp(error.message, usualGraceMs)
    }
    if (this.#trouble !== null && Date.now() - this.#trouble.at > troubleMs) {
      this.#trouble = null
      this.#changed()
    }
  }

  /** Stops by itself, and says why. */
  async #giveUp(reason: string, graceMs: number): Promise<void> {
    if (this.#halted) return
    this.#ending = reason
    await this.stop(graceMs)
    this.#become('failed')
  }

  async #drain(): Promise<void> {
    if (this.state !== 'running' && this.state !== 'starting') return
    this.#become('draining')
    this.#quieten()
    if (this.#worker !== null) await this.#end(this.#worker)
    this.#close('stopped')
  }

  /** Lets a worker end: gently, then with its jobs given back, then without asking. */
  async #end(worker: LibraryWorker): Promise<void> {
    const drained = worker.drain().catch((error: unknown) => this.#note(error))
    if (!(await this.#grace.covers(drained)) && this.#reachable()) {
      const back = Array.from(this.#runs.values(), (run) => run.giveBack('The pool stopped.'))
      await within(giveBackMs, Promise.all([...back, drained]))
    }
    this.#wanted = false
    await within(
      closeMs,
      worker.close().catch((error: unknown) => this.#note(error)),
    )
    // What could not be given back is held until its lock runs out, and is found by the next check for stalled jobs.
    for (const run of this.#runs.values()) run.lose()
  }

  /** Whether there is a Redis that jobs can be given back to; a closed connection says nothing against it. */
  #reachable(): boolean {
    const { status } = this.#options.connection.status()
    return status === 'ready' || status === 'closed'
  }

  #close(state: 'stopped' | 'failed'): void {
    this.#quieten()
    this.#wanted = false
    this.#trouble = null
    this.#away = null
    this.#become(state)
  }

  #quieten(): void {
    clearInterval(this.#looking)
    this.#unsubscribe()
  }

  #note(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const text = isErrorReply(error) ? redisError(error, 'read').message : error.message
    this.#log(text)
    // A cut is told by the connection, at the same moment and in plainer words.
    if (!isErrorReply(error) && isCut(error)) return
    this.#trouble = { text, at: Date.now() }
    this.#changed()
  }

  #become(state: PoolStatus['state']): void {
    this.state = state
    this.since = Date.now()
    this.#changed()
  }

  #changed(): void {
    this.#options.onChange?.()
  }

  #log(line: string): void {
    this.#options.log?.(`[${this.#options.config.queueName}] ${line}`)
  }
}

/** Any error of a socket, as ioredis and Node call them. */
function isCut(error: Error): boolean {
  return (
    'code' in error || /^(Connection is closed|Socket timeout|connect )|^Stream isn't writeable/.test(error.message)
  )
}

function startError(thrown: unknown): SluiceError {
  return isErrorReply(thrown) || (thrown instanceof Error && isCut(thrown))
    ? redisError(thrown, 'connect')
    : asSluiceError(thrown)
}
