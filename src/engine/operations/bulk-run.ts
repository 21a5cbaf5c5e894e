import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { OperationRun } from '../../domain/operation.ts'
import type { Fates } from '../../systems/system.ts'
import type { Journal } from '../journal/journal.ts'
import type { Connection } from '../redis/connection.ts'
import type { Trash } from '../trash/trash.ts'
import type { BulkKind, BulkPlace, BulkWork } from './bulk-work.ts'
import { countOf } from './count-of.ts'
import { Gate, Stopped } from './gate.ts'
import { newTrashKey } from './new-trash.ts'
import { lateMs, receiptOf } from './numbered-writer.ts'
import { mayComeBack, type PlaceOutcome, runPlace } from './place-run.ts'
import { Rate } from './rate.ts'
import type { ReplayLog } from './replay-log.ts'
import type { RunFile, RunLine } from './run-file.ts'
import { after, countsOf, placeOf, type RunState } from './run-state.ts'
import { pause, untilReady } from './until-ready.ts'

export interface BulkRunParts {
  readonly file: RunFile
  readonly log: ReplayLog
  readonly journal: Journal
  readonly trash: Trash
  readonly kind: BulkKind
  /** Throws NOT_OPEN. */
  connection(id: string): Connection
  /** Called at each change. */
  onChange(): void
  readonly resumed: boolean
}

/** Between two tries of what failed because Redis, or the right to write, was away, ms. */
const tryEveryMs = 1000

/** One action over many jobs, from where its file says that it is to its end. */
export class BulkRun {
  #state: RunState
  #work: BulkWork | null = null
  #current: { readonly number: number; readonly place: BulkPlace } | null = null
  /** How far a place is that is done as a whole. */
  #live: { done: number; total: number } | null = null
  #trouble: string | null = null
  #leftOver: string | null = null
  readonly #gate: Gate
  readonly #rate = new Rate()
  /** Settled when it has ended, or was stopped by the end of the app; never rejects. */
  readonly over: Promise<void>

