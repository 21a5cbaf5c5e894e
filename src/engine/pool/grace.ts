/** How long an end may take. Whoever asks for the end once more can only shorten it: a quit after a stop. */
export class Grace {
  #until = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #resolve: () => void = () => {}
  readonly #over = new Promise<boolean>((resolve) => {
    this.#resolve = () => resolve(false)
  })

  /** At most `ms` from now. */
  shorten(ms: number): void {
    const until = performance.now() + ms
    if (until >= this.#until) return
    this.#until = until
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#resolve, ms)
  }

  /** Whether the work was over in that time; it goes on where it was not. Rejects as the work does. */
  covers(work: Promise<unknown>): Promise<boolean> {
    return Promise.race([work.then(() => true), this.#over])
  }

  /** There is nothing more to wait for. */
  end(): void {
    this.#until = Number.NEGATIVE_INFINITY
    clearTimeout(this.#timer)
    this.#resolve()
  }
}
