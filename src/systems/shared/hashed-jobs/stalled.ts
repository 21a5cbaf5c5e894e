import type { JobPage } from '../../../domain/job.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader } from '../../handles.ts'
import type { PageRequest } from '../../system.ts'
import { summaryOf } from './decode.ts'
import { baseOf, keyOfState, keysOfJob, type Layout, misplaced, placeOf } from './layout.ts'
import { clockOf, isWrongType, itemsOf } from './replies.ts'
import { readJobs } from './rows.ts'

/** Ids of `active` that a page looks through, the longest held first, and how many of them one script does. */
const lookedThrough = 5000
const step = 500

/**
 * Ids of a stretch of `active` whose lock is gone, those taken first in front. Reads only. KEYS: active. ARGV: first and
 * last index, what the queue's keys begin with. In a cluster the locks share the slot of `active`, as all the queue does.
 */
const stalledLua = `
local ids = redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2])
local stalled = {}
for i = #ids, 1, -1 do
  if redis.call('EXISTS', ARGV[3] .. ids[i] .. ':lock') == 0 then stalled[#stalled + 1] = ids[i] end
end
return stalled`

/**
 * 2 round trips (5 where the user may not run scripts): the jobs in `active` whose lock is gone, because their worker
 * died or lost touch with Redis; the library's own check gives them back in time. At most 5,000 ids are looked through,
 * in scripts of 500. A job of Bull that was taken this very moment has no lock yet and may show up.
 */
export async function stalledPage(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  { offset, limit }: PageRequest,
): Promise<JobPage> {
  const key = keyOfState(layout, queue, 'active')
  const scripts = Array.from({ length: lookedThrough / step }, (_, i): Command => {
    return ['EVAL', stalledLua, 1, key, -(i + 1) * step, -i * step - 1, baseOf(queue)]
  })
  const [count, time, ...parts] = await reader.pipeline([['LLEN', key], ['TIME'], ...scripts])
  const place = placeOf(layout, 'active')
  if (isWrongType(count) && place !== null) {
    return { total: 0, offset, jobs: [], partial: misplaced(layout, key, place) }
  }
  if (count instanceof Error) throw count
  const found = parts.every((part) => Array.isArray(part))
    ? parts.flatMap(itemsOf).filter((id) => Buffer.isBuffer(id))
    : await lookPlainly(layout, reader, queue, key)
  // A job that moves up between two scripts is seen twice.
  const ids = [...new Map(found.map((id) => [id.toString('latin1'), id])).values()]
  const entries = ids.slice(offset, offset + limit).map((id) => ({ id, score: null }))
  const jobs = await readJobs(layout, reader, queue, 'stalled', entries)
  const active = typeof count === 'number' ? count : 0
  return {
    total: ids.length,
    offset,
    jobs: jobs.map((job) => summaryOf(layout, job, 'stalled', clockOf(time))),
    partial:
      active > lookedThrough
        ? `Only the ${lookedThrough} jobs that were taken first are looked through, of ${active} that are active.`
        : null,
  }
}

async function lookPlainly(layout: Layout, reader: Reader, queue: QueueRef, key: string): Promise<Buffer[]> {
  const reply = await reader.call('LRANGE', key, -lookedThrough, -1)
  const ids = itemsOf(reply).filter((id) => Buffer.isBuffer(id))
  if (ids.length === 0) return []
  const locks = await reader.pipeline(ids.map((id) => ['EXISTS', keysOfJob(layout, queue, id).lock] as const))
  const refused = locks.find((lock) => lock instanceof Error)
  if (refused instanceof Error) throw refused
  return ids.filter((_, i) => locks[i] === 0).reverse()
}
