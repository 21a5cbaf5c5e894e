import type { Job, Worker } from 'bullmq'
import type { LibraryWorker, Outcome, TakenJob, WorkerOptions } from './library-worker.ts'

export type BullmqVersion = 5 | 6

type Bullmq = typeof import('bullmq')

/** Loaded when it is needed; both majors offer what is used here under the same names and shapes. */
async function load(version: BullmqVersion): Promise<Bullmq> {
  return version === 6 ? import('bullmq') : ((await import('bullmq5')) as unknown as Bullmq)
}

/**
 * Works on a queue by Workers of bullmq 5.81 or 6.7; resolves once the connections of the first are ready. It waits in
 * BZPOPMIN and costs what bullmq costs; CLIENT LIST shows it as `P:base64(Q):w:sluice`.
 */
export async function openBullmqWorker(version: BullmqVersion, options: WorkerOptions): Promise<LibraryWorker> {
  const workers = new Workers(await load(version), options)
  try {
    await workers.fit(options.concurrency)
  } catch (error) {
    await workers.close()
    throw error
  }
  return workers
}

/** A Worker, how many jobs it may run at once, and how many it runs. */
interface Member {
  readonly worker: Worker
  size: number
  active: number
}

/**
 * One Worker, and others beside it where there is no way around: one whose slots are all taken looks at its concurrency
 * only when a job ends, so that where jobs take minutes, more of them at once need a Worker that is free.
 */
class Workers implements LibraryWorker {
  #members: Member[] = []
  readonly #ending = new Set<Promise<unknown>>()
  readonly #all = new Set<Worker>()
  #wanted = 0
  #fitting: Promise<unknown> = Promise.resolve()
  #open = true

  constructor(
    private readonly library: Bullmq,
    private readonly options: WorkerOptions,
  ) {}

  setConcurrency(count: number): void {
    this.fit(count).catch((error: Error) => this.options.events.error(error))
  }

  /** Resolves when there are Workers for so many jobs at once, or another count is wanted; one at a time. */
  fit(count: number): Promise<void> {
    this.#wanted = count
    const fitted = this.#fitting.then(() => this.#fit())
    this.#fitting = fitted.catch(() => {})
    return fitted
  }

  async drain(): Promise<void> {
    this.#open = false
    await this.#fitting
    for (const member of this.#members.splice(0)) this.#end(member)
    await Promise.all(this.#ending)
  }

  async close(): Promise<void> {
    this.#open = false
    // Without a goodbye: `close` may be waiting for a job, or for a Redis that does not answer.
    await Promise.all(Array.from(this.#all, (worker) => worker.disconnect().catch(() => {})))
    for (const worker of this.#all) worker.close(true).catch(() => {})
  }

  async #fit(): Promise<void> {
    const missing = this.#wanted - this.#members.reduce((sum, { size }) => sum + size, 0)
    if (!this.#open || missing === 0) return
    if (missing < 0) return this.#shrink(-missing)
    const free = this.#members.find(({ size, active }) => active < size)
    if (free) resize(free, free.size + missing)
    else this.#members.push(await this.#add(missing))
  }

  #shrink(count: number): void {
    let left = count
    while (left > 0) {
      const last = this.#members.at(-1)
      if (last === undefined) return
      const fewer = Math.min(left, last.size)
      left -= fewer
      if (fewer < last.size) resize(last, last.size - fewer)
      else {
        this.#members.pop()
        this.#end(last)
      }
    }
  }

  /** Takes no new jobs; those that it runs go on. */
  #end({ worker }: Member): void {
    const ended = worker
      .close()
      .catch((error: Error) => this.options.events.error(error))
      .finally(() => {
        this.#ending.delete(ended)
        this.#all.delete(worker)
      })
    this.#ending.add(ended)
  }

  async #add(size: number): Promise<Member> {
    const { queueName, queuePrefix, connection, settings, events } = this.options
    const { limiter } = settings
    const run = async (job: Job, token?: string) => {
      member.active++
      try {
        return this.#settle(await events.work(takenJob(job, token)))
      } finally {
        member.active--
      }
    }
    const worker = new this.library.Worker(queueName, run, {
      connection,
      ...(queuePrefix === '' ? {} : { prefix: queuePrefix }),
      name: 'sluice',
      autorun: false,
      concurrency: size,
      lockDuration: settings.lockMs,
      stalledInterval: settings.stalledMs,
      maxStalledCount: settings.maxStalled,
      ...(limiter === null ? {} : { limiter: { max: limiter.max, duration: limiter.durationMs } }),
    })
    const member: Member = { worker, size, active: 0 }
    this.#all.add(worker)
    worker.on('error', (error) => {
      if (!/^could not renew lock/.test(error.message)) events.error(error) // told by lockRenewalFailed
    })
    worker.on('completed', () => events.done())
    worker.on('failed', (job) => events.failed(job === undefined || Boolean(job.finishedOn)))
    worker.on('stalled', () => events.stalled())
    worker.on('locksRenewed', ({ jobIds }) => events.renewed(jobIds))
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) events.lost(id)
    })
    await worker.waitUntilReady()
    worker.run().catch((error: Error) => events.error(error))
    return member
  }

  /** How a try ended, in the library's words. */
  #settle(outcome: Outcome): unknown {
    const { UnrecoverableError, WaitingError } = this.library
    if (outcome.kind === 'done') return outcome.value
    // "Somebody has moved this job already": it touches nothing then.
    if (outcome.kind === 'left') throw new WaitingError()
    if (outcome.retryable) throw outcome.error
    const final = new UnrecoverableError(outcome.error.message)
    if (outcome.error.stack !== undefined) final.stack = outcome.error.stack
    throw final
  }
}

function resize(member: Member, size: number): void {
  member.size = size
  member.worker.concurrency = size
}

function takenJob(job: Job, token: string | undefined): TakenJob {
  return {
    id: job.id ?? '',
    name: job.name,
    attempts: job.attemptsMade,
    timeoutMs: null,
    progress: (value) => job.updateProgress(value),
    log: (line) => job.log(line),
    giveBack: () => job.moveToWait(token),
  }
}
