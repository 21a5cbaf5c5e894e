import Bull from 'bull'

/** A real Bull queue that also works: jobs named `ok` return, `boom` throw, `hold` never end. */
export interface BullPeer {
  readonly queue: Bull.Queue
  /** Starts to work, one job at a time; resolves when the worker listens. */
  work(): Promise<void>
  /** Resolves when a job with this id ended for good, at once if it did before. */
  ended(id: Bull.JobId): Promise<void>
  /** Resolves when a job named `hold` is being run. */
  readonly held: Promise<Bull.Job>
  close(): Promise<void>
}

export function bullPeer(port: number, name: string, options: { prefix?: string; db?: number } = {}): BullPeer {
  const { db = 0, ...rest } = options
  const queue = new Bull(name, { redis: { port, host: '127.0.0.1', db }, metrics: { maxDataPoints: 60 }, ...rest })
  const over = new Set<Bull.JobId>()
  const waiting = new Map<Bull.JobId, () => void>()
  const end = (id: Bull.JobId) => {
    over.add(id)
    waiting.get(id)?.()
  }
  queue.on('error', () => {}) // tests stop the server on purpose
  queue.on('completed', ({ id }) => end(id))
  queue.on('failed', ({ id, attemptsMade, opts }) => {
    if (attemptsMade >= (opts.attempts ?? 1)) end(id)
  })
  let hold: (job: Bull.Job) => void
  const held = new Promise<Bull.Job>((resolve) => {
    hold = resolve
  })
  return {
    queue,
    held,
    async work() {
      await queue.isReady()
      queue
        .process('*', 1, async (job) => {
          await job.log(`start ${job.name}`)
          await job.progress(50)
          if (job.name === 'boom') throw new Error(`boom at ${job.attemptsMade}`)
          if (job.name === 'hold') {
            hold(job)
            await new Promise(() => {})
          }
          await job.log('بسته شد')
          return { done: job.id, exact: '9007199254740993' }
        })
        .catch(() => {})
    },
    ended: (id) => (over.has(id) ? Promise.resolve() : new Promise((resolve) => waiting.set(id, resolve))),
    close: () => queue.close(true),
  }
}

/** Fills a queue with one job of every sort; its worker is left holding `hold`. Returns their ids by what they are. */
export async function fillBull(peer: BullPeer) {
  const { queue } = peer
  const add = async (name: string, data: object, options: Bull.JobOptions = {}) =>
    String((await queue.add(name, data, options)).id)
  const ok = await add('ok', { n: 1, to: 'سارا' }, { attempts: 3 })
  const boom = await add('boom', { n: 2 }, { attempts: 2 })
  await peer.work()
  await Promise.all([peer.ended(ok), peer.ended(boom)])
  const hold = await add('hold', { n: 3 })
  await peer.held
  const plain = String((await queue.add({ n: 4 })).id)
  const low = await add('ok', { n: 5 }, { priority: 7 })
  const high = await add('ok', { n: 6 }, { priority: 2 })
  const custom = await add('ok', { n: 7 }, { jobId: 'order:7', lifo: true })
  const debounced = await add('ok', { n: 8 }, { debounce: { id: 'id' } })
  const later = await add('ok', { n: 9 }, { delay: 3_600_000 })
  const cron = await add('ok', { n: 10 }, { repeat: { cron: '0 3 * * *' } })
  return { ok, boom, hold, plain, low, high, custom, debounced, later, cron }
}
