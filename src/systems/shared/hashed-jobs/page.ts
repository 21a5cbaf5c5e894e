import { SluiceError } from '../../../domain/errors.ts'
import type { JobPage } from '../../../domain/job.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../handles.ts'
import type { PageRequest } from '../../system.ts'
import { summaryOf } from './decode.ts'
import { isMarker, keyOfState, type Layout, misplaced, type Place, placeOf } from './layout.ts'
import { clockOf, isWrongType, itemsOf, numberOf } from './replies.ts'
import { type Entry, readJobs } from './rows.ts'

/**
 * 2 round trips (4 where the user may not run scripts): the ids, then a bounded part of each job's hash; never more than
 * the page. Cost of the ids: O(offset) on lists, counted from the tail, O(log n) on sorted sets. The marker that old
 * versions of BullMQ keep inside wait is left out.
 */
export async function page(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  state: string,
  { offset, limit }: PageRequest,
): Promise<JobPage> {
  const place = placeOf(layout, state)
  if (place === null) throw new SluiceError('INVALID_INPUT', `${layout.label} has no state ${state}.`)
  const key = keyOfState(layout, queue, state)
  const { type, first } = place
  const [total, ids, time, tail] = await reader.pipeline([
    [type === 'list' ? 'LLEN' : 'ZCARD', key],
    rangeOf(key, first, offset, layout.markers && type === 'list' ? limit + 1 : limit),
    ['TIME'],
    ...(layout.markers && type === 'list' ? [['LINDEX', key, -1] as const] : []),
  ])
  const failed = [total, ids].find((reply) => reply instanceof Error)
  if (isWrongType(failed)) return { total: 0, offset, jobs: [], partial: misplaced(layout, key, place) }
  if (failed instanceof Error) throw failed
  const markers = isMarker(layout, tail) ? 1 : 0
  const entries = type === 'zset' ? scoredOf(ids) : listedOf(ids).slice(markers, markers + limit)
  const jobs = await readJobs(layout, reader, queue, state, entries)
  const now = clockOf(time)
  return {
    total: typeof total === 'number' ? total - markers : 0,
    offset,
    jobs: jobs.map((job) => summaryOf(layout, job, state, now)),
    partial: null,
  }
}

/** Lists give one id more than the page where there may be a marker at the tail, which moves every job up by one. */
function rangeOf(key: string, first: Place['first'], offset: number, count: number): Command {
  if (first === 'tail') return ['LRANGE', key, -(offset + count), -(offset + 1)]
  return [first === 'lowest' ? 'ZRANGE' : 'ZREVRANGE', key, offset, offset + count - 1, 'WITHSCORES']
}

/** The ids of a list from its tail on. */
function listedOf(reply: Reply | undefined): Entry[] {
  return itemsOf(reply)
    .flatMap((id) => (Buffer.isBuffer(id) ? [{ id, score: null }] : []))
    .reverse()
}

function scoredOf(reply: Reply | undefined): Entry[] {
  const items = itemsOf(reply)
  return items.flatMap((id, i) => (Buffer.isBuffer(id) && i % 2 === 0 ? [{ id, score: numberOf(items[i + 1]) }] : []))
}
