import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'

/** Jobs in a state, by 1 round trip; null for what is no state, or cannot be counted at the moment. */
export async function countOf(
  reader: Reader,
  { queue, state }: { queue: QueueRef | null; state: string },
): Promise<number | null> {
  if (queue === null || state === '') return null
  const page = systemOf(queue.system).page(reader, queue, state, { offset: 0, limit: 1 })
  return page.then(({ total }) => total).catch(() => null)
}
