import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader } from '../handles.ts'
import type { QueueKey } from '../system.ts'
import { baseOf, keyOfState, places, stateIds } from './keys.ts'
import { itemsOf } from './replies.ts'

/** No Redis command: the keys that hold the queue's ids. Its jobs are in keys of their own, see `jobKeys`. */
export function keysOf(queue: QueueRef): QueueKey[] {
  const index = { key: `${baseOf(queue)}priority`, state: 'waiting' }
  return [...stateIds.map((state) => ({ key: keyOfState(queue, state), state })), index]
}

/**
 * 1 round trip of 12 commands, O(sample): the hashes of a sample of jobs, each state in proportion to its size, and how
 * many jobs there are. Lists and sets give the ids that would be shown first.
 */
export async function jobKeys(
  reader: Reader,
  queue: QueueRef,
  sampleSize: number,
): Promise<{ keys: string[]; total: number }> {
  const replies = await reader.pipeline(
    stateIds.flatMap((state): Command[] => {
      const key = keyOfState(queue, state)
      if (places[state].type === 'list')
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
  const found = stateIds.map((state, i) => {
    const count = replies[2 * i]
    const ids = itemsOf(replies[2 * i + 1])
    return { count: typeof count === 'number' ? count : 0, ids: places[state].type === 'list' ? ids.reverse() : ids }
  })
  const total = found.reduce((sum, { count }) => sum + count, 0)
  const keys = found.flatMap(({ count, ids }) =>
    ids.slice(0, Math.ceil((sampleSize * count) / Math.max(1, total))).map((id) => baseOf(queue) + String(id)),
  )
  return { keys: keys.slice(0, sampleSize), total }
}
