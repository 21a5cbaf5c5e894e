import type { Canary } from '../../domain/operation.ts'
import type { Fates } from '../../systems/system.ts'
import { type CanaryFigures, CanarySteps } from './canary.ts'
import { pause } from './until-ready.ts'

/** How a run is steered; written down, so that it stays so after a restart. */
export interface Steering {
  readonly paused: boolean
  /** A canary stopped it. */
  readonly held: boolean
  /** Somebody let it go on after that: it is not stopped again. */
  readonly heedless: boolean
  readonly pace: number | null
  readonly cancelled: boolean
}

export interface GateOptions {
  readonly steering: Steering
  readonly canary: Canary | null
  /** Jobs that were given out before the app was started again. */
  readonly given: number
  /** What became of at most so many of the jobs; null when it cannot be asked now. */
  fates(most: number): Promise<Fates | null>
  /** Called when the gate steers by itself, or what it shows has changed. */
  onChange(steering: Steering): void
}

/** The app ends: what is done is written down, and the rest goes on at the next start. */
export class Stopped extends Error {}

/** Between two looks at a step that is watched, and between two at the rest, ms. */
const watchEveryMs = 500
const lookEveryMs = 3000
/** Jobs that are looked at during the rest. */
const sampleSize = 200
/** At a pace, jobs are given out in portions of this part of a second. */
const portion = 0.25

/** The door through which every job of a run passes: pause, pace, canary and cancel. It is `Run.next`. */
export class Gate {
  #steering: Steering
  readonly #canary: CanarySteps | null
  readonly #abort = new AbortController()
  readonly #ended = new AbortController()
  #given: number
  #freeAt = 0
  #lookedAt = Date.now()
  #watching = false
  #closed = false
  #changed = new AbortController()

  constructor(private readonly options: GateOptions) {
    this.#steering = options.steering
    this.#given = options.given
    this.#canary = options.canary && new CanarySteps(options.canary, options.given)
    if (options.steering.cancelled) this.#abort.abort()
  }

  get steering(): Steering {
    return this.#steering
  }

  get canary(): CanaryFigures | null {
    return this.#canary?.figures ?? null
  }

  get watching(): boolean {
    return this.#watching
  }

  /** Aborted by a cancel. */
  get cancelled(): AbortSignal {
    return this.#abort.signal
  }

  /** Aborted by a cancel, and when the app ends: waits for Redis end then. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  steer(change: Partial<Steering>): void {
    this.#steering = { ...this.#steering, ...change }
    if (change.pace !== undefined) this.#freeAt = 0
    if (this.#steering.cancelled) {
      this.#abort.abort()
      this.#ended.abort()
    }
    this.#wake()
    this.options.onChange(this.#steering)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Ends every wait with Stopped. */
  close(): void {
    this.#closed = true
    this.#ended.abort()
    this.#wake()
  }

  /** How many jobs may be taken now, from 1 to `most`; 0 after a cancel. Throws Stopped. */
  async next(most: number): Promise<number> {
    for (;;) {
      if (this.#closed) throw new Stopped()
      const { cancelled, paused, held, pace } = this.#steering
      if (cancelled) return 0
      if (paused || held) {
        await this.#wait(2 ** 30)
        continue
      }
      const allowed = (this.#canary?.allowed ?? Number.POSITIVE_INFINITY) - this.#given
      if (this.#canary !== null && allowed <= 0) {
        await this.#watch(this.#canary)
        continue
      }
      if (this.#canary !== null && (await this.#look(this.#canary))) continue
      const now = Date.now()
      if (pace !== null && this.#freeAt > now) {
        await this.#wait(this.#freeAt - now)
        continue
      }
      const atPace = pace === null ? most : Math.max(1, Math.floor(pace * portion))
      const count = Math.min(most, allowed, atPace)
      if (pace !== null) this.#freeAt = Math.max(now, this.#freeAt) + (count / pace) * 1000
      this.#given += count
      return count
    }
  }

  async #watch(canary: CanarySteps): Promise<void> {
    canary.watch(Date.now())
    this.#watching = true
    this.options.onChange(this.#steering)
    try {
      const verdict = canary.judge(await this.options.fates(sampleSize), Date.now())
      if (verdict === 'wait') await this.#wait(watchEveryMs)
      else if (verdict === 'hold' && !this.#steering.heedless) this.#hold()
      else if (verdict === 'hold') canary.next()
    } finally {
      this.#watching = false
      this.options.onChange(this.#steering)
    }
  }

  /** Looks at the rest now and then; true when that changed something. */
  async #look(canary: CanarySteps): Promise<boolean> {
    const now = Date.now()
    if (canary.allowed !== Number.POSITIVE_INFINITY || now - this.#lookedAt < lookEveryMs) return false
    this.#lookedAt = now
    const fates = await this.options.fates(sampleSize)
    if (fates === null || !canary.tooMany(fates) || this.#steering.heedless) return false
    this.#hold()
    return true
  }

  #hold(): void {
    this.#steering = { ...this.#steering, held: true }
    this.options.onChange(this.#steering)
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, this.#changed.signal)
  }

  #wake(): void {
    this.#changed.abort()
    this.#changed = new AbortController()
  }
}