  constructor(
    state: RunState,
    private readonly parts: BulkRunParts,
  ) {
    this.#state = state
    const { done, missing, refused } = countsOf(state)
    const given = state.places.reduce((sum, { pending }) => sum + (pending?.size ?? 0), done + missing + refused)
    this.#gate = new Gate({
      ...{ steering: state.steering, canary: state.question.canary, given },
      fates: (most) => this.#fates(most),
      onChange: () => this.#changed(),
    })
    if (parts.resumed) this.#trouble = 'It was begun by an earlier start of Sluice, and goes on as soon as it can.'
    this.over = Promise.resolve().then(() => this.#run())
  }

  get id(): string {
    return this.#state.id
  }

  get view(): OperationRun {
    const { question, id, startedAt, endedAt, steering, places } = this.#state
    const counts = countsOf(this.#state)
    const total = this.#total()
    const behind = this.#behind()
    const rate = endedAt === null ? this.#rate.perSecond() : null
    const left = total === null || !rate ? null : Math.round((Math.max(0, total - behind) / rate) * 1000)
    return {
      id,
      journalIds: places.flatMap(({ journalId }) => journalId ?? []),
      connectionId: question.connectionId,
      ...{ action: question.action, queue: question.queue, stateLabel: question.stateLabel },
      status: this.#status(),
      ...counts,
      done: counts.done + (this.#live?.done ?? 0),
      ...{ total, startedAt, endedAt },
      ...{ cancelled: steering.cancelled, rate, leftMs: left, pace: steering.pace },
      canary: this.#gate.canary,
      problem: endedAt === null ? (this.#leftOver ?? this.#trouble) : this.#state.problem,
      steerable: question.steerable,
      resumed: this.parts.resumed,
    }
  }

  pause = () => this.#steer({ paused: true })
  resume = () => this.#steer({ paused: false, held: false, heedless: this.#gate.steering.held })
  setPace = (pace: number | null) => this.#steer({ pace })
  cancel = () => this.#steer({ cancelled: true })

  /** Stops where it is; it goes on at the next start of the app. */
  async stop(): Promise<void> {
    this.#gate.close()
    await this.over
  }

  #steer(change: Partial<RunState['steering']>): OperationRun {
    if (this.#state.endedAt !== null) throw new SluiceError('NOT_FOUND', 'That action has ended already.')
    this.#gate.steer({ ...change, ...(change.heedless === false && { heedless: this.#gate.steering.heedless }) })
    return this.view
  }

  /** Writes steering down when it has changed, and tells. */
  #changed(): void {
    const steering = this.#gate.steering
    if (JSON.stringify(steering) !== JSON.stringify(this.#state.steering)) {
      this.#write({ t: 'steer', ...steering }).catch(() => {}) // it holds for this start of the app at least
    }
    this.parts.onChange()
  }

  async #write(line: RunLine, later = false): Promise<void> {
    await this.parts.file.append(line, later)
    this.#state = after(this.#state, line) ?? this.#state
    this.#rate.note(Date.now(), this.#behind())
    this.parts.onChange()
  }

  #status(): OperationRun['status'] {
    if (this.#state.endedAt !== null) return 'ended'
    const { held, paused } = this.#gate.steering
    if (held) return 'held'
    if (paused || this.#trouble !== null) return 'paused'
    return this.#gate.watching ? 'watching' : 'running'
  }

  #behind(): number {
    const { done, missing, refused } = countsOf(this.#state)
    return done + missing + refused + (this.#live?.done ?? 0)
  }

  #total(): number | null {
    const { question } = this.#state
    if (this.#live === null || this.#work === null) return question.total
    return this.#work.places.length === 1 ? this.#live.total : question.total
  }

  async #run(): Promise<void> {
    const { kind } = this.parts
    let over = false
    try {
      const work = await this.#steadily(() => kind(this.#state.question.spec, this.id))
      this.#work = work
      this.#trouble = null
      for (const [number, place] of work.places.entries()) {
        const { settled, journalId } = placeOf(this.#state, number)
        if (settled || (this.#gate.steering.cancelled && journalId === null)) continue
        await this.#place(number, place)
      }
      over = true
      await this.#end(this.#state.places.find(({ problem }) => problem !== null)?.problem ?? this.#leftOver)
    } catch (error) {
      if (!(error instanceof Stopped)) {
        over = true
        await this.#end(asSluiceError(error).message)
      }
    }
    await this.#work?.close?.(over).catch(() => {}) // what it leaves behind is swept at the next start
    await this.parts.file.close().catch(() => {})
    await this.parts.log.close(over).catch(() => {})
    this.parts.onChange()
  }

  async #end(problem: string | null): Promise<void> {
    const line: RunLine = { t: 'end', at: Date.now(), problem }
    // On a full disk it is over all the same; the next start finds all places settled and ends it again.
    await this.#write(line).catch(() => (this.#state = after(this.#state, line) ?? this.#state))
  }

  async #place(number: number, place: BulkPlace): Promise<void> {
    const state = () => placeOf(this.#state, number)
    let release = () => {}
    this.#current = { number, place }
    try {
      await this.#steadily(async () => {
        const open = this.#open()
        open.writer() // a connection that may not write makes no journal entry
        if (!state().ended) await place.begin?.()
        await this.#begin(number, place, open)
      })
      const journalId = state().journalId ?? ''
      if (!state().ended) {
        release = place.undoable ? this.parts.trash.hold(journalId) : release
        const { outcome, problem } = await this.#outcome(number, place)
        await this.#steadily(async () => {
          const { done, missing, refused, left } = outcome
          const after = await countOf(this.#reader(), place)
          const rest = left > 0 && problem === null && { left }
          await this.parts.journal.end(journalId, { done, missing, refused, error: problem, ...rest, after })
          await this.#write({
            t: 'ended',
            place: number,
            done,
            missing,
            refused,
            left,
            problem,
            others: outcome.others,
          })
        })
        this.#live = null
        release()
      }
      await this.#settle(number, place, journalId)
    } finally {
      release()
      this.#current = null
    }
  }

  async #outcome(number: number, place: BulkPlace): Promise<{ outcome: PlaceOutcome; problem: string | null }> {
    const { question } = this.#state
    try {
      const outcome = await runPlace(place, {
        ...{ number, question, gate: this.#gate, log: this.parts.log },
        state: () => placeOf(this.#state, number),
        nextChunk: () => this.#state.chunk + 1,
        write: (line, later) => this.#write(line, later),
        connection: () => this.#open(),
        steadily: (work) => this.#steadily(work),
        onTrouble: (problem) => this.#tell(problem),
        progress: (done, total) => {
          this.#live = { done, total }
          this.#rate.note(Date.now(), this.#behind())
          this.parts.onChange()
        },
      })
      return { outcome, problem: null }
    } catch (error) {
      if (error instanceof Stopped) throw error
      const { done, missing, refused, behind } = placeOf(this.#state, number)
      const live = this.#live?.done ?? 0
      const left = Math.max(0, place.count - behind - live)
      return {
        outcome: { done: done + live, missing, refused, left, others: [] },
        problem: asSluiceError(error).message,
      }
    }
  }

  /** The trash entry's key is written down before the journal names it: after a kill between, the entry is found by it. */
  async #begin(number: number, place: BulkPlace, open: Connection): Promise<void> {
    const { question } = this.#state
    const known = placeOf(this.#state, number)
    if (known.journalId !== null) return
    const key = known.key ?? newTrashKey(place.queue)
    if (known.key === null) await this.#write({ t: 'trash', place: number, key })
    const earlier = this.parts.journal.withTrash(open.id).find(({ begun }) => begun.trash === key)
    const { queue, state, stateLabel, detail, undoable } = place
    const journalId =
      earlier?.begun.id ??
      (await this.parts.journal.begin({
        ...{ connectionId: open.id, profileName: open.profile.name, environment: open.profile.environment },
        ...{ action: question.action, queue, state, stateLabel, detail, trash: undoable ? key : null },
        ...{ reason: question.reason, before: await countOf(open.reader, place), run: this.id },
      }))
    await this.#write({ t: 'place', place: number, journalId })
  }

  /** What follows the end of a place; each may be asked for twice. */
  async #settle(number: number, place: BulkPlace, journalId: string): Promise<void> {
    const { done, missing, refused, left, problem } = placeOf(this.#state, number)
    const complete = left === 0 && problem === null
    let trouble: string | null = null
    try {
      await place.end?.({ done, missing, refused }, complete)
      const to = this.#state.question.trash
      if (place.undoable && done > 0 && to === 'computer') await this.parts.trash.keepHere(journalId)
      if (place.undoable && to === 'none') await this.parts.trash.empty(journalId)
    } catch (error) {
      trouble = `What it took is still in the trash of Redis: ${asSluiceError(error).message}`
    }
    // From now on only a late packet could ask for it.
    const forget = [receiptOf({ key: placeOf(this.#state, number).key ?? '', ttlMs: 0 }), lateMs] as const
    const shorten = async () =>
      this.#open()
        .writer()
        .call('PEXPIRE', ...forget)
    await shorten().catch(() => {}) // it lives some days longer then
    await this.#write({ t: 'settled', place: number })
    if (trouble !== null) this.#leftOver = trouble
  }

  #open(): Connection {
    return this.parts.connection(this.#state.question.connectionId)
  }

  #reader() {
    return this.#open().reader
  }

  async #fates(most: number): Promise<Fates | null> {
    const works = this.#work?.places ?? []
    const sum = { waiting: 0, succeeded: 0, failed: 0 }
    try {
      for (const [number, place] of works.entries()) {
        const { key, done } = placeOf(this.#state, number)
        if (key === null || place.fates === undefined || (done === 0 && this.#current?.number !== number)) continue
        const ttlMs = 0 // nothing is written
        const fates = await place.fates(this.#open(), { key, ttlMs }, most)
        sum.waiting += fates.waiting
        sum.succeeded += fates.succeeded
        sum.failed += fates.failed
      }
      return works.some(({ fates }) => fates !== undefined) ? sum : null
    } catch {
      return null // Redis is away: nothing is known yet
    }
  }

  async #steadily<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#gate.closed) throw new Stopped()
      try {
        const result = await work()
        this.#tell(null)
        return result
      } catch (error) {
        if (this.#gate.closed) throw new Stopped()
        if (!mayComeBack(error) || this.#gate.steering.cancelled) throw error
        this.#tell(asSluiceError(error).message)
        await this.#untilBack()
      }
    }
  }

  async #untilBack(): Promise<void> {
    try {
      await untilReady(this.#open(), tryEveryMs, 10 * tryEveryMs, this.#gate.ended)
    } catch {
      await pause(tryEveryMs, this.#gate.ended) // it is not open at all
    }
  }

  #tell(problem: string | null): void {
    if (this.#trouble === problem) return
    this.#trouble = problem
    this.parts.onChange()
  }
}
