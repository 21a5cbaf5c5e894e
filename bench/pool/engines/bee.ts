import Queue from 'bee-queue'
import type { BenchJob } from '../job.ts'
import type { OpenEngine } from './engine.ts'

/** Bee-Queue without the events and the bookkeeping in memory that it lets one do without. */
export const openBee: OpenEngine = async (port, name) => {
  const queue = new Queue<BenchJob>(name, {
    redis: { host: '127.0.0.1', port },
    removeOnSuccess: true,
    storeJobs: false,
    sendEvents: false,
    getEvents: false,
  })
  await queue.ready()
  return {
    async add(job) {
      await queue.createJob(job).save()
    },
    async addMany(jobs) {
      const failed = await queue.saveAll(jobs.map((job) => queue.createJob(job)))
      for (const error of failed.values()) throw error
    },
    async work({ concurrency, handler, done }) {
      queue.on('succeeded', () => done(1))
      queue.process(concurrency, ({ data }: Queue.Job<BenchJob>) => handler(data))
    },
    async close() {
      await queue.close(100)
    },
  }
}
