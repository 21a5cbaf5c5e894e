import { setTimeout as sleep } from 'node:timers/promises'
import { openEngine } from '../engines/open-engine.ts'
import { jobOf } from '../job.ts'
import { type Found, type IdleMeasurement, measuredQueue } from '../measurement.ts'

const concurrency = 10
const everyMs = 5
const warmUpJobs = 100

/** From the call that adds a job until its handler begins, in ms; the worker has nothing else to do. */
export async function measureIdle(port: number, { engine: name, jobs }: IdleMeasurement): Promise<Found> {
  const engine = await openEngine(name, port, measuredQueue)
  const addedAt = new Map<string, number>()
  const latencies: number[] = []
  let allBegun = () => {}
  const all = new Promise<void>((resolve) => (allBegun = resolve))
  await engine.work({
    concurrency,
    async handler({ id }) {
      latencies.push(performance.now() - (addedAt.get(id ?? '') ?? Number.NaN))
      if (latencies.length === warmUpJobs + jobs) allBegun()
    },
    done() {},
  })
  for (let n = 0; n < warmUpJobs + jobs; n++) {
    const job = jobOf(n)
    addedAt.set(job.id, performance.now())
    await engine.add(job)
    await sleep(everyMs)
  }
  await all
  const measured = latencies.slice(warmUpJobs).sort((a, b) => a - b)
  const percentile = (share: number) => measured[Math.floor(measured.length * share)] ?? Number.NaN
  return { p50: percentile(0.5), p99: percentile(0.99) }
}
