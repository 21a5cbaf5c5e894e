import { format } from 'node:util'
import type { JobProgress } from '../../../domain/job-record.ts'
import type { FromRunner, SentJob } from './messages.ts'
import type { Handle, HandledContext, ToldProgress } from './target.ts'

type Failed = Extract<FromRunner, { kind: 'failed' }>['failure']

/** Progress is told so often at most: screens show four pictures a second. */
const progressEveryMs = 100
const longestLine = 4000

/** One job in a handler process. */
export class JobRun implements HandledContext {
  readonly #controller = new AbortController()
  readonly attempt: number
  #progress: JobProgress | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null
  #ended = false

  constructor(
    private readonly run: number,
    private readonly job: SentJob,
    private readonly send: (message: FromRunner) => void,
  ) {
    this.attempt = job.attempt
  }

  // Bound, so that a handler may take the functions out of its context.
  readonly log = (...parts: unknown[]): void => {
    if (!this.#ended) this.send({ kind: 'log', run: this.run, text: format(...parts).slice(0, longestLine) })
  }

  readonly progress = (told: ToldProgress): void => {
    if (this.#ended) return
    this.#progress = progressOf(told)
    const wait = this.#toldAt + progressEveryMs - performance.now()
    if (wait <= 0) this.#tell()
    else this.#timer ??= setTimeout(() => this.#tell(), wait)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort(reason: string): void {
    this.#controller.abort(new DOMException(reason, 'AbortError'))
  }

  /** Runs it and tells how it ended. Never rejects. */
  async do(handle: Handle): Promise<void> {
    const { run } = this
    const { id, type, to, body, raw, attempt } = this.job
    try {
      const returned = await handle({ id, type, to, data: parsed(body), raw, attempt }, this)
      const outcome = resultOf(returned)
      this.#end()
      if ('kind' in outcome) this.send({ kind: 'failed', run, failure: outcome })
      else this.send({ kind: 'done', run, result: outcome.json })
    } catch (error) {
      this.#end()
      this.send({ kind: 'failed', run, failure: failureOf(error) })
    }
  }

  #tell(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#toldAt = performance.now()
    if (this.#progress) this.send({ kind: 'progress', run: this.run, progress: this.#progress })
    this.#progress = null
  }

  #end(): void {
    this.#tell()
    this.#ended = true
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body // of a system whose payloads need not be JSON
  }
}

/** What JSON cannot hold is told, not left out, so that nobody looks in vain for what he returned. */
function resultOf(returned: unknown): { readonly json: string | null } | Failed {
  try {
    const json = JSON.stringify(returned, (_key, value: unknown) => {
      if (typeof value === 'function' || typeof value === 'symbol')
        throw new TypeError(`It has a ${typeof value} in it.`)
      return value
    }) as string | undefined
    return { json: json ?? null }
  } catch (error) {
    const [reason] = messageOf(error).split('\n')
    const message = `It ran to its end, but what it returned is no JSON. ${reason}`
    return { kind: 'result', message, stack: null, retryable: false, retryAfterMs: null } // it did its work already
  }
}

/** An error may say what should follow: `retryable: false`, or `retryAfterMs`. */
function failureOf(error: unknown): Failed {
  const { retryable, retryAfterMs } = Object(error) as { retryable?: unknown; retryAfterMs?: unknown }
  return {
    kind: 'threw',
    message: messageOf(error),
    stack: error instanceof Error ? (error.stack ?? null) : null,
    retryable: retryable !== false,
    retryAfterMs: count(retryAfterMs),
  }
}

/** Anything that was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : format('%s', error)
}

function progressOf(told: ToldProgress): JobProgress {
  const given = typeof told === 'number' ? { percent: told } : Object(told)
  const done = count(given.done)
  const total = count(given.total)
  const share = done !== null && total ? (100 * done) / total : null
  const percent = count(given.percent) ?? share
  return {
    percent: percent === null ? null : Math.min(100, percent),
    done,
    total,
    failed: count(given.failed),
    message: given.message === undefined || given.message === null ? null : String(given.message).slice(0, 500),
  }
}

const count = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null)
