import { asSluiceError, isRefused, SluiceError } from '../../../domain/errors.ts'
import { type PoolConfig, type PoolStatus, poolDefaults } from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { editRequest, statusIn } from '../../../systems/request-tracker/edit.ts'
import { channelPattern, hashOfChannel, listKey, newestLooked } from '../../../systems/request-tracker/keys.ts'
import { stateOf } from '../../../systems/request-tracker/status.ts'
import { within } from '../../within.ts'
import { Grace } from '../grace.ts'
import { Link } from '../lists/link.ts'
import { messageOf } from '../lists/verdict.ts'
import { newWorkerId } from '../lists/worker-id.ts'
import { Meter } from '../meter.ts'
import { MinuteCounter } from '../minute-counter.ts'
import type { Pool, PoolOptions } from '../pool.ts'
import { type Candidate, Claims, longestList } from './claims.ts'
import { demandFitness } from './demand-fitness.ts'
import { KnownRequests } from './known-requests.ts'
import { requestJob } from './request-job.ts'
import { RequestRun, type RunEnd } from './request-run.ts'
import { defaultTiming, type RequestTiming } from './request-timing.ts'
import { settleRun } from './settle-run.ts'

/** How workers on the requests of one tracker are set up. */
export type RequestPoolConfig = Pick<
  PoolConfig,
  'queueName' | 'queuePrefix' | 'maxAttempts' | 'backoff' | 'ratePerSecond' | 'acceptsEviction'
> & { readonly concurrency: number }

/** All settings but the queue, as most trackers need them. */
export const requestPoolDefaults = { ...poolDefaults, concurrency: 10 } as const satisfies Partial<RequestPoolConfig>

export interface RequestPoolOptions extends PoolOptions<RequestPoolConfig> {
  readonly timing?: Partial<RequestTiming>
}

/** Entries at the head that are read when there is a new one; when all of them are new, more are looked at. */
const headLooked = 64
/** A request that so many workers were gone with is not run again. */
const mostDeaths = 3
/** Requests that wait for a person need no slot; so many at most. */
const mostWaiting = 1000
/** Of an update so much is read to see whether it waits to be begun. */
const beginning = 4096
/** How long the last words to Redis may take when a pool stops. */
const lastWordsMs = 2000
/** After a claim that failed because Redis was away. */
const awayMs = 500

/**
 * Workers of this desktop on the requests of one tracker; keys.ts draws what they keep in Redis. At-least-once: a request
 * belongs to a worker while its lease is renewed, and goes to another when it is not.
 *
 * Cost: 1 script a second that renews the leases and looks for what is new (the head of the list, leases that ended,
 * retries that are due), whatever the number of requests; 1 subscription, so that new requests and cancellations are
 * heard of at once; a look through the newest 500 entries every 30 s. 4 round trips for each request, 2 for each update.
 */
export function createRequestPool(options: RequestPoolOptions): RequestPool {
  return new RequestPool(options)
}

export class RequestPool implements Pool {
  state: PoolStatus['state'] = 'stopped'
  done = 0
  retried = 0
  dead = 0
  recovered = 0
  since = Date.now()
  /** Requests have no pause. */
  readonly paused = false
  /** None is taken before it is begun. */
  readonly buffered = 0
  readonly suspects = 0
  readonly batchSize = 1
  readonly worker = newWorkerId()

  readonly #options: RequestPoolOptions
  readonly #timing: RequestTiming
  readonly #tracker: QueueRef
  readonly #link: Link
  readonly #claims: Claims
  readonly #rate = new MinuteCounter()
  readonly #meter = new Meter()
  readonly #running = new Map<string, RequestRun>()
  readonly #grace = new Grace()
  /** Being taken: their hashes. */
  readonly #taking = new Set<string>()
  readonly #known = new KnownRequests()
  #concurrency: number
  #head = ''
  #heardAll = false
  #lookedAt = 0
  /** Messages were lost, so that what came meanwhile may be anywhere in the list. */
  #missed = false
  #lastBeat = 0
  #beating: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined
  /** Nothing may begin before this, by the clock of `performance`. */
  #heldUntil = 0
  #holdTimer: NodeJS.Timeout | undefined
  #halted = false
  #stopped: Promise<void> | null = null
  #onQuiet: (() => void)[] = []
  #stopListening: () => void = () => {}
  #unsubscribe: (() => Promise<void>) | null = null
  #trouble: string | null = null
  #risk: string | null = null
  #deaf: string | null = null
  #ending: string | null = null

