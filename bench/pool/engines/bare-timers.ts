import type { OpenEngine } from './engine.ts'
import { Slots } from './slots.ts'

/** No queue at all: jobs are in this process from the start. What a slow handler allows by itself. */
export const openBareTimers: OpenEngine = async () => {
  const jobs: { payload: string }[] = []
  return {
    async add(job) {
      jobs.push({ payload: JSON.stringify(job) })
    },
    async addMany(more) {
      for (const job of more) jobs.push({ payload: JSON.stringify(job) })
    },
    async work({ concurrency, handler, done }) {
      new Slots<{ payload: string }>(concurrency, handler, () => done(1)).give(jobs)
    },
    async close() {},
  }
}
