import type { QueueRef } from '../../../src/domain/queue.ts'
import type { Found } from '../../pool/measurement.ts'
import { type EmptyMeasurement, measured, warmUp } from '../measurement.ts'
import { openLibrary } from './library.ts'
import { openSluice, runOf, trash } from './sluice.ts'

/** Jobs a second at which all failed jobs are retried, or removed: by us into the trash. */
export async function measureEmpty(
  port: number,
  { kind, side, jobs }: EmptyMeasurement,
  warm: () => Promise<void>,
): Promise<Found> {
  const empty = side === 'sluice' ? await byUs(port, kind) : byLibrary(port, kind, side)
  await empty(warmUp)
  await warm()
  const start = performance.now()
  await empty(measured)
  return { jobsPerSecond: (jobs / (performance.now() - start)) * 1000 }
}

async function byUs(port: number, kind: EmptyMeasurement['kind']): Promise<(queue: QueueRef) => Promise<unknown>> {
  const { connection, system, write } = await openSluice(port)
  const writer = connection.writer()
  return async (queue) => {
    const frozen = await system.freeze(connection.reader, queue, 'failed')
    if (kind === 'retry') return write.retryAll(writer, queue, 'failed', frozen, trash(), 'keep', runOf())
    return write.purge(writer, queue, 'failed', frozen, trash(), runOf())
  }
}

function byLibrary(
  port: number,
  kind: EmptyMeasurement['kind'],
  side: EmptyMeasurement['side'],
): (queue: QueueRef) => Promise<unknown> {
  const library = openLibrary(port, side)
  return async (ref) => {
    const queue = library.queue(ref)
    if (kind === 'retry') return queue.retryJobs()
    // It takes 10,000 a script, and ends where a script found fewer.
    while ((await queue.clean(0, 100_000, 'failed')).length > 0);
  }
}
