import type { Canary } from '../../domain/operation.ts'
import type { Fates } from '../../systems/system.ts'

export type CanaryFigures = {
  step: number
  steps: number
  waiting: number
  succeeded: number
  failed: number
  until: number | null
}

/** What to do after a look at what became of the jobs that run again. */
export type Verdict = 'wait' | 'go on' | 'hold'

const steps = 3

/**
 * The steps of a canary: one job, then `second`, then the rest. Pure but for what it remembers: it is told how many jobs
 * were given out and what became of them, and says how many more may run.
 */
export class CanarySteps {
  #passed = 0
  #figures = { waiting: 0, succeeded: 0, failed: 0 }
  #until: number | null = null

  constructor(
    private readonly canary: Canary,
    /** Jobs that were given out before the app was started again. */
    given: number,
  ) {
    if (given > this.#limit(0)) this.#passed = 1
    if (given > this.#limit(1)) this.#passed = 2
  }

  /** How many jobs in all may have been given out, up to the end of the step at hand. */
  get allowed(): number {
    return this.#limit(this.#passed)
  }

  get figures(): CanaryFigures {
    return { step: this.#passed + 1, steps, ...this.#figures, until: this.#until }
  }

  /** Begins to watch the jobs of a step. */
  watch(now: number): void {
    this.#until ??= now + this.canary.patienceMs
  }

  /** Judges the jobs of a step that is watched; above the limit for sure, it need not wait for the rest. */
  judge(fates: Fates | null, now: number): Verdict {
    if (fates !== null) this.#figures = { ...fates }
    const { waiting, succeeded, failed } = this.#figures
    const over = this.#until !== null && now >= this.#until
    const ended = succeeded + failed
    const known = (fates !== null && waiting === 0) || over
    if (this.#exceeds(failed, known ? ended : ended + waiting)) return 'hold'
    if (!known) return 'wait'
    this.next()
    return 'go on'
  }

  /** Whether a sample taken during the rest shows too many failures. */
  tooMany(fates: Fates): boolean {
    this.#figures = { ...fates }
    return this.#exceeds(fates.failed, fates.succeeded + fates.failed)
  }

  /** Ends the step at hand. */
  next(): void {
    this.#passed = Math.min(steps - 1, this.#passed + 1)
    this.#until = null
  }

  #exceeds(failed: number, of: number): boolean {
    return of > 0 && (failed * 100) / of > this.canary.failPercent
  }

  #limit(step: number): number {
    if (step === 0) return 1
    return step === 1 ? 1 + this.canary.second : Number.POSITIVE_INFINITY
  }
}
