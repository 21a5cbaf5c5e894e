import type { WorkerCommand } from '../../domain/worker-command.ts'

/** A process that ran so long had a good start: its end is not the next one in a row. */
export const goodRunMs = 60_000

/** What follows the end of a process: another one after so many ms (0: at once), or none ever. */
export type Next = { readonly afterMs: number } | 'give up'

/** Counts the ends of one line of workers in a row. */
export class Restarts {
  #inARow = 0

  constructor(
    private readonly rule: WorkerCommand['restart'],
    private readonly random: () => number = Math.random,
  ) {}

  get inARow(): number {
    return this.#inARow
  }

  /**
   * A worker that ran for a minute and ended with code 0 did what such workers do now and then (`--max-time`,
   * `--max-jobs`), and is started again at once; one that fell after a good run, after the first wait. Every other end
   * waits for longer each time it comes in a row. Waits are shortened by up to a fifth at random, so that workers that
   * fell together do not come back together.
   */
  ended({ ranMs, code }: { ranMs: number; code: number | null }): Next {
    const good = ranMs >= goodRunMs
    if (good && code === 0) {
      this.#inARow = 0
      return { afterMs: 0 }
    }
    this.#inARow = good ? 0 : this.#inARow + 1
    if (this.#inARow >= this.rule.giveUpAfter) return 'give up'
    const { firstMs, longestMs } = this.rule
    const whole = Math.min(firstMs * 2 ** Math.max(0, this.#inARow - 1), longestMs)
    return { afterMs: Math.round(whole * (1 - 0.2 * this.random())) }
  }
}
