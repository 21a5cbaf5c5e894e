import type { Engine } from '../engines/engine.ts'
import { openEngine } from '../engines/open-engine.ts'
import { type BenchJob, jobsOf } from '../job.ts'
import { type AddMeasurement, type Found, measuredQueue } from '../measurement.ts'
import { addInBulk } from './fill.ts'

const inFlight = 100
const warmUpJobs = 4000

/** Adds each job by itself; as soon as one is answered, its caller adds the next. */
async function addSingly(engine: Engine, jobs: readonly BenchJob[]): Promise<void> {
  const left = jobs.values()
  const caller = async () => {
    for (const job of left) await engine.add(job)
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
}

const ways = { single: addSingly, bulk: addInBulk }

/** From the first call until Redis has answered that the last job is there. */
export async function measureAdd(port: number, { engine: name, way, jobs }: AddMeasurement): Promise<Found> {
  const add = ways[way]
  const warm = await openEngine(name, port, 'warm')
  await add(warm, jobsOf(warmUpJobs))
  await warm.close()
  const engine = await openEngine(name, port, measuredQueue)
  const all = jobsOf(jobs)
  globalThis.gc?.()
  const began = performance.now()
  await add(engine, all)
  return { jobsPerSecond: jobs / ((performance.now() - began) / 1000) }
}
