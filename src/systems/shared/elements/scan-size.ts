/** What a reply of a walk may hold, about. */
const replyBytes = 1_000_000
/** Elements of the first reply, of which nothing is known yet, and how many times as many the next may have. */
const firstCount = 16
const growth = 8

/** How many elements the next reply of a walk may have, by the size of those that came. */
export class ReplySize {
  #count: number
  constructor(private readonly most: number) {
    this.#count = Math.max(1, Math.min(firstCount, most))
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of elements that came. */
  saw(elements: readonly Buffer[]): number {
    let bytes = 0
    for (const element of elements) bytes += element.length
    if (elements.length === 0) return 0
    const fit = Math.floor(replyBytes / (bytes / elements.length + 1))
    this.#count = Math.max(1, Math.min(this.most, fit, this.#count * growth))
    return bytes
  }
}
