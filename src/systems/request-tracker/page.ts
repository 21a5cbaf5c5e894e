import { SluiceError } from '../../domain/errors.ts'
import type { JobDetail, JobPage } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { detailLimit } from '../../domain/stored-text.ts'
import type { Reader, Reply } from '../handles.ts'
import { wrongType } from '../shared/elements/elements.ts'
import type { PageRequest } from '../system.ts'
import { detailOf, hashOfRef, storedOf, summaryOf } from './decode.ts'
import { listKey, newestLooked, requestKey } from './keys.ts'
import { findLua, pageLua } from './lua.ts'
import { unseen } from './sample.ts'
import { type StateId, statusesOf } from './status.ts'

/** What the page script looks for: the statuses of a state, all statuses but the known ones, or no data at all. */
function wantedOf(state: StateId): [mode: string, statuses: readonly string[]] {
  if (state === 'expired') return ['expired', []]
  return state === 'other' ? ['notin', Object.values(statusesOf).flat()] : ['in', statusesOf[state]]
}

/** Whether this is one of the tracker's states. */
export function isState(state: string): state is StateId {
  return state === 'other' || state === 'expired' || Object.hasOwn(statusesOf, state)
}

async function run(reader: Reader, queue: QueueRef, { offset, limit }: PageRequest, mode: string, rest: string[]) {
  const list = listKey(queue)
  return reader.call('EVAL', pageLua, 1, list, requestKey(queue, ''), offset, limit, mode, ...rest)
}

/** 1 round trip: a script over the newest 500 requests, which returns at most 4 KB of each on the page. Newest first, pending ones oldest first. */
export async function page(reader: Reader, queue: QueueRef, state: string, request: PageRequest): Promise<JobPage> {
  const { offset } = request
  const empty = { total: 0, offset, jobs: [] }
  if (!isState(state)) return { ...empty, partial: null }
  const [mode, statuses] = wantedOf(state)
  let reply: Reply
  try {
    reply = await run(reader, queue, request, mode, [state === 'pending' ? '1' : '0', ...statuses])
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'WRONG_TYPE')) throw error
    const type = String(await reader.call('TYPE', listKey(queue)))
    return { ...empty, partial: wrongType(listKey(queue), type, ['list']) ?? error.message }
  }
  const [length, more, late, total, ...rows] = Array.isArray(reply) ? reply : []
  const now = Date.now()
  const size = Number(length ?? 0)
  return {
    total: Number(total ?? 0),
    offset,
    jobs: rows.flatMap(storedOf).map((stored) => summaryOf(stored, state, now)),
    partial:
      unseen(size, more === 1, state === 'other' ? Number(late ?? 0) : 0) ??
      (state === 'expired' && size > newestLooked
        ? `Only the newest ${newestLooked} of ${size.toLocaleString('en')} tracked hashes are looked at.`
        : null),
  }
}

/** 1 round trip: the request itself, in whatever state it is now; an expired one while it is among the newest 500. */
export async function job(
  reader: Reader,
  queue: QueueRef,
  _state: string,
  ref: string,
  full: boolean,
): Promise<JobDetail | null> {
  const hash = hashOfRef(ref)
  if (hash === null) return null
  const limit = full ? 2 ** 31 - 1 : detailLimit
  try {
    const reply = await reader.call('EVAL', findLua, 1, listKey(queue), requestKey(queue, ''), hash, limit)
    const stored = storedOf(reply)[0]
    return stored ? detailOf(stored, queue, Date.now()) : null
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'WRONG_TYPE') return null // of the list: it lists nothing
    throw error
  }
}

/** 1 round trip: keys of the newest live requests, for memory figures. */
export async function jobKeys(
  reader: Reader,
  queue: QueueRef,
  sampleSize: number,
): Promise<{ keys: string[]; total: number }> {
  const reply = await run(reader, queue, { offset: 0, limit: sampleSize }, 'notin', ['0'])
  const [, , , total, ...rows] = Array.isArray(reply) ? reply : []
  const keys = rows.flatMap(storedOf).map(({ hash }) => requestKey(queue, hash.toString('utf8')))
  return { keys, total: Number(total ?? 0) }
}
