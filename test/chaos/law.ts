/**
 * The law of conservation, checked from one audit to the next: between two audits the sum of all places grows by what
 * was confirmed as pushed. A push without an answer may have happened or not, and a little later.
 */
export class Law {
  checks = 0
  /** Where the sum was not what it had to be, in words. */
  readonly breaches: string[] = []
  #sum: number | null = null
  #confirmed = 0
  readonly #unsure: { count: number; at: number }[] = []

  confirmed(count: number): void {
    this.#confirmed += count
  }

  unsure(count: number): void {
    this.#unsure.push({ count, at: Date.now() })
  }

  /** `total` as one audit gave it while no push was under way. */
  check(total: number): void {
    const least = (this.#sum ?? 0) + this.#confirmed
    const most = least + this.#unsure.reduce((sum, { count }) => sum + count, 0)
    this.checks++
    if (total < least) this.breaches.push(`audit ${this.checks}: ${total} jobs, ${least - total} too few`)
    if (total > most) this.breaches.push(`audit ${this.checks}: ${total} jobs, ${total - most} too many`)
    this.#sum = total
    this.#confirmed = 0
    // What a cut connection still had on its way has come or gone after this long.
    const over = Date.now() - 10_000
    while ((this.#unsure[0]?.at ?? Number.POSITIVE_INFINITY) < over) this.#unsure.shift()
  }
}
