/** How quickly a number grows, over about the last five seconds. */
export class Rate {
  readonly #points: { at: number; value: number }[] = []

  /** Notes the number. `now` is epoch ms. */
  note(now: number, value: number): void {
    const last = this.#points.at(-1)
    if (last !== undefined && now - last.at < 100) last.value = value
    else this.#points.push({ at: now, value })
    while ((this.#points[0]?.at ?? now) < now - spanMs) this.#points.shift()
  }

  /** A second; null until there are two readings. */
  perSecond(): number | null {
    const first = this.#points[0]
    const last = this.#points.at(-1)
    if (first === undefined || last === undefined || last.at - first.at < 200) return null
    return ((last.value - first.value) * 1000) / (last.at - first.at)
  }
}

const spanMs = 5000
