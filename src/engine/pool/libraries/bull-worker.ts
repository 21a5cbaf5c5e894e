import type Bull from 'bull'
import type { LibraryWorker, TakenJob, WorkerEvents, WorkerOptions } from './library-worker.ts'
import { LineOfTakers } from './line-of-takers.ts'

/** The methods of bull 4.16.5 that its own `process` is made of, and that its types leave out. */
interface BullQueue extends Bull.Queue {
  readonly bclient: Bull.Queue['client']
  /** True after a take that found nothing: the next one waits in Redis. */
  readonly drained: boolean
  /** What the locks of all its jobs hold. */
  readonly token: string
  setWorkerName(): Promise<unknown>
  /** Runs the handler and moves the job on; with `notFetch` it takes no other job in the same step. */
  processJob(job: Bull.Job, notFetch: boolean): Promise<unknown>
}

/** The client of a Queue, with bull's scripts as commands. */
interface ScriptClient {
  /** Active to wait: KEYS active, wait, job, meta-paused, paused, stalled, priority; ARGV push command, id, token. */
  retryJob(args: readonly string[]): Promise<number>
}

/** bull stops to renew a lock at the first error and tells nobody, so that is done here; this keeps its timer from it. */
const neverMs = 2_147_483_647
/** How much of a lock passes between two renewals. */
const renewAfter = 1 / 3
/** Takes at a time while there is work; of those that wait in Redis there is one. */
const takersAtOnce = 8
/** Until the next take after one that failed. */
const afterErrorMs = 1000

/**
 * Works on a queue by bull 4.16.5; resolves once it is ready. Taking, settling, delays and the check for stalled jobs
 * are bull's. Its own `process` has as many loops as it was given at the start; here `process` gets none, and each slot
 * takes by `getNextJob`, so that there can be more and fewer of them. One BRPOPLPUSH waits at a time; CLIENT LIST shows
 * it as `P:base64(Q)`.
 */
export async function openBullWorker(options: WorkerOptions): Promise<LibraryWorker> {
  const { queueName, queuePrefix, connection, settings, events } = options
  const { default: Queue } = await import('bull')
  const { limiter, lockMs } = settings
  const queue = new Queue(queueName, {
    redis: connection,
    ...(queuePrefix === '' ? {} : { prefix: queuePrefix }),
    ...(limiter === null ? {} : { limiter: { max: limiter.max, duration: limiter.durationMs } }),
    settings: {
      lockDuration: lockMs,
      lockRenewTime: neverMs,
      stalledInterval: settings.stalledMs,
      maxStalledCount: settings.maxStalled,
    },
  }) as BullQueue
  queue.on('error', (error) => events.error(error))
  queue.on('completed', () => events.done())
  queue.on('failed', (job: Bull.Job | null) => events.failed(!job || Boolean(job.finishedOn)))
  queue.on('stalled', () => events.stalled())
  // `process` calls it and leaves the promise alone: where CLIENT is forbidden, that would end this program.
  const setName = queue.setWorkerName.bind(queue)
  queue.setWorkerName = () => setName().catch((error: Error) => events.error(error))

  const slots = new Slots(queue, options.concurrency, events)

  try {
    await queue.isReady()
    await queue.process('*', 0, async (job) => {
      const stop = renewLock(job, lockMs, events)
      const outcome = await events.work(takenJob(queue, job, slots.timeoutOf(job))).finally(stop)
      if (outcome.kind === 'left') {
        slots.leave(job)
        return new Promise(() => {}) // never: whatever bull did with an answer would be wrong
      }
      if (outcome.kind === 'done') return outcome.value
      if (!outcome.retryable) await job.discard()
      throw outcome.error
    })
  } catch (error) {
    await queue.close(true).catch(() => {})
    throw error
  }
  slots.fill()

  return {
    setConcurrency: (count) => slots.setCount(count),
    drain: () => slots.drain(),
    close: () => queue.close(true),
  }
}

