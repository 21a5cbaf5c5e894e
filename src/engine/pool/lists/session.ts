import { type Handler, HandlerError } from '../handler.ts'
import type { Meter } from '../meter.ts'
import { failureLine, JobRun } from './job-run.ts'
import type { Layout } from './layout.ts'
import type { Held, Ledger, PoolPoint, Settlement, StepReply, StepRequest } from './ledger.ts'
import { Payload } from './payload.ts'
import { readJob } from './read-job.ts'
import { Results } from './results.ts'
import type { TakeOrder } from './take-order.ts'
import { doneEntry } from './tried.ts'
import { deadEntry, type RetryPolicy, verdictOf } from './verdict.ts'
import type { Wake } from './wake.ts'

/** Jobs that one step takes at most. */
const mostInStep = 256
/** Jobs taken beyond the free slots at most, when handlers are quick: one load to run while Redis prepares the next. */
const mostAhead = 2 * mostInStep
/** Work that is taken ahead, in ms: enough to hide a round trip, too little for a job to wait long in busy hands. */
const aheadMs = 20
/** A queue that is paused is looked at again after this time. */
const pausedMs = 1000
/** A suspect that so many workers died with is buried instead of run: twice among others, three times alone. */
const mostCrashes = 5

export interface SessionOptions {
  readonly ledger: Ledger
  readonly layout: Layout
  readonly handler: Handler
  readonly policy: RetryPolicy
  readonly concurrency: number
  /** Jobs may not begin before the rate limit has been asked. */
  readonly limited: boolean
  readonly beatMs: number
  readonly hoardMs: number
  readonly jobTimeoutMs: number
  readonly meter: Meter
  readonly order: TakeOrder
  /** The first one claims, the others only look. */
  readonly wakes: readonly [Wake, ...Wake[]]
  readonly log: (line: string) => void
  readonly probe: ((point: PoolPoint) => void) | undefined
  readonly onUnreadable: () => void
  /** Redis has answered, and knows how these jobs ended. */
  readonly onStep: (settled: Settlement, taken: number) => void
  readonly onFenced: () => void
}

/**
 * What a pool does under one worker name: it takes jobs, runs them and tells how they ended, one step at a time. It is
 * `void` once its lease is gone: others may have its jobs, and what it still does counts for nothing.
 */
export class Session {
  readonly #options: SessionOptions
  /** Taken and not begun. */
  readonly #buffer: { readonly held: Held; readonly at: number }[] = []
  /** Taken and not unpacked. */
  #coming = 0
  readonly #running = new Set<JobRun>()
  /** Claimed and begun at once; the next adoption tells their seqs. */
  readonly #claimed: JobRun[] = []
  readonly #results = new Results()
  #stepping = false
  #poked = false
  /** There may be jobs to take: the last step brought all that it asked for, or something rang. */
  #hungry = true
  /** Something may stand in the claim. */
  #adopt = true
  /** When to ask although nothing rings, by the clock of `performance`: a delayed job is due, the limit or the pause may end. */
  #askAt = Number.POSITIVE_INFINITY
  /** Nothing may begin before `askAt`, whatever rings. */
  #held = false
  #paused = false
  #suspects = 0
  /** Suspects and others take turns. */
  #soloNext = true
  /** The job in hand is a suspect: nothing else begins until it has ended. */
  #alone = false
  #halted = false
  #void = false
  #lastReply = performance.now()
  #concurrency: number
  #timer: NodeJS.Timeout | undefined
  #onQuiet: (() => void)[] = []

  constructor(options: SessionOptions) {
    this.#options = options
    this.#concurrency = options.concurrency
  }

  get ledger(): Ledger {
    return this.#options.ledger
  }

  get isVoid(): boolean {
    return this.#void
  }

  get running(): number {
    return this.#running.size
  }

  get buffered(): number {
    return this.#buffer.length + this.#coming
  }

  get paused(): boolean {
    return this.#paused
  }