  constructor(options: RequestPoolOptions) {
    const { config, connection } = options
    this.#options = options
    this.#concurrency = config.concurrency
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#tracker = { system: 'request-tracker', prefix: config.queuePrefix, name: config.queueName }
    this.#link = new Link(
      () => connection.dedicated('pool', listKey(this.#tracker)),
      (error) => this.#setTrouble(error === null ? null : error.message),
    )
    this.#claims = new Claims(this.#link, this.#tracker, this.worker, this.#timing.leaseMs, config.ratePerSecond)
  }

  get concurrency(): number {
    return this.#concurrency
  }

  /** Requests in the hands of handlers, those that wait for a person too. */
  get active(): number {
    return this.#running.size
  }

  get donePerMinute(): number {
    return this.#rate.perMinute
  }

  get handlerMs(): PoolStatus['handlerMs'] {
    return this.#meter.percentiles
  }

  get leaseAgeMs(): number | null {
    return this.state === 'running' || this.state === 'draining' ? performance.now() - this.#lastBeat : null
  }

  get problem(): string | null {
    return [this.#ending, this.#trouble, this.#deaf, this.#risk].filter((text) => text !== null).join(' ') || null
  }

  async start(): Promise<void> {
    if (this.state !== 'stopped' || this.#halted) throw new SluiceError('UNSUPPORTED', 'A pool starts only once.')
    this.#become('starting')
    const { connection, config } = this.#options
    try {
      await this.#link.once((writer) => writer.pipeline([['PING']]))
      this.#risk = await demandFitness(this.#link, config.acceptsEviction)
      await this.#subscribe()
      await this.#look(longestList)
    } catch (thrown) {
      if (this.#halted) return // stopped meanwhile
      this.#ending = messageOf(thrown)
      this.#close('failed')
      throw asSluiceError(thrown)
    }
    if (this.#halted) return
    this.#become('running')
    this.#stopListening = connection.onStatus((status) => {
      if (status.status === 'closed') void this.#end('The connection was closed.', 0)
      else if (!status.writable) void this.#end('The connection became read-only.', this.#timing.leaseMs)
    })
    this.wake()
  }

  /** Looks for requests now. */
  wake(): void {
    clearTimeout(this.#timer)
    if (this.state !== 'running' && this.state !== 'draining') return
    this.#beating ??= this.#beat()
      .catch(() => {}) // the link is closed
      .finally(() => {
        this.#beating = null
        if (this.state !== 'running' && this.state !== 'draining') return
        this.#timer = setTimeout(() => this.wake(), this.#timing.beatMs)
      })
  }

  /** No wait of this pool is in Redis. */
  async unwait(): Promise<boolean> {
    return true
  }

  setConcurrency(count: number): void {
    this.#concurrency = count
    this.#fill()
  }

  /** What still runs after `graceMs` goes back as pending, to whoever takes it next. */
  stop(graceMs = 300_000): Promise<void> {
    this.#halted = true
    this.#grace.shorten(graceMs)
    this.#stopped ??= this.#drain().finally(() => this.#grace.end())
    return this.#stopped
  }

  async #drain(): Promise<void> {
    if (this.state !== 'running' && this.state !== 'starting') return
    this.#become('draining')
    this.#stopListening()
    this.#known.clear()
    if (this.#options.connection.status().status === 'closed') this.#link.close() // nothing can be told any more
    if (!(await this.#grace.covers(this.#whenQuiet()))) {
      for (const run of this.#running.values()) run.abort('stop')
      // Where Redis is away the leases run out, and others take the requests back.
      await within(lastWordsMs, this.#whenQuiet())
    }
    this.#close('stopped')
  }

  /** Stops by itself, and says why. */
  async #end(reason: string, graceMs: number): Promise<void> {
    this.#ending = reason
    await this.stop(graceMs)
    this.#become('failed')
  }

  #close(state: 'stopped' | 'failed'): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#holdTimer)
    this.#stopListening()
    void this.#unsubscribe?.().catch(() => {}) // its connection is gone
    this.#link.close()
    this.#trouble = null
    this.#become(state)
  }

  async #subscribe(): Promise<void> {
    try {
      this.#unsubscribe = await this.#options.connection.subscribe(
        [channelPattern(this.#tracker)],
        (channel, message) => this.#hear(channel, message),
        () => {
          this.#heardAll = false // the next beat asks what was missed
          this.#missed = true
          this.wake()
        },
      )
      this.#heardAll = true
    } catch (error) {
      if (!isRefused(error)) throw error
      this.#deaf = 'This Redis user may not subscribe to updates: new requests are looked for every second.'
    }
    if (this.#halted) void this.#unsubscribe?.().catch(() => {})
  }

  #hear(channel: string, message: Buffer): void {
    const hash = hashOfChannel(this.#tracker, channel)
    if (hash === null) return
    const run = this.#running.get(hash)
    if (run !== undefined) run.notice(message.toString('utf8'))
    else if (stateOf(statusIn(message.toString('utf8', 0, beginning)) ?? '') === 'pending') {
      this.#known.add([hash])
      this.#fill()
    }
  }

  /** One sign of life, and what follows of what Redis says to it. */
  async #beat(): Promise<void> {
    const runs = [...this.#running]
    const { head, held, free } = await this.#claims.beat(
      runs.map(([hash]) => hash),
      this.#halted ? 0 : this.#room,
    )
    this.#lastBeat = performance.now()
    for (const [hash, run] of runs) {
      const now = held.get(hash)
      if (this.#running.get(hash) !== run || now === undefined) continue // ended while Redis answered
      if (now === 'lost' || now === 'gone') run.abort(now)
      else if (stateOf(now.status) === 'cancelled') run.abort('cancelled')
      else if (run.waits && !(this.#heardAll && stateOf(now.status) === 'otp')) void this.#readFor(hash, run)
    }
    if (this.#deaf === null) this.#heardAll = true
    if (this.#halted) return
    this.#known.addFirst(free)
    if (head !== this.#head && head !== '') await this.#lookAtHead()
    this.#head = head
    if (this.#missed || this.#known.overflowed) {
      if (this.#known.overflowed) this.#known.clear()
      await this.#look(longestList)
    } else if (performance.now() - this.#lookedAt > this.#timing.lookMs) await this.#look(newestLooked)
    this.#fill()
  }

  async #readFor(hash: string, run: RequestRun): Promise<void> {
    const text = await this.#claims.read(hash).catch(() => null) // the link is closed
    if (text !== null && this.#running.get(hash) === run) run.notice(text.toString('utf8'))
  }

  async #lookAtHead(): Promise<void> {
    const newest = await this.#claims.newest(headLooked)
    const seen = newest.indexOf(this.#head)
    if (seen < 0 && newest.length === headLooked) return this.#look(newestLooked)
    const fresh = seen < 0 ? newest : newest.slice(0, seen)
    this.#known.add(fresh.reverse())
  }

  async #look(most: number): Promise<void> {
    this.#known.add(await this.#claims.waiting(most))
    this.#lookedAt = performance.now()
    this.#missed = false
  }

  /** How many more may begin. */
  get #room(): number {
    let waiting = 0
    for (const run of this.#running.values()) if (run.waits) waiting++
    const busy = this.#running.size - Math.min(waiting, mostWaiting)
    return Math.max(0, this.#concurrency - busy - this.#taking.size)
  }

  #fill(): void {
    while (this.state === 'running' && !this.#halted && this.#room > 0) {
      const now = performance.now()
      if (now < this.#heldUntil) {
        clearTimeout(this.#holdTimer)
        this.#holdTimer = setTimeout(() => this.#fill(), this.#heldUntil - now + 1)
        return
      }
      const first = this.#known.take()
      if (first === undefined) return
      if (!this.#running.has(first.hash) && !this.#taking.has(first.hash)) void this.#take(first)
    }
  }

  async #take(candidate: Candidate): Promise<void> {
    const { hash, worker } = candidate
    this.#taking.add(hash)
    try {
      const taking = await this.#claims.take(candidate)
      if (taking.kind === 'wait') this.#hold(candidate, taking.ms)
      if (taking.kind !== 'taken') return
      if (worker !== null && worker !== '') this.recovered++
      if (taking.deaths >= mostDeaths) await this.#bury(hash, taking.deaths)
      else this.#begin(hash, taking.text)
    } catch (thrown) {
      // If it was taken all the same, its lease ends, and it comes back.
      this.#setTrouble(asSluiceError(thrown).message)
      this.#hold(candidate, awayMs)
    } finally {
      this.#taking.delete(hash)
      this.#options.onChange?.()
      this.#quiet()
      this.#fill()
    }
  }

  #hold(candidate: Candidate, ms: number): void {
    this.#heldUntil = performance.now() + ms
    if (!this.#halted) this.#known.addFirst([candidate])
  }

  async #bury(hash: string, deaths: number): Promise<void> {
    const error = `${deaths} workers were gone before this request was done, so it was not begun again.`
    this.#log(`${hash}: ${error}`)
    await this.#claims.settle(
      hash,
      (text) => editRequest(text, { type: 'fail', error, data: null }, Date.now()),
      'drop',
    )
    this.dead++
  }

  #begin(hash: string, text: string): void {
    const run = new RequestRun({
      job: requestJob(hash, text),
      progressMs: this.#timing.progressMs,
      log: (line) => this.#log(line),
      update: (edit) => this.#claims.settle(hash, edit, 'keep'),
      onWait: () => this.#fill(),
    })
    this.#running.set(hash, run)
    if (this.#halted) run.abort('stop') // taken while the pool began to stop
    void run.begin(this.#options.handler).then((end) => this.#ended(hash, run, end))
  }

  async #ended(hash: string, run: RequestRun, end: RunEnd): Promise<void> {
    this.#meter.add(performance.now() - run.startedAt)
    const { config } = this.#options
    try {
      const what = await settleRun({ claims: this.#claims, policy: config, run, end, log: (line) => this.#log(line) })
      if (what !== null) this[what]++
      if (what === 'done') this.#rate.add()
    } catch {
      // The link is closed: the lease ends, and another takes it.
    }
    this.#running.delete(hash)
    this.#options.onChange?.()
    this.#quiet()
    this.#fill()
  }

  #quiet(): void {
    if (this.#running.size + this.#taking.size > 0) return
    for (const resolve of this.#onQuiet.splice(0)) resolve()
  }

  /** Resolves when all that runs has ended. */
  #whenQuiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet.push(resolve)
      this.#quiet()
    })
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
    this.#options.log?.(`[${this.#tracker.prefix}${this.#tracker.name}] ${line}`)
  }
}
