import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { PoolConfig, PoolStatus } from '../../domain/pool.ts'
import type { Connection } from '../redis/connection.ts'
import { evictionProblem } from './eviction.ts'
import type { Handler } from './handler.ts'
import { type PoolKeys, poolKeys } from './keys.ts'
import { Ledger, type Reserved } from './ledger.ts'
import { Link } from './link.ts'
import { MinuteCounter } from './minute-counter.ts'
import { defaultTiming, type PoolTiming } from './pool-timing.ts'
import { type Ending, Session } from './session.ts'
import { Sweeper } from './sweeper.ts'
import { messageOf } from './verdict.ts'
import { Wake } from './wake.ts'
import { newWorkerId } from './worker-id.ts'

export interface PoolOptions {
  readonly connection: Connection
  readonly handler: Handler
  readonly config: Omit<PoolConfig, 'connectionId' | 'handler'>
  readonly timing?: Partial<PoolTiming>
  /** Called after each change of what the getters say; often, so throttle what is expensive. */
  readonly onChange?: () => void
  readonly log?: (line: string) => void
}

/** Jobs reserved in one go at most: enough to hide a round trip, too few to hoard. */
const reservedTogether = 8

/** Workers of this desktop on one plain-list queue; see keys.ts for the protocol. */
export function createPool(options: PoolOptions): Pool {
  return new Pool(options)
}

export class Pool {
  state: PoolStatus['state'] = 'stopped'
  done = 0
  retried = 0
  dead = 0
  recovered = 0
  since = Date.now()

  readonly #options: PoolOptions
  readonly #timing: PoolTiming
  readonly #keys: PoolKeys
  readonly #link: Link
  readonly #wake: Wake
  readonly #sweeper: Sweeper
  readonly #rate = new MinuteCounter()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #jobs = new Set<Promise<void>>()
  #session: Session
  #work: Promise<void> = Promise.resolve()
  #halted = false
  #stopped: Promise<void> | null = null
  #renewed: Promise<void> | null = null
  #onRoom: () => void = () => {}
  #unsubscribe: () => void = () => {}
  #unreadable = 0
  #trouble: string | null = null
  #eviction: string | null = null
  #ending: string | null = null

