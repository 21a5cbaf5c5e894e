import type { Engine } from '../engines/engine.ts'
import { type BenchJob, jobsOf } from '../job.ts'

/** Jobs that one call adds. */
export const bulk = 1000

/** Adds all jobs, a thousand with each call, one call after the other. */
export async function addInBulk(engine: Engine, jobs: readonly BenchJob[]): Promise<void> {
  for (let from = 0; from < jobs.length; from += bulk) await engine.addMany(jobs.slice(from, from + bulk))
}

/** Fills a queue with so many jobs. */
export const fill = (engine: Engine, count: number): Promise<void> => addInBulk(engine, jobsOf(count))
