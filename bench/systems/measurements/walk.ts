import type { Found } from '../../pool/measurement.ts'
import { measured, type WalkMeasurement } from '../measurement.ts'
import { openLibrary } from './library.ts'
import { openSluice } from './sluice.ts'

/** Jobs of a round trip. */
const chunk = 1000

/**
 * Jobs a second at which all failed jobs are read with their errors and payloads, and how much the process grew, MB. The
 * library has no walk: its pages are read one after the other, as its docs show.
 */
export async function measureWalk(
  port: number,
  { side, jobs }: WalkMeasurement,
  warm: () => Promise<void>,
): Promise<Found> {
  const walk = side === 'sluice' ? await ourWalk(port) : theirWalk(port, side, jobs)
  await warm()
  const before = process.memoryUsage().rss
  let most = before
  let behind = 0
  const start = performance.now()
  for await (const count of walk) {
    behind += count
    most = Math.max(most, process.memoryUsage().rss)
  }
  if (behind !== jobs) throw new Error(`${behind} of ${jobs} jobs were told`)
  return { jobsPerSecond: (jobs / (performance.now() - start)) * 1000, grownMb: (most - before) / 1e6 }
}

/** How many jobs of each step had an error and a payload. */
async function ourWalk(port: number): Promise<AsyncIterable<number>> {
  const { connection, system } = await openSluice(port)
  return (async function* () {
    for await (const { jobs } of system.scan(connection.reader, measured, 'failed', { chunk, payloads: true }))
      yield jobs.filter((job) => job.error() !== null && job.payload().length > 0).length
  })()
}

async function* theirWalk(port: number, side: Exclude<WalkMeasurement['side'], 'sluice'>, total: number) {
  const queue = openLibrary(port, side).queue(measured)
  for (let from = 0; from < total; from += chunk) {
    const jobs = await queue.getJobs(['failed'], from, from + chunk - 1, true)
    yield jobs.filter(({ failedReason, data }) => failedReason && data).length
  }
}
