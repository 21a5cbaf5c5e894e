import type { JobProgress } from '../../../domain/job-record.ts'
import type { TakenJob } from './library-worker.ts'

/** Progress is passed on so often at most; what was told in between is forgotten. */
const progressEveryMs = 250
/** Redis keeps the lines as long as the job: a handler that prints without end may not fill it. */
const mostLines = 1000
const longestLine = 4000

/** Passes on what a handler tells of one try to the library's own records: its progress and its log. */
export class ReportRelay {
  #latest: number | object | null = null
  #sending: Promise<void> | null = null
  #flushing = false
  #hurry: () => void = () => {}
  #lines = 0
  #logged: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly job: Pick<TakenJob, 'progress' | 'log'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  progress(progress: JobProgress): void {
    this.#latest = natural(progress)
    this.#sending ??= this.#send()
  }

  log(line: string): void {
    if (this.#lines > mostLines) return
    const text = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
    const last = this.#lines++ === mostLines
    // Sent without a wait for the one before: on one connection they arrive in order.
    const sent = this.job.log(last ? 'The lines that follow are not kept.' : text).catch(this.onError)
    this.#logged = Promise.all([this.#logged, sent])
  }

  /** Resolves when Redis has all of it, so that whoever sees the job done sees its last progress too. */
  async flush(): Promise<void> {
    this.#flushing = true
    this.#hurry()
    await this.#sending
    this.#flushing = false
    await this.#logged
  }

  async #send(): Promise<void> {
    while (this.#latest !== null) {
      const value = this.#latest
      this.#latest = null
      await this.job.progress(value).catch(this.onError)
      if (!this.#flushing) await this.#rest()
    }
    this.#sending = null
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, progressEveryMs)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** As the libraries' own programs tell it: per cent as a number, all else as an object of what is known. */
function natural(progress: JobProgress): number | object {
  const known = Object.entries(progress).filter(([, value]) => value !== null)
  const [first] = known
  return known.length === 1 && first?.[0] === 'percent' && typeof first[1] === 'number'
    ? first[1]
    : Object.fromEntries(known)
}
