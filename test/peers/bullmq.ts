import * as six from 'bullmq'
import * as five from 'bullmq5'

export type BullmqVersion = 5 | 6
/** Both majors offer what the peers use under the same names and shapes; their classes differ in private members only. */
const libraries = { 5: five as unknown as typeof six, 6: six }

/** A queue of version 5 with its repeatable jobs, which version 6 dropped. The caller closes it. */
export function repeatableQueue(port: number, name: string): five.Queue {
  return new five.Queue(name, { connection: { host: '127.0.0.1', port } })
}

/** A real BullMQ queue with its worker: jobs named `boom` throw, `hold` never end, all others return. */
export interface BullmqPeer {
  readonly queue: six.Queue
  readonly flows: six.FlowProducer
  /** Starts to work, one job at a time. */
  work(workerName?: string): Promise<void>
  /** Listens to events, as dashboards do. */
  listen(): Promise<void>
  /** Resolves when a job with this id ended for good, at once if it did before. */
  ended(id: string): Promise<void>
  /** Resolves when a job named `hold` is being run. */
  readonly held: Promise<six.Job>
  close(): Promise<void>
}

export function bullmqPeer(
  version: BullmqVersion,
  port: number,
  name: string,
  { prefix = 'bull' }: { prefix?: string } = {},
): BullmqPeer {
  const { Queue, Worker, FlowProducer, QueueEvents } = libraries[version]
  const options = { connection: { host: '127.0.0.1', port }, prefix }
  const queue = new Queue(name, options)
  const flows = new FlowProducer(options)
  const open: { close(): Promise<unknown> }[] = [queue, flows]
  queue.on('error', () => {}) // tests stop the server on purpose
  flows.on('error', () => {})
  const over = new Set<string>()
  const waiting = new Map<string, () => void>()
  const end = (job: six.Job | undefined) => {
    if (job?.id === undefined || !job.finishedOn) return
    over.add(job.id)
    waiting.get(job.id)?.()
  }
  let hold: (job: six.Job) => void
  const held = new Promise<six.Job>((resolve) => {
    hold = resolve
  })
  async function run(job: six.Job) {
    await job.log(`start ${job.name}`)
    await job.updateProgress(job.name === 'boom' ? { step: 'half', of: 2 } : 50)
    if (job.name === 'boom') throw new Error(`boom at ${job.attemptsMade}`)
    if (job.name === 'hold') {
      hold(job)
      await new Promise(() => {})
    }
    await job.log('بسته شد')
    return { done: job.id, exact: '9007199254740993' }
  }
  return {
    queue,
    flows,
    held,
    async work(workerName) {
      const named = workerName === undefined ? {} : { name: workerName }
      const worker = new Worker(name, run, { ...options, ...named, metrics: { maxDataPoints: 60 } })
      worker.on('error', () => {})
      worker.on('completed', end)
      worker.on('failed', end)
      open.push({ close: () => worker.close(true) })
      await worker.waitUntilReady()
    },
    async listen() {
      const events = new QueueEvents(name, options)
      events.on('error', () => {})
      open.push(events)
      await events.waitUntilReady()
    },
    ended: (id) => (over.has(id) ? Promise.resolve() : new Promise((resolve) => waiting.set(id, resolve))),
    async close() {
      await Promise.all(open.map((each) => each.close()))
    },
  }
}

/** Fills a queue with one job of every sort; its worker is left holding `hold`. Returns their ids by what they are. */
export async function fillBullmq(peer: BullmqPeer) {
  const { queue, flows } = peer
  const add = async (name: string, data: object, options: six.JobsOptions = {}) =>
    String((await queue.add(name, data, options)).id)
  const child = (name: string, opts: six.JobsOptions = {}) => ({
    name,
    queueName: queue.name,
    data: { of: 'flow' },
    opts,
  })
  async function flow(...children: ReturnType<typeof child>[]) {
    const tree = await flows.add({ name: 'parent', queueName: queue.name, data: {}, children })
    return { parent: String(tree.job.id), children: (tree.children ?? []).map(({ job }) => String(job.id)) }
  }
  const ok = await add('ok', { n: 1, to: 'سارا' }, { attempts: 3 })
  const boom = await add('boom', { n: 2 }, { attempts: 2 })
  const broken = await flow(child('ok'), child('boom', { failParentOnFailure: true }))
  const whole = await flow(child('ok'))
  await peer.work('w1')
  await Promise.all([ok, boom, broken.parent, whole.parent].map((id) => peer.ended(id)))
  const hold = await add('hold', { n: 3 })
  await peer.held
  const open = await flow(child('ok', { delay: 3_600_000 }), child('ok'))
  const plain = await add('ok', { n: 4 })
  const low = await add('ok', { n: 5 }, { priority: 7 })
  const high = await add('ok', { n: 6 }, { priority: 2 })
  const custom = await add('ok', { n: 7 }, { jobId: 'order-7', lifo: true })
  const unique = await add('ok', { n: 8 }, { deduplication: { id: 'id' } })
  const later = await add('ok', { n: 9 }, { delay: 3_600_000 })
  const cron = String((await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'cron' }))?.id)
  return { ok, boom, broken, whole, hold, open, plain, low, high, custom, unique, later, cron }
}
