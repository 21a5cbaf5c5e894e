import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader } from '../../handles.ts'
import type { QueueKey } from '../../system.ts'
import { baseOf, keyOfState, type Layout, placeOf, statesOf } from './layout.ts'
import { itemsOf } from './replies.ts'

/** No Redis command: the keys that hold the queue's ids, and others that grow. Jobs have keys of their own, see `jobKeys`. */
export function keysOf(layout: Layout, queue: QueueRef): QueueKey[] {
  const states = statesOf(layout).map((state) => ({ key: keyOfState(layout, queue, state), state }))
  return [...states, ...layout.others.map((name) => ({ key: baseOf(queue) + name, state: name }))]
}

/**
 * 1 round trip of two commands a state, O(sample): the hashes of a sample of jobs, each state in proportion to its size, and how
 * many jobs there are. Lists and sets give the ids that would be shown first.
 */
export async function jobKeys(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  sampleSize: number,
): Promise<{ keys: string[]; total: number }> {
  const states = statesOf(layout)
  const isList = (state: string) => placeOf(layout, state)?.type === 'list'
  const replies = await reader.pipeline(
    states.flatMap((state): Command[] => {
      const key = keyOfState(layout, queue, state)
      if (isList(state))
        return [
          ['LLEN', key],
          ['LRANGE', key, -sampleSize, -1],
        ]
      return [
        ['ZCARD', key],
        ['ZREVRANGE', key, 0, sampleSize - 1],
      ]
    }),
  )
  const found = states.map((state, i) => {
    const count = replies[2 * i]
    const ids = itemsOf(replies[2 * i + 1])
    return { count: typeof count === 'number' ? count : 0, ids: isList(state) ? ids.reverse() : ids }
  })
  const total = found.reduce((sum, { count }) => sum + count, 0)
  const keys = found.flatMap(({ count, ids }) =>
    ids.slice(0, Math.ceil((sampleSize * count) / Math.max(1, total))).map((id) => baseOf(queue) + String(id)),
  )
  return { keys: keys.slice(0, sampleSize), total }
}