/** As many loops as jobs may run at once: each takes a job, runs it, and begins anew. */
class Slots {
  readonly #line = new LineOfTakers()
  readonly #loops = new Set<Promise<void>>()
  readonly #running = new Map<Bull.Job, { readonly timeoutMs: number | null; readonly leave: () => void }>()
  #open = true
  /** Of the connection that waits in Redis; null until known, or where CLIENT is forbidden. */
  #waiter: number | null = null

  constructor(
    private readonly queue: BullQueue,
    private count: number,
    private readonly events: WorkerEvents,
  ) {}

  timeoutOf(job: Bull.Job): number | null {
    return this.#running.get(job)?.timeoutMs ?? null
  }

  /** Frees the slot of a job that bull never hears of again. */
  leave(job: Bull.Job): void {
    this.#running.get(job)?.leave()
  }

  fill(): void {
    const { bclient } = this.queue
    const know = () => {
      bclient.client('ID').then(
        (id) => {
          this.#waiter = id
        },
        () => {},
      )
    }
    bclient.on('ready', know)
    know()
    this.setCount(this.count)
  }

  setCount(count: number): void {
    this.count = count
    while (this.#open && this.#loops.size < count) {
      const loop: Promise<void> = this.#loop().finally(() => this.#loops.delete(loop))
      this.#loops.add(loop)
    }
    this.#line.wakeAll() // loops that are too many end instead of waiting for a turn
  }

  /** Ends the wait in Redis rather than its socket: a job that comes in that moment would be taken and not heard of. */
  async drain(): Promise<void> {
    this.#open = false
    this.#line.wakeAll()
    if (this.#waiter !== null && this.queue.drained) {
      await this.queue.client.client('UNBLOCK', this.#waiter).catch(() => {}) // it comes back by itself within 5 s
    }
    await Promise.all(this.#loops)
  }

  get #tooMany(): boolean {
    return !this.#open || this.#loops.size > this.count
  }

  async #loop(): Promise<void> {
    await Promise.resolve() // until this loop is counted
    while (!this.#tooMany) {
      try {
        const job = await this.#take()
        if (job) await this.#run(job)
      } catch (thrown) {
        this.events.error(thrown instanceof Error ? thrown : new Error(String(thrown)))
        await new Promise((resolve) => setTimeout(resolve, afterErrorMs))
      }
    }
  }

  async #run(job: Bull.Job): Promise<void> {
    // bull's own timer would fail a job that was given back meanwhile, so the time is kept by whoever runs the handler.
    const timeoutMs = job.opts.timeout ?? null
    delete job.opts.timeout
    const left = new Promise<void>((leave) => this.#running.set(job, { timeoutMs, leave }))
    try {
      await Promise.race([this.queue.processJob(job, true), left])
    } finally {
      this.#running.delete(job)
    }
  }

  async #take(): Promise<Bull.Job | null | undefined> {
    const turn = await this.#line.turn(
      () => (this.queue.drained ? 1 : takersAtOnce),
      () => this.#tooMany,
    )
    if (turn === null) return null
    try {
      return await this.queue.getNextJob()
    } finally {
      turn()
    }
  }
}

/** Keeps the lock of a job while it runs; returns how to end that. */
function renewLock(job: Bull.Job, lockMs: number, events: WorkerEvents): () => void {
  const id = String(job.id)
  const timer = setInterval(() => {
    job.extendLock(lockMs).then(
      (extended) => (extended ? events.renewed([id]) : events.lost(id)),
      (error: Error) => events.error(error),
    )
  }, lockMs * renewAfter)
  return () => clearInterval(timer)
}

function takenJob(queue: BullQueue, job: Bull.Job, timeoutMs: number | null): TakenJob {
  const id = String(job.id)
  return {
    id,
    name: job.name,
    attempts: job.attemptsMade,
    timeoutMs,
    progress: (value) => job.progress(value),
    log: (line) => job.log(line),
    async giveBack() {
      const keys = ['active', 'wait', id, 'meta-paused', 'paused', 'stalled', 'priority']
      const client = queue.client as unknown as ScriptClient
      const code = await client.retryJob([...keys.map((key) => queue.toKey(key)), 'RPUSH', id, queue.token])
      if (code < 0) throw new Error(`Job ${id} is no longer held by this worker.`)
    },
  }
}
