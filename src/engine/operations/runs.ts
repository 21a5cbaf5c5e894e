import { SluiceError } from '../../domain/errors.ts'
import type { OperationRun } from '../../domain/operation.ts'
import type { Run } from '../../systems/system.ts'
import { Feed, latestOnly } from '../feed.ts'

/** How often the feed tells how far the actions are. */
const feedEveryMs = 250

/** The actions over many jobs that run now: how far they are, and how to stop one. */
export class Runs {
  /** All of them, at each beginning and end and at most four times a second between. */
  readonly feed = new Feed<OperationRun[]>(latestOnly)
  readonly #running = new Map<string, { run: OperationRun; cancel: AbortController }>()
  #timer: NodeJS.Timeout | null = null

  list(): OperationRun[] {
    return Array.from(this.#running.values(), ({ run }) => ({ ...run }))
  }

  /** Does `work` as a run that is listed until it ends; `progress` is told how many jobs are behind it. */
  async during<T>(
    what: Omit<OperationRun, 'done' | 'total' | 'startedAt' | 'cancelled'>,
    progress: (done: number) => void,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const cancel = new AbortController()
    const run: OperationRun = { ...what, done: 0, total: null, startedAt: Date.now(), cancelled: false }
    this.#running.set(what.id, { run, cancel })
    this.#publish()
    try {
      return await work({
        signal: cancel.signal,
        progress: (done, total) => {
          progress(done)
          Object.assign(run, { done, total })
          this.#timer ??= setTimeout(() => this.#publish(), feedEveryMs)
        },
      })
    } finally {
      this.#running.delete(what.id)
      this.#publish()
    }
  }

  /** Stops an action after the chunk in hand. Throws NOT_FOUND when it has ended. */
  cancel(id: string): OperationRun {
    const running = this.#running.get(id)
    if (running === undefined) throw new SluiceError('NOT_FOUND', 'That action has ended already.')
    running.run.cancelled = true
    running.cancel.abort()
    this.#publish()
    return { ...running.run }
  }

  #publish(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.feed.publish(this.list())
  }
}
