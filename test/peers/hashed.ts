import Bull from 'bull'
import * as six from 'bullmq'
import * as five from 'bullmq5'
import type { QueueRef } from '../../src/domain/queue.ts'

/**
 * A real queue of Bull or BullMQ with its own worker, one job at a time, as the tests of the write actions need it.
 * Jobs named `boom` throw, those named `once` when they run for the first time, `hold` run until they are let go, all
 * others return. An idle worker looks for jobs once an hour: whatever it runs before, it was woken for.
 */
export interface HashedPeer {
  readonly queue: QueueRef
  add(name: string, data: unknown, options?: object): Promise<string>
  /** Starts to work, or goes on after a rest. */
  work(): Promise<void>
  /** Stops to take jobs. */
  rest(): Promise<void>
  /** Resolves when the job has ended for good since the last call for it. */
  ended(id: string): Promise<void>
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>
  /** Resolves when a job named `hold` runs; `release` lets all of them go. */
  held(): Promise<string>
  release(): void
  /** The library's own word for where the job is. */
  stateOf(id: string): Promise<string>
  attemptsOf(id: string): Promise<number>
  logsOf(id: string): Promise<string[]>
  isPaused(): Promise<boolean>
  /** As the library's own getJobCounts says it; waiting counts what waits in a paused queue too. */
  count(state: 'waiting' | 'failed' | 'delayed' | 'completed' | 'active'): Promise<number>
  /** Changes the payload, as a program would. */
  update(id: string, data: unknown): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Jobs with their children, of BullMQ alone. */
  tree(flow: six.FlowJob): Promise<six.JobNode>
  /** The library's own object, for what only one of them has. */
  readonly raw: unknown
  /** Ends as a killed process does: the jobs that it holds stay where they are. */
  die(): Promise<void>
  close(): Promise<void>
}

export interface HashedPeerKind {
  readonly title: string
  /** The id of the state in which new jobs wait. */
  readonly waiting: string
  open(port: number, name: string, prefix?: string): Promise<HashedPeer>
}

export const hashedPeers: readonly HashedPeerKind[] = [
  { title: 'Bull 4.16', waiting: 'waiting', open: openBull },
  { title: 'BullMQ 5', waiting: 'wait', open: (...args) => openBullmq(five as unknown as typeof six, ...args) },
  { title: 'BullMQ 6', waiting: 'wait', open: (...args) => openBullmq(six, ...args) },
]

/** Ends that came, and who waits for them. */
class Ends {
  readonly #come = new Map<string, number>()
  readonly #waiting = new Map<string, () => void>()

  come(id: string): void {
    this.#come.set(id, (this.#come.get(id) ?? 0) + 1)
    this.#waiting.get(id)?.()
  }

