import { asSluiceError, SluiceError } from '../../../domain/errors.ts'
import { type ListSystem, type PoolConfig, type PoolStatus, poolDefaults } from '../../../domain/pool.ts'
import { Grace } from '../grace.ts'
import { Meter } from '../meter.ts'
import { MinuteCounter } from '../minute-counter.ts'
import type { Pool, PoolOptions } from '../pool.ts'
import { demandFitness } from './fitness.ts'
import { type Layout, layoutOfPool } from './layout.ts'
import { Ledger, type PoolPoint, type Settlement } from './ledger.ts'
import { Link } from './link.ts'
import { defaultTiming, type PoolTiming } from './pool-timing.ts'
import { fireSchedules } from './schedules.ts'
import { Session } from './session.ts'
import { Sweeper } from './sweeper.ts'
import { TakeOrder } from './take-order.ts'
import { messageOf } from './verdict.ts'
import { Wake } from './wake.ts'
import { newWorkerId } from './worker-id.ts'

/** How workers on one list queue are set up. */
export type ListPoolConfig = Pick<
  PoolConfig,
  'queueName' | 'queuePrefix' | 'maxAttempts' | 'backoff' | 'priorities' | 'ratePerSecond' | 'acceptsEviction'
> & { readonly system: ListSystem; readonly concurrency: number }

/** All settings but the queue, as most queues need them. */
export const listPoolDefaults = { ...poolDefaults, concurrency: 10 }

export interface ListPoolOptions extends PoolOptions<ListPoolConfig> {
  readonly timing?: Partial<PoolTiming>
  /** Called at named moments; tests kill the process there. */
  readonly probe?: (point: PoolPoint) => void
}

/** Workers of this desktop on one queue; layout.ts draws the protocol. */
export function createListPool(options: ListPoolOptions): ListPool {
  return new ListPool(options)
}

export class ListPool implements Pool {
  state: PoolStatus['state'] = 'stopped'
  done = 0
  retried = 0
  dead = 0
  recovered = 0
  since = Date.now()

  readonly #options: ListPoolOptions
  readonly #timing: PoolTiming
  readonly #layout: Layout
  readonly #link: Link
  readonly #sweeper: Sweeper
  readonly #rate = new MinuteCounter()
  readonly #meter = new Meter()
  readonly #order: TakeOrder
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #grace = new Grace()
  #session: Session
  #halted = false
  #stopped: Promise<void> | null = null
  #unsubscribe: () => void = () => {}
  #batchSize = 0
  #concurrency: number
  #unreadable = 0
  #trouble: string | null = null
  #risk: string | null = null
  #ending: string | null = null

  constructor(options: ListPoolOptions) {
    this.#options = options
    this.#concurrency = options.config.concurrency
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#layout = layoutOfPool(options.config)
    this.#link = new Link(
      () => options.connection.dedicated('pool', this.#layout.waiting),
      (error) => this.#setTrouble(error === null ? null : error.message),
    )
    this.#sweeper = new Sweeper(this.#link, this.#timing)
    this.#order = new TakeOrder(options.config.priorities)
    this.#session = this.#newSession()
  }

  get concurrency(): number {
    return this.#concurrency
  }

  get active(): number {
    return this.#session.running
  }

  /** Jobs taken and not begun. */
  get buffered(): number {
    return this.#session.buffered
  }

  get paused(): boolean {
    return this.#session.paused
  }

  get suspects(): number {
    return this.#session.suspects
  }

  get donePerMinute(): number {
    return this.#rate.perMinute
  }

  /** Percentiles of the handler's time in ms over the last few hundred jobs; null before the first. */
  get handlerMs(): PoolStatus['handlerMs'] {
    return this.#meter.percentiles
  }

  /** Jobs that came with one step, on average of late. */
  get batchSize(): number {
    return this.#batchSize
  }

  /** Ms since Redis last renewed the lease; null before the pool runs. */
  get leaseAgeMs(): number | null {
    return this.state === 'running' || this.state === 'draining' ? this.#session.leaseAgeMs : null
  }

