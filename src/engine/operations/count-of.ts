import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import { within } from '../within.ts'

/** A count is for the record: no action waits longer for it, ms. */
const patienceMs = 1_000

/** Jobs in a state, by 1 round trip; null for what is no state, or cannot be counted at the moment, or not soon. */
export async function countOf(
  reader: Reader,
  { queue, state }: { queue: QueueRef | null; state: string },
): Promise<number | null> {
  if (queue === null || state === '') return null
  const page = systemOf(queue.system).page(reader, queue, state, { offset: 0, limit: 1 })
  const count = page.then(({ total }) => total).catch(() => null)
  return (await within(patienceMs, count)) ? count : null
}
