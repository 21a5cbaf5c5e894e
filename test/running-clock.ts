import { setTimeout as pause } from 'node:timers/promises'

/** Between two looks at how far it is. */
const lookMs = 20

/**
 * A clock of the time in which this process ran. A computer that is busy elsewhere may stop it for seconds, and all that
 * it waits for: that is no hang of what is tested. What the process itself works through counts.
 */
export class RunningClock {
  #now = 0
  #longest = 0
  #looked = performance.now()
  #used = process.cpuUsage()
  readonly #timer = setInterval(() => this.#look(), lookMs)

  /** ms that it ran since the clock was made. */
  now(): number {
    this.#look()
    return this.#now
  }

  /** The longest that it stood still, ms. */
  get stoodStillMs(): number {
    return this.#longest
  }

  /** Resolves when it ran for so long, or the signal aborts. */
  async pass(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.now() + ms
    while (this.now() < until && !signal.aborted) await pause(until - this.#now, undefined, { signal }).catch(() => {})
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const [looked, used] = [performance.now(), process.cpuUsage()]
    const passed = looked - this.#looked
    const worked = (used.user + used.system - this.#used.user - this.#used.system) / 1000
    const ran = Math.min(passed, Math.max(3 * lookMs, worked))
    this.#now += ran
    this.#longest = Math.max(this.#longest, passed - ran)
    this.#looked = looked
    this.#used = used
  }
}
