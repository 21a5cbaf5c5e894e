import type { Found } from '../../pool/measurement.ts'
import { type CountsMeasurement, countedQueue } from '../measurement.ts'
import { openLibrary } from './library.ts'
import { medianMs } from './repeat.ts'
import { openSluice } from './sluice.ts'

const times = 21

/** Milliseconds to count all states of all queues once; of ours also the round trips. */
export async function measureCounts(
  port: number,
  { side, queues }: CountsMeasurement,
  warm: () => Promise<void>,
): Promise<Found> {
  const refs = Array.from({ length: queues }, (_, n) => countedQueue(n))
  let trips = 0
  let failed = Number.NaN
  let count: () => Promise<void>
  if (side === 'sluice') {
    const { connection, system } = await openSluice(port)
    count = async () => {
      trips++
      const plan = system.sample(refs)
      const readings = plan.read(await connection.reader.pipeline(plan.commands), Date.now())
      failed = readings.reduce((sum, { states }) => sum + (states.failed ?? 0), 0)
    }
  } else {
    const library = openLibrary(port, side)
    const all = refs.map((ref) => library.queue(ref))
    count = async () => {
      const counts = await Promise.all(all.map((queue) => queue.getJobCounts()))
      failed = counts.reduce((sum, { failed = 0 }) => sum + failed, 0)
    }
  }
  await medianMs(10, count)
  await warm()
  trips = 0
  const ms = await medianMs(times, count)
  if (failed !== 3 * queues) throw new Error(`${side} counted ${failed} failed jobs`)
  return { ms, trips: trips / times }
}