  /** The name under which this worker stands in the leases. */
  get worker(): string {
    return this.#session.ledger.worker
  }

  /** What is wrong, in sentences; null when nothing is. */
  get problem(): string | null {
    const unreadable =
      this.#unreadable === 0
        ? null
        : `${this.#unreadable} ${this.#unreadable === 1 ? 'payload' : 'payloads'} could not be read and went to the dead letters unchanged.`
    return [this.#ending, this.#trouble, unreadable, this.#risk].filter((text) => text !== null).join(' ') || null
  }

  /** Recovers what dead workers left, then takes jobs. Throws a SluiceError, and ends as `failed`, when it cannot begin. */
  async start(): Promise<void> {
    if (this.state !== 'stopped' || this.#halted) throw new SluiceError('UNSUPPORTED', 'A pool starts only once.')
    this.#become('starting')
    try {
      await this.#link.once((writer) => writer.pipeline([['PING']]))
      this.#risk = await demandFitness(this.#link, this.#layout, this.#options.config.acceptsEviction)
      await this.#session.ledger.open()
      this.#recover(await this.#sweeper.deadWorkers(this.#session.ledger))
      this.#recover(await this.#sweeper.orphans(this.#session.ledger))
    } catch (thrown) {
      if (this.#halted) return // stopped meanwhile
      this.#ending = messageOf(thrown)
      this.#close('failed')
      throw asSluiceError(thrown)
    }
    if (this.#halted) return
    this.#become('running')
    this.#every(this.#timing.sweepMs, async () => {
      this.#recover(await this.#sweeper.deadWorkers(this.#session.ledger))
    })
    this.#every(this.#timing.orphanSweepMs, async () => {
      this.#recover(await this.#sweeper.orphans(this.#session.ledger))
    })
    this.#unsubscribe = this.#options.connection.onStatus((status) => {
      if (status.status === 'closed') void this.#end('The connection was closed.', 0)
      else if (!status.writable) void this.#end('The connection became read-only.', this.#timing.jobTimeoutMs)
    })
    this.#schedule()
    this.#session.ring()
  }

  /** Adds what is due by schedules, then waits for the next; looks now and then, since others may set some. */
  #schedule(): void {
    const soon = async () => {
      const next = await this.#link.again((writer) => fireSchedules(writer, this.#layout)).catch(() => null)
      if (this.state !== 'running') return
      const timer = setTimeout(
        () => {
          this.#timers.delete(timer)
          void soon()
        },
        Math.min(next ?? this.#timing.beatMs, this.#timing.beatMs) + 1,
      )
      this.#timers.add(timer)
    }
    void soon()
  }

  /** Looks for jobs now, as after a pause has ended. */
  wake(): void {
    this.#session.ring()
  }

  setConcurrency(count: number): void {
    this.#concurrency = count
    this.#session.setConcurrency(count)
  }

  /** Ends the waits that are out, so that no idle worker begins a job after a pause; false when that cannot be known. */
  unwait(): Promise<boolean> {
    return this.#session.unwait((id) => this.#link.once((writer) => writer.call('CLIENT', 'UNBLOCK', id)))
  }

  /**
   * Takes no new jobs, gives back what was not begun, lets the running ones finish, then closes its connections. Jobs
   * that still run after `graceMs` are aborted and go back to the head of the queue.
   */
  stop(graceMs = this.#timing.jobTimeoutMs): Promise<void> {
    this.#halted = true
    this.#grace.shorten(graceMs)
    this.#stopped ??= this.#drain().finally(() => this.#grace.end())
    return this.#stopped
  }

  async #drain(): Promise<void> {
    if (this.state !== 'running' && this.state !== 'starting') return
    const began = this.state === 'running'
    this.#become('draining')
    this.#unsubscribe()
    if (this.#options.connection.status().status === 'closed') this.#link.close() // nothing can be told any more
    const session = this.#session
    const quiet = began ? session.halt() : Promise.resolve()
    const unwaited = await this.unwait()
    await this.#grace.covers(quiet)
    session.abandon('The pool stopped.')
    const late = AbortSignal.timeout(2000)
    // Where Redis is away the lease runs out, and others recover what is held.
    await session.ledger.release(!unwaited, late).catch(() => {})
    this.#close('stopped')
  }

  /** Stops by itself, and says why. */
  async #end(reason: string, graceMs: number): Promise<void> {
    this.#ending = reason
    await this.stop(graceMs)
    this.#become('failed')
  }

  #close(state: 'stopped' | 'failed'): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#unsubscribe()
    this.#session.close()
    this.#link.close()
    this.#trouble = null
    this.#become(state)
  }

  #settled({ acks, completions, retries, deads }: Settlement, taken: number): void {
    const done = acks.length + completions.length
    this.done += done
    this.retried += retries.length
    this.dead += deads.length
    if (done > 0) this.#rate.add(done)
    if (taken > 0) this.#batchSize += (taken - this.#batchSize) * (this.#batchSize === 0 ? 1 : 0.1)
    this.#options.onChange?.()
  }

  /** Goes on under a new name: what ran under the old one may run elsewhere by now. */
  #renew(): void {
    const old = this.#session
    if (old.isVoid) return
    this.#log(`lost its lease with ${old.running} running jobs`)
    old.abandon('This worker was silent for too long, so the job went to another.')
    if (!this.#halted) this.#replace(old).catch(() => {}) // the link is closed
  }

  async #replace(old: Session): Promise<void> {
    old.close()
    // Whoever ended the lease has given its jobs back; if somebody only deleted the key of the leases, nobody has.
    await old.ledger.release(true)
    const next = this.#newSession()
    await this.#link.again(() => next.ledger.open())
    if (this.#halted) return void (await next.ledger.release(false))
    this.#session = next
    next.ring()
  }

  #newSession(): Session {
    const { connection, config, handler, probe } = this.#options
    const { leaseMs, beatMs, hoardMs, jobTimeoutMs } = this.#timing
    const { waiting, high, low, claims } = this.#layout
    const limited = config.ratePerSecond !== null
    const worker = newWorkerId()
    const ledger = new Ledger(this.#link, this.#layout, worker, {
      leaseMs,
      ratePerSecond: config.ratePerSecond,
      ...(probe ? { probe } : {}),
    })
    const wakeOn = (list: string) => new Wake(() => connection.dedicated('pool-wait', list), list, claims + worker)
    return new Session({
      ledger,
      layout: this.#layout,
      handler,
      policy: config,
      concurrency: this.#concurrency,
      limited,
      beatMs,
      hoardMs,
      jobTimeoutMs,
      meter: this.#meter,
      order: this.#order,
      wakes: [wakeOn(waiting), ...(config.priorities === 'off' ? [] : [wakeOn(high), wakeOn(low)])],
      log: (line) => this.#log(line),
      probe,
      onUnreadable: () => this.#unreadable++,
      onStep: (settled, taken) => this.#settled(settled, taken),
      onFenced: () => this.#renew(),
    })
  }

  /** Repeats with jitter; the next turn is planned when the last is over. */
  #every(ms: number, turn: () => Promise<unknown>): void {
    const plan = () => {
      const timer = setTimeout(
        async () => {
          this.#timers.delete(timer)
          await turn().catch(() => {}) // the link is closed
          if (this.state === 'running' || this.state === 'draining') plan()
        },
        ms * (0.85 + Math.random() * 0.3),
      )
      this.#timers.add(timer)
    }
    plan()
  }

  #recover(count: number): void {
    if (count === 0) return
    this.recovered += count
    this.#options.onChange?.()
  }

  #become(state: PoolStatus['state']): void {
    this.state = state
    this.since = Date.now()
    this.#options.onChange?.()
  }

  #setTrouble(trouble: string | null): void {
    if (this.#trouble === trouble) return
    this.#trouble = trouble
    this.#options.onChange?.()
  }

  #log(line: string): void {
    this.#options.log?.(`[${this.#layout.base}] ${line}`)
  }
}
