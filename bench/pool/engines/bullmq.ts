import { Queue, Worker } from 'bullmq'
import type { BenchJob } from '../job.ts'
import type { OpenEngine } from './engine.ts'

/** BullMQ as it is fastest while it keeps its promises: done jobs are removed at once, and no metrics are kept. */
export const openBullmq: OpenEngine = async (port, name) => {
  const options = { connection: { host: '127.0.0.1', port } }
  const queue = new Queue<BenchJob>(name, { ...options, defaultJobOptions: { removeOnComplete: true } })
  let worker: Worker<BenchJob> | undefined
  await queue.waitUntilReady()
  return {
    async add(job) {
      await queue.add(job.type, job)
    },
    async addMany(jobs) {
      await queue.addBulk(jobs.map((data) => ({ name: data.type, data })))
    },
    async work({ concurrency, handler, done }) {
      worker = new Worker<BenchJob>(name, ({ data }) => handler(data), { ...options, concurrency })
      worker.on('completed', () => done(1))
      await worker.waitUntilReady()
    },
    async close() {
      await worker?.close()
      await queue.close()
    },
  }
}
