/** Wakes everyone who waits for a change. */
export class Bell {
  #waiting: (() => void)[] = []
  ring(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