  constructor(options: PoolOptions) {
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#keys = poolKeys(options.config.queuePrefix, options.config.queueName)
    this.#link = new Link(
      () => options.connection.dedicated('pool'),
      (error) => this.#setTrouble(error === null ? null : error.message),
    )
    this.#wake = new Wake(() => options.connection.dedicated('pool-wait'), this.#keys.base)
    this.#sweeper = new Sweeper(this.#link, this.#timing.orphanAfterMs)
    this.#session = this.#newSession()
  }

  get active(): number {
    return this.#jobs.size
  }

  get donePerMinute(): number {
    return this.#rate.perMinute
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
    return [this.#ending, this.#trouble, unreadable, this.#eviction].filter((text) => text !== null).join(' ') || null
  }

  /** Recovers what dead workers left, then takes jobs. Throws a SluiceError, and ends as `failed`, when it cannot begin. */
  async start(): Promise<void> {
    if (this.state !== 'stopped' || this.#halted) throw new SluiceError('UNSUPPORTED', 'A pool starts only once.')
    this.#become('starting')
    try {
      await this.#session.ledger.open()
      this.#eviction = await evictionProblem(this.#link)
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
    this.#every(this.#timing.beatMs, () => this.#beat())
    this.#every(this.#timing.sweepMs, async () => {
      if (await this.#beat()) this.#recover(await this.#sweeper.deadWorkers(this.#session.ledger))
    })
    this.#every(this.#timing.orphanSweepMs, async () => {
      this.#recover(await this.#sweeper.orphans(this.#session.ledger))
    })
    this.#unsubscribe = this.#options.connection.onStatus((status) => {
      if (status.status === 'closed') void this.#end('The connection was closed.', 0)
      else if (!status.writable) void this.#end('The connection became read-only.', this.#timing.jobTimeoutMs)
    })
    this.#work = this.#feed()
  }

  /**
   * Takes no new jobs, lets the running ones finish, then gives back what was not begun and closes its connections.
   * Jobs that still run after `graceMs` are aborted and go back to the head of the queue.
   */
  stop(graceMs = this.#timing.jobTimeoutMs): Promise<void> {
    this.#halted = true
    this.#stopped ??= this.#drain(graceMs)
    return this.#stopped
  }

  async #drain(graceMs: number): Promise<void> {
    if (this.state !== 'running' && this.state !== 'starting') return
    this.#become('draining')
    this.#unsubscribe()
    this.#wake.close()
    this.#onRoom()
    if (this.#options.connection.status().status === 'closed') this.#link.close() // nothing can be told any more
    await within(graceMs, Promise.all(this.#jobs))
    this.#session.abandon('The pool stopped.')
    const late = AbortSignal.timeout(2000)
    await this.#session.ledger.release(late).catch(() => {}) // Redis is away: the lease runs out and others recover it
    this.#link.close()
    await within(2000, this.#work)
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
    this.#wake.close()
    this.#link.close()
    this.#trouble = null
    this.#become(state)
  }

  /** Takes jobs as long as there are free slots, and waits while there are no jobs. */
  async #feed(): Promise<void> {
    let hungry = true
    while (!this.#halted) {
      const room = await this.#room()
      if (this.#halted) return
      const session = this.#session
      const wanted: number = hungry ? 1 : Math.min(room, reservedTogether)
      const tries = Array.from({ length: wanted }, () => session.ledger.reserve())
      const all: Reserved[] | null = await Promise.all(tries).catch(() => null)
      if (all === null) return // the link is closed
      for (const reserved of all) if (reserved.kind === 'job') this.#begin(session, reserved)
      if (all.some(({ kind }) => kind === 'fenced')) await this.#renew(session)
      const empty = all.filter((reserved) => reserved.kind === 'empty')
      hungry = empty.length > 0
      if (hungry && !this.#halted) await this.#wake.wait(soonest(empty))
    }
  }

  /** The number of free slots, as soon as there is one. */
  async #room(): Promise<number> {
    while (!this.#halted && this.#jobs.size >= this.#options.config.concurrency) {
      await new Promise<void>((resolve) => (this.#onRoom = resolve))
    }
    return this.#options.config.concurrency - this.#jobs.size
  }

  #begin(session: Session, { seq, raw }: { seq: number; raw: Buffer }): void {
    if (this.#halted || session.isVoid) return // not begun: released, or already another's
    const running = session
      .run(seq, raw)
      .then(
        (ending) => this.#note(ending),
        () => {}, // the link was closed before the result could be told: the job runs again
      )
      .finally(() => {
        this.#jobs.delete(running)
        this.#onRoom()
        this.#options.onChange?.()
      })
    this.#jobs.add(running)
    this.#options.onChange?.()
  }

  #note(ending: Ending): void {
    switch (ending.kind) {
      case 'done':
        this.done++
        this.#rate.add()
        return
      case 'unreadable':
        this.#unreadable++
        this.dead++
        return
      case 'dead':
        this.dead++
        return
      case 'retried':
        this.retried++
        this.#wake.alarm(ending.delayMs)
    }
  }

  /** Renews the lease; false when it was lost, and a new session begun. */
  async #beat(): Promise<boolean> {
    const session = this.#session
    if (await session.ledger.beat()) return true
    await this.#renew(session)
    return false
  }

  /** Goes on under a new name: what ran under the old one may run elsewhere by now. */
  #renew(session: Session): Promise<void> {
    if (this.#halted) return Promise.resolve()
    if (!session.isVoid) {
      this.#log(`lost its lease with ${session.running} running jobs`)
      session.abandon('This worker was silent for too long, so the job went to another.')
      this.#renewed = this.#replace(session)
    }
    return this.#renewed ?? Promise.resolve()
  }

  async #replace(old: Session): Promise<void> {
    // Whoever ended the lease has given its jobs back; if somebody only deleted the key of the leases, nobody has.
    await old.ledger.release()
    const next = this.#newSession()
    await this.#link.again(() => next.ledger.open())
    this.#session = next
  }

  #newSession(): Session {
    const { config, handler } = this.#options
    const { leaseMs, jobTimeoutMs } = this.#timing
    const ledger = new Ledger(this.#link, this.#keys, newWorkerId(), leaseMs)
    return new Session(ledger, { handler, policy: config, jobTimeoutMs, log: (line) => this.#log(line) })
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
    this.#options.log?.(`[${this.#keys.base}] ${line}`)
  }
}

function soonest(empty: readonly Reserved[]): number | null {
  const due = empty.flatMap((reserved) =>
    reserved.kind === 'empty' && reserved.dueMs !== null ? [reserved.dueMs] : [],
  )
  return due.length === 0 ? null : Math.min(...due)
}

/** Resolves when the work is over, at the latest after `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
