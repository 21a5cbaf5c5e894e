import { SluiceError } from '../../../domain/errors.ts'
import type { Arg, Reply } from '../../../systems/handles.ts'
import { completedKept, type Layout, perSource, perStep, scriptKeys, sources } from './layout.ts'
import type { Link } from './link.ts'
import { Payload, stringsIn } from './payload.ts'
import { openScript, orphansScript, recoverScript, stepScript } from './scripts.ts'

/** A job in the hands of a worker. */
export class Held extends Payload {
  constructor(
    readonly seq: number,
    bytes: Buffer,
    start?: number,
    end?: number,
  ) {
    super(bytes, start, end)
  }
}

/** How jobs ended, by their seqs: each stands in one of the lists, once. A step that is sent twice counts once. */
export interface Settlement {
  /** Done, where done jobs are only counted. */
  readonly acks: readonly number[]
  /** Done, and kept as this entry. */
  readonly completions: readonly { readonly seq: number; readonly entry: Buffer }[]
  readonly retries: readonly { readonly seq: number; readonly payload: Buffer; readonly delayMs: number }[]
  readonly deads: readonly { readonly seq: number; readonly entry: Buffer }[]
  /** Not begun: to the head of where they came from. */
  readonly backs: readonly number[]
}

export interface StepRequest extends Settlement {
  /** Jobs to take at most, 0 to 1,000. */
  readonly want: number
  /** Sources to take from, in this order: digits of `sources`. */
  readonly order: string
  /** Take a suspect if there is one, and then nothing else; only with empty hands. */
  readonly solo: boolean
  /** Also take what a BLMOVE put into the claim; only while none is out. */
  readonly adopt: boolean
}

export type StepReply =
  /** The lease is gone: others may have these jobs, and this ledger is worth nothing more. */
  | { readonly kind: 'fenced' }
  | {
      readonly kind: 'ok'
      /** Until the next delayed job is due, in ms; null when there is none. */
      readonly dueMs: number | null
      /** Until the rate limit lets the next job begin, in ms; 0 when it does not hold anything back. */
      readonly rateWaitMs: number
      readonly suspects: number
      readonly paused: boolean
      /** Jobs taken, and adopted besides. */
      readonly taken: number
      readonly adopted: number
      /** Unpacks them: the adopted in the order in which they were claimed, the taken in that in which they should run. */
      jobs(): { readonly adopted: readonly Held[]; readonly taken: readonly Held[] }
      /** How many workers died with the one job that was taken as a suspect; null when it is none. */
      readonly crashes: number | null
    }

export interface LedgerOptions {
  readonly leaseMs: number
  readonly ratePerSecond: number | null
  readonly probe?: (point: PoolPoint) => void
}

/** Moments in the life of a pool at which a test may kill its process. */
export const poolPoints = [
  'before open',
  'after open',
  'before step',
  'sent step',
  'after step',
  'before recover',
  'after recover',
  'before release',
  'after release',
  'before orphans',
  'after orphans',
  'claimed',
  'begun',
  'ended',
] as const
export type PoolPoint = (typeof poolPoints)[number]

/** The largest payload that a worker takes; what is larger goes to the dead letters as it is. */
const largestPayload = 64 * 1024 * 1024
/** Bytes that one step takes at most, give or take a payload. */
const byteBudget = 4 * 1024 * 1024
/** How long after a worker's death, or a cut, a BLMOVE may still fill its claim: no packet is on its way for longer. */
export const lateMs = 20 * 60_000

/**
 * Another worker of the queue. `gone`: it died before, and a late BLMOVE has filled its claim since; `past`: that cannot
 * happen any more.
 */
export interface OtherWorker {
  readonly worker: string
  readonly state: 'alive' | 'expired' | 'gone' | 'past'
}

/**
 * One worker's entries in the keys of a queue: each method is one atomic script, sent until Redis has answered, and true
 * to its word even when it ran twice. Steps must not overlap.
 */
