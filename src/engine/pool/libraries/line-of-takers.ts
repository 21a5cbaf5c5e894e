/** Lets a few take at a time; the others wait in line for a turn. */
export class LineOfTakers {
  #taking = 0
  readonly #waiting: (() => void)[] = []

  /** Resolves to how to end the turn; to null as soon as it is `unwanted`. `limit` says how many may take just now. */
  async turn(limit: () => number, unwanted: () => boolean): Promise<(() => void) | null> {
    while (!unwanted()) {
      if (this.#taking < limit()) {
        this.#taking++
        return () => {
          this.#taking--
          this.#callNext()
        }
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#callNext() // the call that ended this wait was for somebody who takes
    return null
  }

  /** Lets all that wait ask again whether they are wanted. */
  wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #callNext(): void {
    this.#waiting.shift()?.()
  }
}
