const kept = 512

/** What handlers take, from the last few hundred jobs, and how a batch should be sized by it. */
export class Meter {
  readonly #times = new Float64Array(kept)
  #count = 0
  #average: number | null = null

  /** A job took this many ms. */
  add(ms: number): void {
    this.#times[this.#count++ % kept] = ms
    // Quick to see that jobs became slow, slower to believe that they became fast.
    this.#average =
      this.#average === null ? ms : this.#average + (ms - this.#average) * (ms > this.#average ? 0.2 : 0.05)
  }

  /** Ms of a usual job of late; null before the first. */
  get average(): number | null {
    return this.#average
  }

  /** Percentiles in ms; null before the first job. */
  get percentiles(): { p50: number; p95: number; p99: number } | null {
    if (this.#count === 0) return null
    const sorted = this.#times.slice(0, Math.min(this.#count, kept)).sort()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }
}