  async next(id: string): Promise<void> {
    while ((this.#come.get(id) ?? 0) === 0) await new Promise<void>((resolve) => this.#waiting.set(id, resolve))
    this.#come.set(id, (this.#come.get(id) ?? 0) - 1)
  }
}

/** What jobs do: who runs a `hold`, when they may end, and which `once` has failed already. */
class Holds {
  readonly #failed = new Set<string>()
  readonly #held = new Ends()
  #release: () => void = () => {}
  #until = new Promise<void>((resolve) => (this.#release = resolve))
  #ids: string[] = []

  async run(name: string, id: string): Promise<void> {
    if (name === 'boom' || (name === 'once' && !this.#failed.has(id))) {
      this.#failed.add(id)
      throw new Error('boom')
    }
    if (name !== 'hold') return
    this.#ids.push(id)
    this.#held.come('')
    await this.#until
  }

  async next(): Promise<string> {
    await this.#held.next('')
    return this.#ids.shift() ?? ''
  }

  release(): void {
    this.#release()
    this.#until = new Promise<void>((resolve) => (this.#release = resolve))
  }
}

async function openBull(port: number, name: string, prefix = 'bull'): Promise<HashedPeer> {
  const settings = { drainDelay: 3600, guardInterval: 3_600_000 }
  const queue = new Bull(name, { redis: { port, host: '127.0.0.1' }, prefix, settings })
  const ends = new Ends()
  const empty = new Ends()
  const holds = new Holds()
  let working = false
  queue.on('error', () => {}) // tests stop the server on purpose
  queue.on('completed', ({ id }) => ends.come(String(id)))
  queue.on('failed', (job) => {
    if (job.finishedOn !== undefined) ends.come(String(job.id))
  })
  queue.on('drained', () => empty.come(''))
  await queue.isReady()
  return {
    queue: { system: 'bull', prefix, name },
    raw: queue,
    add: async (job, data, options = {}) => String((await queue.add(job, data, options)).id),
    async work() {
      if (working) return queue.resume(true)
      working = true
      queue
        .process('*', 1, async (job) => {
          await holds.run(job.name, String(job.id))
          return { done: job.id }
        })
        .catch(() => {})
    },
    rest: () => queue.pause(true, false),
    ended: (id) => ends.next(id),
    drained: () => empty.next(''),
    held: () => holds.next(),
    release: () => holds.release(),
    stateOf: async (id) => String(await (await queue.getJob(id))?.getState()),
    attemptsOf: async (id) => (await queue.getJob(id))?.attemptsMade ?? Number.NaN,
    logsOf: async (id) => (await queue.getJobLogs(id)).logs,
    isPaused: () => queue.isPaused(),
    async count(state) {
      const counts = await queue.getJobCounts()
      return state === 'waiting' ? counts.waiting + ((counts as { paused?: number }).paused ?? 0) : counts[state]
    },
    update: async (id, data) => (await queue.getJob(id))?.update(data),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    tree: () => Promise.reject(new Error('Bull has no flows')),
    die: () => queue.close(true),
    async close() {
      holds.release()
      await queue.close(true)
    },
  }
}

async function openBullmq(
  { Queue, Worker, FlowProducer }: typeof six,
  port: number,
  name: string,
  prefix = 'bull',
): Promise<HashedPeer> {
  const options = { connection: { host: '127.0.0.1', port }, prefix }
  const queue = new Queue(name, options)
  const ends = new Ends()
  const empty = new Ends()
  const holds = new Holds()
  let worker: six.Worker | null = null
  let producer: six.FlowProducer | null = null
  queue.on('error', () => {})
  const end = (job: six.Job | undefined) => {
    if (job?.finishedOn) ends.come(String(job.id))
  }
  await queue.waitUntilReady()
  return {
    queue: { system: 'bullmq', prefix, name },
    raw: queue,
    add: async (job, data, jobOptions = {}) => String((await queue.add(job, data, jobOptions)).id),
    async work() {
      if (worker !== null) return worker.resume()
      worker = new Worker(
        name,
        async (job) => {
          await holds.run(job.name, String(job.id))
          return { done: job.id }
        },
        { ...options, drainDelay: 3600 },
      )
      worker.on('error', () => {})
      worker.on('completed', end)
      worker.on('failed', end)
      worker.on('drained', () => empty.come(''))
      await worker.waitUntilReady()
    },
    rest: async () => worker?.pause(),
    ended: (id) => ends.next(id),
    drained: () => empty.next(''),
    held: () => holds.next(),
    release: () => holds.release(),
    async stateOf(id) {
      const state = String(await queue.getJobState(id))
      return state === 'prioritized' ? 'waiting' : state
    },
    attemptsOf: async (id) => (await queue.getJob(id))?.attemptsMade ?? Number.NaN,
    logsOf: async (id) => (await queue.getJobLogs(id)).logs,
    isPaused: () => queue.isPaused(),
    async count(state) {
      const counts = await queue.getJobCounts()
      if (state !== 'waiting') return counts[state] ?? 0
      return (counts.waiting ?? 0) + (counts.wait ?? 0) + (counts.paused ?? 0) + (counts.prioritized ?? 0)
    },
    update: async (id, data) => (await queue.getJob(id))?.updateData(data),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    async tree(flow) {
      producer ??= new FlowProducer(options)
      return producer.add(flow)
    },
    async die() {
      await worker?.close(true)
      worker = null
    },
    async close() {
      holds.release()
      // Not by force: while a worker of version 5 makes the next job of a schedule, it would try for ever.
      await worker?.close()
      await producer?.close()
      await queue.close()
    },
  }
}