export class Ledger {
  #step = 0
  /** Bytes of a payload of late; large at first, until it is known. */
  #usualBytes = byteBudget / 4

  constructor(
    private readonly link: Link,
    private readonly layout: Layout,
    readonly worker: string,
    private readonly options: LedgerOptions,
  ) {}

  /** One script, O(1), sent once: announces the worker. Throws WRONG_TYPE when a key is not what this layout has there. */
  async open(): Promise<void> {
    this.#at('before open')
    const listView = this.layout.system === 'http-jobs' ? '1' : '0'
    const reply = await this.link.once((writer) =>
      writer.run(openScript, this.#keys(), [this.worker, this.options.leaseMs, listView]),
    )
    this.#at('after open')
    if (!Array.isArray(reply)) return
    const [key, kind] = reply
    throw new SluiceError('WRONG_TYPE', `${key} is a ${kind}: workers of this layout cannot use it.`)
  }

  /** One script, O(jobs settled + jobs taken): settles, takes, and renews the lease. */
  async step(request: StepRequest): Promise<StepReply> {
    for (;;) {
      const step = ++this.#step
      this.#at('before step')
      const sent = this.link.run(stepScript, this.#keys(), this.#arguments(step, request))
      if (this.options.probe) setImmediate(() => this.#at('sent step'))
      const reply = await sent
      this.#at('after step')
      if (!Array.isArray(reply)) throw new SluiceError('INTERNAL', 'A step had no answer.')
      // 'spent' cannot be for steps that do not overlap, unless somebody else goes by this name: go on from there.
      if (String(reply[0]) === 'spent') continue
      const read = readStep(step, request.order, reply)
      const taken = read.kind === 'ok' ? read.adopted + read.taken : 0
      if (taken > 0) this.#usualBytes = (reply[11] as Buffer).length / taken
      return read
    }
  }

  /**
   * One script, O(what is held): gives everything back and ends the lease; `remember` when a BLMOVE may still be out.
   * Gives up when `until` aborts.
   */
  async release(remember: boolean, until?: AbortSignal): Promise<number> {
    this.#at('before release')
    const args = [this.worker, 'owner', remember ? '1' : '0']
    const back = Number(await this.link.run(recoverScript, this.#keys(), args, until))
    this.#at('after release')
    return back
  }

  /** Two round trips, O(workers): the others of this queue that need to be looked after, and those that live. */
  async others(): Promise<OtherWorker[]> {
    const [time, leases] = await this.link.pipeline([['TIME'], ['ZRANGE', this.layout.leases, 0, -1, 'WITHSCORES']])
    if (!Array.isArray(time) || !Array.isArray(leases)) return []
    const now = Number(time[0]) * 1000 + Number(time[1]) / 1000
    const all = Array.from({ length: leases.length / 2 }, (_, i) => ({
      worker: String(leases[2 * i]),
      lease: Number(leases[2 * i + 1]),
    })).filter(({ worker }) => worker !== this.worker)
    const gone = all.filter(({ lease }) => lease < 0)
    const claims = await this.link.pipeline(gone.map(({ worker }) => ['EXISTS', this.layout.claims + worker]))
    return [
      ...all
        .filter(({ lease }) => lease >= 0)
        .map(({ worker, lease }): OtherWorker => ({ worker, state: lease > now ? 'alive' : 'expired' })),
      ...gone.flatMap(({ worker, lease }, i): OtherWorker[] => {
        if (now + lease > lateMs) return [{ worker, state: 'past' }]
        return claims[i] === 1 ? [{ worker, state: 'gone' }] : []
      }),
    ]
  }

  /** One script, O(what it held): gives another worker's jobs back. 0 when its lease runs again. */
  async recover(worker: string, how: 'expired' | 'dead' | 'gone' | 'past'): Promise<number> {
    this.#at('before recover')
    const args = [worker, how, how === 'past' ? '0' : '1']
    const reply = await this.link.run(recoverScript, scriptKeys(this.layout, worker), args)
    this.#at('after recover')
    return Math.max(0, Number(reply))
  }

  /** One script a 200 members of the view, and one ZREM: gives back what old workers left behind. */
  async orphans(afterMs: number): Promise<number> {
    let cursor = '0'
    let returned = 0
    const waiting = new Set<string>()
    this.#at('before orphans')
    do {
      const reply = await this.link.run(orphansScript, this.#keys(), [
        this.worker,
        afterMs,
        cursor,
        this.layout.workers,
      ])
      const [next, back, digests] = Array.isArray(reply) ? reply : []
      cursor = String(next ?? '0')
      returned += Number(back ?? 0)
      for (const digest of Array.isArray(digests) ? digests : []) waiting.add(String(digest))
    } while (cursor !== '0')
    this.#at('after orphans')
    await this.#forgetOrphans(waiting)
    return returned
  }

  /** Members that are owned again, or gone, must start anew when they are seen unowned another time. */
  async #forgetOrphans(stillWaiting: ReadonlySet<string>): Promise<void> {
    const [known] = await this.link.pipeline([['ZRANGE', this.layout.orphans, 0, -1]])
    const stale = Array.isArray(known) ? known.filter((digest) => !stillWaiting.has(String(digest))) : []
    if (stale.length > 0) await this.link.pipeline([['ZREM', this.layout.orphans, ...stale.map(String)]])
  }

  #arguments(step: number, request: StepRequest): Arg[] {
    const { want, order, solo, adopt, acks, completions, retries, deads, backs } = request
    const { leaseMs, ratePerSecond } = this.options
    const interval = ratePerSecond === null ? 0 : Math.round(1_000_000 / ratePerSecond)
    const burst = Math.max(1, Math.round((ratePerSecond ?? 0) / 10))
    const args: Arg[] = [
      this.worker,
      leaseMs,
      step,
      want,
      byteBudget,
      largestPayload,
      order,
      solo ? 1 : 0,
      adopt ? 1 : 0,
    ]
    args.push(interval, burst, completedKept)
    args.push(acks.length, completions.length, retries.length, deads.length, backs.length)
    args.push(Math.max(1, Math.min(want, Math.floor(byteBudget / 4 / this.#usualBytes))), ...acks)
    for (const { seq, entry } of completions) args.push(seq, entry)
    for (const { seq, payload, delayMs } of retries) args.push(seq, payload, delayMs)
    for (const { seq, entry } of deads) args.push(seq, entry)
    args.push(...backs)
    return args
  }

  #keys(): string[] {
    return scriptKeys(this.layout, this.worker)
  }

  #at(point: PoolPoint): void {
    this.options.probe?.(point)
  }
}

/** The reply of a step; see its script. */
function readStep(step: number, order: string, reply: Reply[]): StepReply {
  if (String(reply[0]) === 'fenced') return { kind: 'fenced' }
  const [due = -1, rateWait = 0, suspects = 0, paused = 0, adopted = 0] = reply.slice(1, 6).map(Number)
  const counts = reply.slice(6, 10).map(Number)
  const total = counts.reduce((sum, count) => sum + count, 0)
  return {
    kind: 'ok',
    dueMs: due < 0 ? null : due,
    rateWaitMs: rateWait,
    suspects,
    paused: paused === 1,
    adopted,
    taken: total - adopted,
    crashes: (counts[sources.suspects] ?? 0) > 0 ? Number(reply[10]) : null,
    jobs() {
      const bytes = reply[11] as Buffer
      const places = stringsIn(bytes)
      let at = 0
      const bySource = counts.map((count, source) => {
        const held: Held[] = []
        const first = step * perStep + source * perSource
        for (let place = 0; place < count; place++, at += 2) {
          held.push(new Held(first + place, bytes, places[at], places[at + 1]))
        }
        return held
      })
      const claimed = (bySource[sources.waiting] ?? []).splice(0, adopted)
      const inOrder = [sources.suspects, ...Array.from(order, Number)].flatMap((source) => bySource[source] ?? [])
      return { adopted: claimed, taken: inOrder }
    },
  }
}
