/** Watches how much memory this process takes beyond what it took at the beginning, bytes. */
export class MemoryWatch {
  readonly #idle: number
  #peak: number
  readonly #timer: NodeJS.Timeout

  constructor() {
    globalThis.gc?.()
    this.#idle = process.memoryUsage.rss()
    this.#peak = this.#idle
    this.#timer = setInterval(() => this.#look(), 100)
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss())
  }

  stop(): number {
    this.#look()
    clearInterval(this.#timer)
    return this.#peak - this.#idle
  }
}
