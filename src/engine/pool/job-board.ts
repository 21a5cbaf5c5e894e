import { randomUUID } from 'node:crypto'
import type { JobProgress, JobRecord } from '../../domain/job-record.ts'
import { Feed, latestOnly } from '../feed.ts'
import { type Handler, HandlerError, type Job, type JobContext } from './handler.ts'

/** What is shown of the jobs of a pool. */
export interface BoardView {
  /** Oldest first. */
  readonly running: JobRecord[]
  /** Newest first. */
  readonly ended: JobRecord[]
}

/** So many of either are shown. */
const shown = 100
const longestResult = 4000
const longestMessage = 2000
const feedEveryMs = 250

/** The tries that a pool makes: what runs now and how far it is, and how the last ones ended. */
export class JobBoard {
  readonly feed = new Feed<BoardView>(latestOnly)
  readonly #running = new Set<Try>()
  #ended: Try[] = []
  #timer: NodeJS.Timeout | null = null

  /** `onEnd` is told of each job that ended. */
  constructor(private readonly onEnd: ((record: JobRecord) => void) | null = null) {}

  /** The handler, seen at work. `log` gets the lines that it tells its pool. */
  watch(handler: Handler, log: (line: string) => void = () => {}): Handler {
    return async (job, context) => {
      const one = new Try(job, context, log, () => this.changed())
      this.#running.add(one)
      this.changed()
      try {
        const result = await handler(job, one)
        one.end(null, result ?? null)
        return result
      } catch (error) {
        one.end(error, null)
        throw error
      } finally {
        this.#running.delete(one)
        this.#ended.unshift(one)
        if (this.#ended.length > 2 * shown) this.#ended.length = shown
        this.onEnd?.(one.record)
        this.changed()
      }
    }
  }

  view(): BoardView {
    const running: JobRecord[] = []
    for (const one of this.#running) {
      if (running.length === shown) break
      running.push(one.record)
    }
    return { running, ended: this.#ended.slice(0, shown).map(({ record }) => record) }
  }

  /** Tells at once what would be told soon. */
  close(): void {
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.feed.publish(this.view())
  }

  /** Tells the readers soon. */
  changed(): void {
    if (this.feed.readers === 0) return
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.feed.publish(this.view())
    }, feedEveryMs)
  }
}

/** One try of one job; to its handler it is the context. What is shown of it is made when somebody looks. */
class Try implements JobContext {
  readonly #startedAt = Date.now()
  #endedAt: number | null = null
  #key: string | null = null
  #pid: number | null = null
  #progress: JobProgress | null = null
  #failure: JobRecord['failure'] = null
  #result: string | null = null

  constructor(
    private readonly job: Job,
    private readonly inner: JobContext,
    private readonly tell: (line: string) => void,
    private readonly changed: () => void,
  ) {}

  get signal(): AbortSignal {
    return this.inner.signal
  }

  get attempt(): number {
    return this.inner.attempt
  }

  get requireOtp(): JobContext['requireOtp'] {
    return this.inner.requireOtp
  }

  // Handlers take these out of their context.
  readonly log = (line: string): void => {
    this.tell(line)
    this.inner.log(line)
  }

  readonly progress = (progress: JobProgress): void => {
    this.#progress = progress
    this.inner.progress(progress)
    this.changed()
  }

  readonly runsIn = (pid: number): void => {
    this.#pid = pid
    this.changed()
  }

  end(error: unknown, result: string | null): void {
    this.#endedAt = Date.now()
    this.#result = result === null ? null : cut(result, longestResult)
    if (error === null) return
    const kind =
      error instanceof HandlerError ? error.kind : this.#pid === null && this.signal.aborted ? 'taken' : 'threw'
    const message = error instanceof Error ? error.message || error.name : String(error)
    this.#failure = { kind, message: cut(message, longestMessage) }
  }

  get record(): JobRecord {
    this.#key ??= randomUUID()
    return {
      key: this.#key,
      id: this.job.id,
      name: this.job.type,
      attempt: this.attempt,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      pid: this.#pid,
      progress: this.#progress,
      failure: this.#failure,
      result: this.#result,
    }
  }
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text)
