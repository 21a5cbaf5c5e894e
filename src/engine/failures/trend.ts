/** Spans of a trend. */
const trendSpans = 24
/** How long one span may be: 24 of them are 2 hours, a day, 24 days, or about a year. */
const widths = [300_000, 3_600_000, 86_400_000, 15 * 86_400_000]
const apart = widths.map((width, i) => width / (widths[i - 1] ?? width))

/** Which spans a trend is shown in: `width` counts into `widths`. */
export interface TrendSpan {
  readonly width: number
  readonly from: number
  readonly to: number
}

/**
 * How often something happened in the 24 spans up to now, for each of the widths at once: which one tells most is known
 * only when all was seen. Constant memory.
 */
export class Trend {
  readonly #counts = new Uint32Array(trendSpans * widths.length)
  #count = 0

  /** @param now epoch ms at which the last span ends; what seems to be later is counted there */
  constructor(private readonly now: number) {}

  /** @param when epoch ms */
  add(when: number): void {
    this.#count++
    // Each width is a whole number of the one before.
    let span = Math.floor(Math.max(0, this.now - when) / (widths[0] as number))
    for (let width = 0; width < widths.length; width++) {
      if (width > 0) span = Math.floor(span / (apart[width] as number))
      const at = width * trendSpans + trendSpans - 1 - span
      if (span < trendSpans) this.#counts[at] = (this.#counts[at] as number) + 1
    }
  }

  /** Counts what another one has counted, too. */
  addAll(other: Trend): void {
    this.#count += other.#count
    for (const [at, count] of other.#counts.entries()) this.#counts[at] = (this.#counts[at] as number) + count
  }

  /** The shortest time in which at least half of it happened; all of the time there is where none did. */
  span(): TrendSpan {
    const enough = widths.findIndex((_, width) => sum(this.#of(width)) * 2 >= this.#count)
    const width = enough < 0 ? widths.length - 1 : enough
    return { width, from: this.now - (widths[width] as number) * trendSpans, to: this.now }
  }

  /** Oldest first. */
  counts({ width }: TrendSpan): number[] {
    return [...this.#of(width)]
  }

  #of(width: number): Uint32Array {
    return this.#counts.subarray(width * trendSpans, (width + 1) * trendSpans)
  }
}

const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0)
