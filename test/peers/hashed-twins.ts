import Bull from 'bull'
import * as six from 'bullmq'
import * as five from 'bullmq5'
import type { QueueRef } from '../../src/domain/queue.ts'

/** Options of a job that both twins get. */
export interface TwinOptions {
  readonly jobId: string
  readonly priority?: number
  readonly delay?: number
  readonly lifo?: true
  readonly attempts: number
}

/** What an operator may do, done by the library itself. States are by the library's own names. */
export interface Twin {
  readonly queue: QueueRef
  add(options: TwinOptions, data: unknown): Promise<unknown>
  retry(id: string): Promise<unknown>
  retryAll(): Promise<unknown>
  remove(id: string): Promise<unknown>
  promote(id: string): Promise<unknown>
  reschedule(id: string, delay: number): Promise<unknown>
  update(id: string, data: unknown): Promise<unknown>
  log(id: string, line: string): Promise<unknown>
  pause(): Promise<unknown>
  resume(): Promise<unknown>
  /** Of `waiting`, all that is ready to run. */
  purge(state: 'waiting' | 'delayed' | 'failed' | 'completed'): Promise<unknown>
  /** Takes the next job, as a worker does, and says whether there was one. */
  begin(): Promise<boolean>
  /** Ends the job that was taken first. */
  finish(succeeds: boolean): Promise<unknown>
  /** Lets go of jobs that were taken, for an empty server. */
  forget(): void
  close(): Promise<unknown>
}

export interface TwinKind {
  readonly title: string
  readonly version: 4 | 5 | 6
  open(port: number, name: string): Promise<Twin>
}

export const twinKinds: readonly TwinKind[] = [
  { title: 'Bull 4.16', version: 4, open: bullTwin },
  { title: 'BullMQ 5', version: 5, open: (port, name) => bullmqTwin(five as unknown as typeof six, port, name) },
  { title: 'BullMQ 6', version: 6, open: (port, name) => bullmqTwin(six, port, name) },
]

/** Jobs that were made before this are cleaned: also those of this very moment. */
const grace = -10_000
const everything = 1_000_000

/** A failure that looks the same in both queues. */
function failure(): Error {
  return Object.assign(new Error('boom'), { stack: 'Error: boom\n    at work' })
}

async function bullTwin(port: number, name: string): Promise<Twin> {
  const queue = new Bull(name, { redis: { port, host: '127.0.0.1' } })
  queue.on('error', () => {}) // tests stop the server on purpose
  await queue.isReady()
  const taken: Bull.Job[] = []
  const jobOf = async (id: string) => {
    const job = await queue.getJob(id)
    if (job === null) throw new Error(`no job ${id}`)
    return job
  }
  return {
    queue: { system: 'bull', prefix: 'bull', name },
    add: (options, data) => queue.add('work', data, options),
    retry: async (id) => (await jobOf(id)).retry(),
    retryAll: () => (queue as unknown as { retryJobs(): Promise<void> }).retryJobs(),
    remove: async (id) => (await jobOf(id)).remove(),
    promote: async (id) => (await jobOf(id)).promote(),
    reschedule: () => Promise.reject(new Error('Bull cannot')),
    update: async (id, data) => (await jobOf(id)).update(data),
    log: async (id, line) => (await jobOf(id)).log(line),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    async purge(state) {
      const states = state === 'waiting' ? (['wait', 'paused'] as const) : ([state] as const)
      for (const each of states) await queue.clean(grace, each as 'wait')
    },
    async begin() {
      Object.assign(queue, { drained: false }) // or it would block
      const job = await queue.getNextJob()
      if (job) taken.push(job)
      return Boolean(job)
    },
    async finish(succeeds) {
      const job = taken.shift()
      await (succeeds ? job?.moveToCompleted('done', false, true) : job?.moveToFailed(failure()))
    },
    forget: () => taken.splice(0),
    close: () => queue.close(true),
  }
}

async function bullmqTwin({ Queue, Worker }: typeof six, port: number, name: string): Promise<Twin> {
  const connection = { host: '127.0.0.1', port }
  const queue = new Queue(name, { connection })
  const worker = new Worker(name, undefined, { connection, autorun: false })
  queue.on('error', () => {})
  worker.on('error', () => {})
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  const taken: six.Job[] = []
  const jobOf = async (id: string) => {
    const job = await queue.getJob(id)
    if (job === undefined) throw new Error(`no job ${id}`)
    return job
  }
  return {
    queue: { system: 'bullmq', prefix: 'bull', name },
    add: (options, data) => queue.add('work', data, options),
    retry: async (id) => (await jobOf(id)).retry('failed'),
    retryAll: () => queue.retryJobs({ state: 'failed' }),
    remove: async (id) => (await jobOf(id)).remove(),
    promote: async (id) => (await jobOf(id)).promote(),
    reschedule: async (id, delay) => (await jobOf(id)).changeDelay(delay),
    update: async (id, data) => (await jobOf(id)).updateData(data),
    log: async (id, line) => (await jobOf(id)).log(line),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    purge: (state) => (state === 'waiting' ? queue.drain() : queue.clean(grace, everything, state)),
    async begin() {
      const job = await worker.getNextJob('token', { block: false })
      if (job) taken.push(job)
      return Boolean(job)
    },
    async finish(succeeds) {
      const job = taken.shift()
      await (succeeds ? job?.moveToCompleted('done', 'token', false) : job?.moveToFailed(failure(), 'token', false))
    },
    forget: () => taken.splice(0),
    close: () => Promise.all([worker.close(true), queue.close()]),
  }
}
