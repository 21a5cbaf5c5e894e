import Bull from 'bull'
import type { BenchJob } from '../job.ts'
import type { OpenEngine } from './engine.ts'

/** Bull with done jobs removed at once. */
export const openBull: OpenEngine = async (port, name) => {
  const queue = new Bull<BenchJob>(name, {
    redis: { host: '127.0.0.1', port },
    defaultJobOptions: { removeOnComplete: true },
  })
  await queue.isReady()
  return {
    async add(job) {
      await queue.add(job)
    },
    async addMany(jobs) {
      await queue.addBulk(jobs.map((data) => ({ data })))
    },
    async work({ concurrency, handler, done }) {
      queue.on('completed', () => done(1))
      queue.process(concurrency, ({ data }) => handler(data)).catch(() => {}) // ends with the queue
    },
    close: () => queue.close(true),
  }
}
