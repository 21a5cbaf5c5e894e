/** How long an end may take. Whoever asks for the end once more can only shorten it: a quit after a stop. */
export class Grace {
  #until = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #resolve: (over: false) => void = () => {}
  readonly #over = new Promise<false>((resolve) => {
    this.#resolve = resolve
  })

  /** At most `ms` from now. */
  shorten(ms: number): void {
    const until = performance.now() + ms
    if (until >= this.#until) return
    this.#until = until
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#resolve(false), ms)
  }

  /** Whether the work was over in that time; it goes on where it was not. Rejects as the work does. To be asked once. */
  async covers(work: Promise<unknown>): Promise<boolean> {
    try {
      return await Promise.race([work.then(() => true), this.#over])
    } finally {
      this.#until = Number.NEGATIVE_INFINITY
      clearTimeout(this.#timer)
    }
  }
}
