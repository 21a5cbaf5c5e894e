import type { JobProgress } from '../../../domain/job-record.ts'
import { readFields, setField } from '../../../domain/json-text.ts'
import {
  awaitsOtp,
  type Edit,
  editRequest,
  isoTime,
  rawMember,
  resendsOf,
  statusIn,
  submittedOtp,
} from '../../../systems/request-tracker/edit.ts'
import { stateOf } from '../../../systems/request-tracker/status.ts'
import { type Handler, HandlerError, type Job, type JobContext, type OtpReply } from '../handler.ts'
import type { Settled } from './claims.ts'

/** Why a run was ended from outside. `lost`: another worker may have the request by now; `stop`: the pool stops. */
export type Ending = 'cancelled' | 'gone' | 'lost' | 'stop'

const sentences: Readonly<Record<Ending, string>> = {
  cancelled: 'The request was cancelled.',
  gone: 'The request expired.',
  lost: 'This worker was silent for too long, so the request went to another.',
  stop: 'The pool stopped.',
}

/** How the handler ended: with a result or a failure, or because it was told to. */
export type RunEnd =
  | { readonly kind: 'result'; readonly result: string | null }
  | { readonly kind: 'failure'; readonly error: unknown }
  | { readonly kind: 'aborted'; readonly ending: Ending }

export interface RunParts {
  readonly job: Job
  readonly progressMs: number
  readonly log: (line: string) => void
  /** Changes the request while this worker has it. */
  readonly update: (edit: (text: string) => Edit) => Promise<Settled>
  /** Called when the run begins or ends to wait for a person. */
  readonly onWait: () => void
}

/** One try of one request: what its handler may do meanwhile, and what it hears of others' doing. */
export class RequestRun {
  readonly startedAt = performance.now()
  readonly context: JobContext
  readonly #parts: RunParts
  readonly #controller = new AbortController()
  #over = false
  /** Told by the handler and not written yet. */
  #progress: JobProgress | null = null
  #writing: Promise<unknown> | null = null
  #timer: NodeJS.Timeout | undefined
  /** Set while a person is asked for a code: when they were asked, and what to do with what they say. */
  #question: { readonly askedAt: string; readonly answer: (reply: OtpReply) => void } | null = null
  #finish: (end: RunEnd) => void = () => {}

  constructor(parts: RunParts) {
    this.#parts = parts
    // Own members, so that whoever hands the context on may copy it.
    this.context = {
      signal: this.#controller.signal,
      attempt: parts.job.attempts + 1,
      log: parts.log,
      progress: (progress) => this.#tell(progress),
      requireOtp: (data) => this.#ask(data),
    }
  }

  get job(): Job {
    return this.#parts.job
  }

  /** Whether it waits for a person, and so needs no slot. */
  get waits(): boolean {
    return this.#question !== null
  }

  /** Runs the handler; resolves once, when it ends or is aborted, whatever it still does then. */
  begin(handler: Handler): Promise<RunEnd> {
    const { job } = this.#parts
    return new Promise((resolve) => {
      this.#finish = resolve
      Promise.resolve()
        .then(() => handler(job, this.context))
        .then(
          (result) => this.#end({ kind: 'result', result: result ?? null }),
          (error: unknown) => this.#end({ kind: 'failure', error }),
        )
    })
  }

  abort(ending: Ending): void {
    if (this.#over) return
    this.#controller.abort(new HandlerError(sentences[ending], { retryable: true, kind: 'taken' }))
    this.#end({ kind: 'aborted', ending })
  }

  /** What somebody wrote to the request: a cancellation, a code, the wish for another. */
  notice(text: string): void {
    if (stateOf(statusIn(text) ?? '') === 'cancelled') this.abort('cancelled')
    else if (this.#question !== null) this.#hear(this.#question, text)
  }

  /** Resolves when nothing of it is on the way to Redis any more. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** The text with the progress that was told last and not written. */
  withProgress(text: string): string {
    const edited = this.#progress === null ? { text } : progressEdit(text, this.#progress)
    return 'text' in edited ? edited.text : text
  }

  #end(end: RunEnd): void {
    if (this.#over) return
    this.#over = true
    this.#question = null
    clearTimeout(this.#timer)
    this.#finish(end)
  }

  #tell(progress: JobProgress): void {
    this.#progress = progress
    if (!this.#over && this.#writing === null && this.#timer === undefined) this.#write()
  }

  #write(): void {
    const progress = this.#progress
    this.#timer = undefined
    if (progress === null || this.#over) return
    this.#progress = null
    this.#writing = this.#parts
      .update((text) => progressEdit(text, progress))
      .catch(() => {}) // the pool has stopped
      .finally(() => {
        this.#writing = null
        if (!this.#over) this.#timer = setTimeout(() => this.#write(), this.#parts.progressMs)
      })
  }

  async #ask(data: string): Promise<OtpReply> {
    const { signal } = this.#controller
    signal.throwIfAborted()
    const askedAt = isoTime(Date.now())
    let giveUp = () => {}
    const reply = new Promise<OtpReply>((resolve, reject) => {
      this.#question = { askedAt, answer: resolve }
      giveUp = () => reject(signal.reason)
      signal.addEventListener('abort', giveUp)
    })
    this.#parts.onWait()
    try {
      const dated = setField(data, 'requested_at', JSON.stringify(askedAt))
      const asked = await Promise.race([
        this.#parts.update((text) => editRequest(text, { type: 'require-otp', data: dated }, Date.now())),
        reply, // the person may be quicker than the answer to the question
      ])
      if (asked.kind === 'code' || asked.kind === 'resend') return asked
      if (asked.kind !== 'done') {
        throw new HandlerError('The request is not one that a code can be asked for.', { retryable: false })
      }
      return await reply
    } finally {
      reply.catch(() => {}) // aborted while the question was still on its way
      signal.removeEventListener('abort', giveUp)
      this.#question = null
      this.#parts.onWait()
    }
  }

  /** Takes an answer to this question, not one to a question before it. */
  #hear({ askedAt, answer }: { askedAt: string; answer: (reply: OtpReply) => void }, text: string): void {
    const { requested_at } = readFields(rawMember(text, 'otp_data') ?? '', ['requested_at'])
    if (requested_at !== undefined && requested_at !== askedAt) return
    const otp = submittedOtp(text)
    if (!awaitsOtp(text) && otp !== null) answer({ kind: 'code', otp })
    else if (awaitsOtp(text) && resendsOf(text) > 0) answer({ kind: 'resend' })
  }
}

/** Progress as the application writes it: per cent and message; what was not told stays. */
function progressEdit(text: string, { percent, done, total, message }: JobProgress): Edit {
  const share = percent ?? (done !== null && total !== null && total > 0 ? Math.min(100, (100 * done) / total) : null)
  const { progress } = readFields(text, ['progress'])
  const now = share === null ? (typeof progress === 'number' ? progress : 0) : Math.round(share)
  return editRequest(text, { type: 'progress', progress: now, step: null, message }, Date.now())
}
