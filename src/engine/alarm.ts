/** A sleep that others may end early. Rung while nobody sleeps, it ends the next sleep at once, so no ring is lost. */
export class Alarm {
  #rung = false
  #end: (() => void) | null = null

  ring(): void {
    if (this.#end) this.#end()
    else this.#rung = true
  }

  /** Forgets an earlier ring: for a loop that looks at everything anew anyway. */
  clear(): void {
    this.#rung = false
  }

  /** Resolves after `ms`, or when it rings; null waits for a ring alone. */
  sleep(ms: number | null): Promise<void> {
    if (this.#rung) {
      this.#rung = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#end = null
        resolve()
      }
      const timer = ms === null ? undefined : setTimeout(end, ms)
      this.#end = end
    })
  }
}
