/** Things that happened within the last minute, in 60 buckets of a second. */
export class MinuteCounter {
  readonly #buckets = new Array<number>(60).fill(0)
  #second: number

  constructor(private readonly clock: () => number = Date.now) {
    this.#second = this.#now()
  }

  add(count = 1): void {
    this.#advance()
    const at = this.#second % 60
    this.#buckets[at] = (this.#buckets[at] ?? 0) + count
  }

  get perMinute(): number {
    this.#advance()
    return this.#buckets.reduce((sum, count) => sum + count, 0)
  }

  #now(): number {
    return Math.floor(this.clock() / 1000)
  }

  #advance(): void {
    const now = this.#now()
    if (now < this.#second || now - this.#second >= 60)
      this.#buckets.fill(0) // a clock set back counts anew
    else for (let second = this.#second + 1; second <= now; second++) this.#buckets[second % 60] = 0
    this.#second = now
  }
}
