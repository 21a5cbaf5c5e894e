import type { Work } from './engine.ts'
import { readPayload } from './list.ts'

/** Runs what a bare engine has fetched, `concurrency` jobs at a time, in order. */
export class Slots<Job extends { readonly payload: string }> {
  readonly #buffer: Job[] = []
  #next = 0
  #idle: (() => void)[] = []

  constructor(
    concurrency: number,
    private readonly handler: Work['handler'],
    private readonly ran: (job: Job) => void,
  ) {
    for (let i = 0; i < concurrency; i++) void this.#slot()
  }

  /** Jobs that no slot has taken yet. */
  get waiting(): number {
    return this.#buffer.length - this.#next
  }

  give(jobs: readonly Job[]): void {
    if (this.waiting === 0) {
      this.#buffer.length = 0
      this.#next = 0
    }
    this.#buffer.push(...jobs)
    const idle = this.#idle
    this.#idle = []
    for (const wake of idle) wake()
  }

  async #slot(): Promise<void> {
    for (;;) {
      const job = this.#buffer[this.#next]
      if (job === undefined) {
        await new Promise<void>((resolve) => this.#idle.push(resolve))
        continue
      }
      this.#next++
      await this.handler(readPayload(job.payload))
      this.ran(job)
    }
  }
}
