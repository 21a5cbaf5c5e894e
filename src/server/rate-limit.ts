/** So many in a time of `perMs` ms. */
export interface Rate {
  readonly most: number
  readonly perMs: number
}

/** Counts what happened within the last while. For all clients together: on loopback they have one address. */
export class RateLimit {
  #times: number[] = []

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number = Date.now,
  ) {}

  hasRoom(): boolean {
    const since = this.now() - this.rate.perMs
    this.#times = this.#times.filter((at) => at > since)
    return this.#times.length < this.rate.most
  }

  /** Counts one more; false when there is no room for it, and then it is not counted. */
  take(): boolean {
    if (!this.hasRoom()) return false
    this.#times.push(this.now())
    return true
  }
}