  get suspects(): number {
    return this.#suspects
  }

  /** Ms since Redis last answered, and so renewed the lease. */
  get leaseAgeMs(): number {
    return performance.now() - this.#lastReply
  }

  /** How many run at once from now on; those that run go on. */
  setConcurrency(count: number): void {
    this.#concurrency = count
    this.ring()
  }

  /** Looks for jobs now: at the start, and when something changed that nobody else tells. */
  ring(): void {
    this.#hungry = true
    this.#held = false
    this.#poke()
  }

  /** Takes nothing any more and gives back what was not begun; resolves when the rest has ended and Redis knows. */
  halt(): Promise<void> {
    this.#halted = true
    this.#adopt = true
    this.#giveBack()
    this.#poke()
    return new Promise((resolve) => (this.#void ? resolve() : this.#onQuiet.push(resolve)))
  }

  /** Ends the waits that are out; resolves true once no job can come by them any more. */
  async unwait(unblock: (clientId: string) => Promise<unknown>): Promise<boolean> {
    const ended = await Promise.all(this.#options.wakes.map((wake) => wake.interrupt(unblock)))
    return ended.every(Boolean)
  }

  /** Closes the connections that wait; only after `halt` or `abandon`. */
  close(): void {
    for (const wake of this.#options.wakes) wake.close()
  }

  /** Aborts all jobs; none of them can be settled any more, only given back. */
  abandon(reason: string): void {
    this.#void = true
    clearTimeout(this.#timer)
    for (const run of this.#running) run.abort(new Error(reason))
    for (const resolve of this.#onQuiet.splice(0)) resolve()
  }

  /** Plans a turn for when this tick is over, so that all that ends in it is told in one step. */
  #poke(): void {
    if (this.#stepping || this.#poked || this.#void) return
    this.#poked = true
    setImmediate(() => {
      this.#poked = false
      this.#turn()
    })
  }

  /** Does what is to be done now, and plans the next look by the same clock: what falls due in between is not missed. */
  #turn(): void {
    if (this.#void) return
    const now = performance.now()
    if (!this.#stepping) this.#act(now)
    this.#plan(now)
  }

  /** The one place that decides what happens next: a step, or a wait. */
  #act(now: number): void {
    const solo = this.#suspects > 0 && this.#soloNext
    const room = this.#room(solo)
    const asks = room > 0 && (now >= this.#askAt || ((this.#hungry || solo) && !this.#held))
    const beats = now - this.#lastReply >= this.#options.beatMs
    // While a BLMOVE is out, its reply may still be on the way here: what it claimed is not ours to adopt yet.
    const adopts = this.#adopt && !this.#options.wakes[0].isOut
    if (asks || beats || adopts || this.#results.size > 0) {
      void this.#step({ want: asks ? room : 0, solo: asks && solo, adopt: adopts })
    } else if (this.#halted) {
      if (this.#running.size === 0) for (const resolve of this.#onQuiet.splice(0)) resolve()
    } else if (!this.#held && this.#hasSlot(this.buffered)) this.#wait()
  }

  /** Whether one more job may begin, when this many are to begin before it. */
  #hasSlot(before = 0): boolean {
    return !this.#alone && this.#running.size + before < this.#concurrency
  }

  /** How many jobs to take: for the free slots, and ahead as many as are done within a moment. */
  #room(solo: boolean): number {
    if (this.#halted || this.#alone) return 0
    const { meter } = this.#options
    const concurrency = this.#concurrency
    const inHand = this.#running.size + this.buffered
    if (solo) return inHand === 0 ? 1 : 0
    // A job that runs for long already says more than those before it.
    const [oldest] = this.#running
    const usual = Math.max(meter.average ?? Number.POSITIVE_INFINITY, oldest ? performance.now() - oldest.startedAt : 0)
    const ahead = Math.min(mostAhead, Math.floor((concurrency * aheadMs) / usual))
    const room = Math.min(mostInStep, concurrency + ahead - inHand)
    // While all slots are taken it is no hurry: half of it at a time.
    return inHand < concurrency || room >= ahead / 2 ? room : 0
  }

  async #step({ want, solo, adopt }: Pick<StepRequest, 'want' | 'solo' | 'adopt'>): Promise<void> {
    this.#stepping = true
    const { ledger, order, limited, onStep, onFenced } = this.#options
    const settled = this.#results.take()
    let reply: StepReply
    try {
      reply = await ledger.step({ ...settled, want, order: order.next(), solo, adopt })
    } catch {
      return // the link is closed: the pool has stopped
    } finally {
      this.#stepping = false
    }
    if (this.#void) return
    if (reply.kind === 'fenced') return onFenced()
    const { dueMs, rateWaitMs, crashes } = reply
    this.#lastReply = performance.now()
    this.#suspects = reply.suspects
    this.#paused = reply.paused
    if (adopt) this.#adopt = false
    if (want > 0) {
      this.#soloNext = !solo
      this.#hungry = solo || reply.taken >= want
      this.#held = reply.paused || (limited && rateWaitMs > 0)
      this.#askAt = this.#held ? this.#lastReply + (reply.paused ? pausedMs : rateWaitMs) : Number.POSITIVE_INFINITY
    }
    if (dueMs !== null) this.#askAt = Math.min(this.#askAt, this.#lastReply + dueMs)
    onStep(settled, reply.taken + reply.adopted)
    // First asks for more, then unpacks and runs what came: Redis works meanwhile.
    this.#coming = reply.taken + reply.adopted
    this.#alone = crashes !== null
    this.#turn()
    if (this.#stepping) await new Promise((resolve) => setImmediate(resolve))
    this.#coming = 0
    if (this.#void) return
    const { adopted, taken } = reply.jobs()
    for (const held of adopted) this.#bind(held)
    if (crashes !== null && crashes >= mostCrashes) this.#bury(taken, crashes)
    else this.#keep(taken)
    this.#fill(crashes !== null)
    this.#alone = crashes !== null && this.#running.size > 0
    this.#turn()
  }

  /** Blocks until there are jobs, on as many lists as there are; each that comes back leads to a step. */
  #wait(): void {
    const { wakes, limited, beatMs } = this.#options
    for (const [place, wake] of wakes.entries()) {
      if (wake.isOut) continue
      const how = place === 0 && !limited ? 'claim' : 'peek'
      void wake.next(how, beatMs).then((raw) => this.#woken(raw))
    }
  }

  #woken(raw: Buffer | null): void {
    if (this.#void) return // what was claimed is given back with the rest
    this.#adopt = true
    this.#hungry = true
    if (raw !== null) this.#options.probe?.('claimed')
    if (raw !== null && !this.#halted && this.#hasSlot()) {
      // Begun before Redis has recorded it as held: until then it stands in the claim, which is recovered as well.
      const { layout } = this.#options
      const job = readJob(new Payload(raw), layout.fields)
      if (!('unreadable' in job)) this.#claimed.push(this.#begin(new JobRun(job, null, this.#ended)))
    }
    this.#turn()
  }

  /** A claimed job that was begun already gets its seq; one whose claim was not heard of is like any other. */
  #bind(held: Held): void {
    const { text } = held
    const place = this.#claimed.findIndex(({ job }) => job.raw === text)
    const run = place < 0 ? undefined : this.#claimed.splice(place, 1)[0]
    if (run === undefined) {
      this.#keep([held])
      return
    }
    run.seq = held.seq
    if (run.failure !== undefined) this.#note(run, held.seq)
  }

  #keep(jobs: readonly Held[]): void {
    const at = performance.now()
    for (const held of jobs) this.#buffer.push({ held, at })
    if (this.#halted) this.#giveBack()
  }

  /** A job that too many workers died with is not run again. */
  #bury(jobs: readonly Held[], crashes: number): void {
    const { fields } = this.#options.layout
    for (const held of jobs) {
      const job = readJob(held, fields)
      const why = `${crashes} workers died while they held this job, so it was not run again.`
      this.#options.log(`a job goes to the dead letters: ${why}`)
      this.#results.dead(held.seq, 'unreadable' in job ? held.raw : deadEntry(job, why, fields, Date.now()))
    }
  }

  #giveBack(): void {
    for (const { held } of this.#buffer.splice(0)) this.#results.back(held.seq)
    this.#hungry = true
  }

  /** Begins jobs while there are free slots. */
  #fill(suspect = false): void {
    const { layout, log, onUnreadable } = this.#options
    while (!this.#void && (suspect || this.#hasSlot())) {
      const next = this.#buffer.shift()
      if (next === undefined) break
      const { held } = next
      const job = readJob(held, layout.fields)
      if ('unreadable' in job) {
        log(`a payload of ${held.raw.length} bytes ${job.unreadable}: moved to the dead letters unchanged`)
        this.#results.dead(held.seq, held.raw)
        onUnreadable()
      } else this.#begin(new JobRun(job, held.seq, this.#ended))
    }
    if (this.#results.size > 0) this.#poke()
  }

  #begin(run: JobRun): JobRun {
    this.#running.add(run)
    this.#options.probe?.('begun')
    run.begin(this.#options.handler)
    return run
  }

  readonly #ended = (run: JobRun): void => {
    this.#running.delete(run)
    this.#alone = false // who runs alone is the only one that can end
    if (this.#void) return
    this.#options.probe?.('ended')
    this.#options.meter.add(performance.now() - run.startedAt)
    if (run.seq !== null) this.#note(run, run.seq)
    this.#fill()
    this.#poke()
  }

  /** Writes down how a job ended, for the next step to tell. */
  #note({ job, failure, result, tookMs }: JobRun, seq: number): void {
    const { layout, policy, log } = this.#options
    const { completedAt } = layout.fields
    if (failure) {
      log(failureLine(job, failure.error))
      const verdict = verdictOf(job, failure.error, policy, layout.fields, Date.now(), tookMs)
      if (verdict.kind === 'dead') this.#results.dead(seq, verdict.entry)
      else this.#results.retry(seq, verdict.payload, verdict.delayMs)
    } else if (completedAt === null) this.#results.ack(seq)
    else {
      const entry = doneEntry(job, completedAt, layout.fields, Date.now(), { result, tookMs })
      this.#results.complete(seq, entry)
    }
  }

  /** Sets the timer to the next moment at which something has to be done although nothing happens. */
  #plan(now: number): void {
    clearTimeout(this.#timer)
    const { beatMs, hoardMs, jobTimeoutMs } = this.#options
    const [oldest] = this.#running
    const [waits] = this.#buffer
    const at = Math.min(
      this.#lastReply + beatMs,
      this.#askAt > now ? this.#askAt : Number.POSITIVE_INFINITY, // later, as soon as there is room
      waits ? waits.at + hoardMs : Number.POSITIVE_INFINITY,
      oldest ? oldest.startedAt + jobTimeoutMs : Number.POSITIVE_INFINITY,
    )
    this.#timer = setTimeout(() => this.#tick(), Math.max(at <= now && this.#stepping ? 50 : 1, at - now))
  }

  #tick(): void {
    const now = performance.now()
    const { hoardMs, jobTimeoutMs } = this.#options
    for (const run of this.#running) {
      if (now - run.startedAt < jobTimeoutMs) break // all later ones began later
      run.abort(
        new HandlerError(`The job took longer than ${jobTimeoutMs / 1000} s.`, { retryable: true, kind: 'time' }),
      )
    }
    const [waits] = this.#buffer
    if (waits && now - waits.at >= hoardMs) this.#giveBack()
    this.#turn()
  }
}
