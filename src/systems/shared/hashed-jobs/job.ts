import type { JobDetail, JobPlace } from '../../../domain/job.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { detailLimit } from '../../../domain/stored-text.ts'
import type { Reader } from '../../handles.ts'
import { stampOf } from './decode.ts'
import { detailOf, storedOf } from './detail.ts'
import { isState, type Layout } from './layout.ts'
import { parseRef, refOf, type Seen } from './refs.ts'
import { sight, stateNow } from './sighting.ts'

/**
 * 1 round trip (2 where the user may not run scripts), as `sight` does. A job that went on since the page was read is
 * shown where it is now; null when its id is in no state any more. The ref stays the asked one while the job is the same.
 */
export async function job(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  state: string,
  ref: string,
  full: boolean,
): Promise<JobDetail | null> {
  const seen = parseRef(layout, ref)
  if (seen === null || !isState(layout, state)) return null
  const limit = full ? Number.POSITIVE_INFINITY : detailLimit
  const { sighting, now } = await sight(layout, reader, queue, seen.id, limit)
  const present = stateNow(sighting, state)
  if (present === null) return null
  const detail = detailOf({ layout, queue, id: seen.id, state: present, sighting, now })
  const current = parseRef(layout, detail.ref)
  return current !== null && isSame(seen, current) ? { ...detail, ref } : detail
}

/** Whether two sights of an id are of one job in one place; a payload that was not read may be any. */
function isSame(one: Seen, other: Seen): boolean {
  const marked = one.mark === other.mark || one.mark === '' || other.mark === ''
  return one.state === other.state && one.stamp === other.stamp && marked
}

/**
 * 1 round trip (2 where the user may not run scripts), as `sight` does. A hash that is in no state is an orphan; one that
 * may be anywhere in a list too long to look through counts as there.
 */
export async function find(layout: Layout, reader: Reader, queue: QueueRef, id: string): Promise<JobPlace | null> {
  const bytes = Buffer.from(id)
  const { sighting } = await sight(layout, reader, queue, bytes, 0)
  const seen = stateNow(sighting, 'orphans')
  const state = seen === 'orphans' ? (sighting.hidden ?? seen) : seen
  if (state === null) return null
  const stored = storedOf(bytes, state, sighting)
  return { state, ref: refOf({ state, stamp: stampOf(stored, state), mark: sighting.mark, id: bytes }) }
}
