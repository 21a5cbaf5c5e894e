import type { SystemId } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import { doingOf, type JobsSpec } from './jobs-spec.ts'

/** Time that Redis works for one job of a chunk, ms: measured on one core of 3 GHz, with payloads of 500 bytes. */
const msPerJob: Partial<Record<SystemId, number>> = { bull: 0.06, bullmq: 0.06, horizon: 0.06 }
const msPerElement = 0.02
const perChunk = 100
/** Round trips of one chunk, and of one job that is edited or copied: read, write, and what both ask for. */
const tripsPerChunk = 2
const tripsPerJob = 3

/**
 * How long a plan takes at full speed, ms: round trips at the pace at which the jobs of the sample were just read, and for
 * each job what its system needs in Redis. A purge of what is one key takes a few round trips. Null without a sample.
 */
export function estimateOf({ question, places }: JobsSpec, msEach: number | null): number | null {
  if (msEach === null) return null
  const times = places.map(({ queue, state, count }) => {
    const { method } = doingOf(question, queue)
    const work = count * (msPerJob[queue.system] ?? msPerElement)
    const oneKey =
      systemOf(queue.system)
        .keysOf(queue)
        .some((key) => key.state === state) && !(queue.system in msPerJob)
    if (method === 'purge' && oneKey) return tripsPerJob * msEach
    if (question.action === 'edit' || question.action === 'copy') return count * tripsPerJob * msEach + work
    return Math.ceil(count / perChunk) * tripsPerChunk * msEach + work
  })
  return Math.ceil(times.reduce((sum, ms) => sum + ms, 0))
}
