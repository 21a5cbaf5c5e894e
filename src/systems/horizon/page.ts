import { SluiceError } from '../../domain/errors.ts'
import type { JobDetail, JobPage, JobPlace } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { detailLimit } from '../../domain/stored-text.ts'
import type { Command, Reader, Reply } from '../handles.ts'
import { numberOf } from '../shared/elements/seen.ts'
import { isWrongType } from '../shared/hashed-jobs/replies.ts'
import type { PageRequest } from '../system.ts'
import { detailOf, type Measured, parseRef, refOf, summaryOf } from './decode.ts'
import { isState, keyOf, type StateId, setOfState } from './keys.ts'
import { type Entry, readJob, readJobs, rowPart, type StoredJob } from './stored-job.ts'

/** Pending jobs that are looked through for reserved ones: only their hashes tell. */
const mostPending = 500
/** Of an exception and its context, unless all of it is asked for. */
const exceptionLimit = 64 * 1024

const text = (reply: Reply | undefined) => (reply instanceof Buffer ? reply.toString('utf8') : '')

/** Members and scores in turn, as a range with its scores gives them. */
function entriesOf(reply: Reply | undefined): Entry[] {
  const flat = Array.isArray(reply) ? reply : []
  return flat.flatMap((id, i) => (i % 2 === 0 ? [{ id: text(id), score: text(flat[i + 1]) }] : []))
}

/** Pending jobs from the oldest, all others from the newest. */
const rangeOf = (state: StateId) => (state === 'pending' || state === 'reserved' ? 'ZREVRANGE' : 'ZRANGE')

/**
 * 2 round trips, of each job at most 20 KB; the set's part of the cost is O(log n). Reserved: 3, for it looks through the 500
 * oldest pending jobs. One more for a user who may not run scripts.
 */
export async function page(
  reader: Reader,
  queue: QueueRef,
  state: string,
  { offset, limit }: PageRequest,
): Promise<JobPage> {
  if (!isState(state)) throw new SluiceError('NOT_FOUND', `Horizon has no state named ${state}.`)
  const key = keyOf(queue, setOfState[state])
  const [from, to] = state === 'reserved' ? [0, mostPending - 1] : [offset, offset + limit - 1]
  const [size, range] = await reader.pipeline([
    ['ZCARD', key],
    [rangeOf(state), key, from, to, 'WITHSCORES'],
  ])
  if (isWrongType(size))
    return { total: 0, offset, jobs: [], partial: `${key} is not the zset that Horizon keeps there.` }
  const failed = [size, range].find((reply) => reply instanceof Error)
  if (failed instanceof Error) throw failed
  let entries = entriesOf(range)
  let total = numberOf(size)
  let partial: string | null = null
  if (state === 'reserved') {
    const reserved = await reservedOf(reader, queue, entries)
    entries = reserved.slice(offset, offset + limit)
    total = reserved.length
    if (numberOf(size) > mostPending)
      partial = `Looked through the ${mostPending} oldest of ${numberOf(size)} pending jobs.`
  }
  const jobs = await readJobs(reader, queue, entries, rowPart)
  return { total, offset, jobs: jobs.map((job) => summaryOf(job, state)), partial }
}

async function reservedOf(reader: Reader, queue: QueueRef, entries: readonly Entry[]): Promise<Entry[]> {
  if (entries.length === 0) return []
  const replies = await reader.pipeline(entries.map(({ id }): Command => ['HGET', keyOf(queue, id), 'status']))
  return entries.filter((_, i) => text(replies[i]) === 'reserved')
}

/** 2 round trips: the job's hash, and what its class and its queue did since the last snapshot. */
export async function job(
  reader: Reader,
  queue: QueueRef,
  state: string,
  ref: string,
  full: boolean,
): Promise<JobDetail | null> {
  const entry = parseRef(ref)
  if (entry === null || !isState(state)) return null
  const most = full ? 2 ** 31 - 1 : exceptionLimit
  const part = { head: full ? 2 ** 31 - 1 : detailLimit, tail: 0, exception: most, text: most }
  const stored = await readJob(reader, queue, keyOf(queue, setOfState[state]), entry, part)
  return stored && detailOf(stored, state, keyOf(queue, entry.id), await measuredOf(reader, queue, stored))
}

async function measuredOf(reader: Reader, queue: QueueRef, { values }: StoredJob): Promise<Measured[]> {
  const what: [string, string | undefined, string][] = [
    ['This class since the last snapshot', values.name, 'job:'],
    ['This queue since the last snapshot', values.queue, 'queue:'],
  ]
  const known = what.filter(([, name]) => name !== undefined)
  if (known.length === 0) return []
  const replies = await reader.pipeline(
    known.map(([, name, kind]): Command => ['HMGET', keyOf(queue, `${kind}${name}`), 'throughput', 'runtime']),
  )
  return known.flatMap(([label], i) => {
    const reply = replies[i]
    const [throughput, runtime] = Array.isArray(reply) ? reply.map(text) : []
    return throughput && runtime ? [{ label, throughput, runtime: Number(runtime).toFixed(1) }] : []
  })
}

/** Sets that a job can be in, the one that says most first. */
const looked = ['failed', 'completed', 'silenced', 'pending', 'monitored'] as const

/** 1 round trip. */
export async function find(reader: Reader, queue: QueueRef, id: string): Promise<JobPlace | null> {
  const scores = await reader.pipeline(looked.map((state): Command => ['ZSCORE', keyOf(queue, setOfState[state]), id]))
  const at = scores.findIndex((score) => score instanceof Buffer)
  const state = looked[at]
  return state === undefined ? null : { state, ref: refOf({ id, score: text(scores[at]) }) }
}

/** 1 round trip: hashes of recent and of failed jobs, which are most of what Horizon keeps. */
export async function jobKeys(
  reader: Reader,
  queue: QueueRef,
  sampleSize: number,
): Promise<{ keys: string[]; total: number }> {
  const sets = ['recent_jobs', 'failed_jobs'].map((name) => keyOf(queue, name))
  const replies = await reader.pipeline(
    sets.flatMap((key): Command[] => [
      ['ZCARD', key],
      ['ZRANGE', key, 0, Math.ceil(sampleSize / 2) - 1],
    ]),
  )
  const total = [replies[0], replies[2]].reduce<number>((sum, size) => sum + (typeof size === 'number' ? size : 0), 0)
  const ids = [replies[1], replies[3]].flatMap((reply) => (Array.isArray(reply) ? reply.map(text) : []))
  return { keys: [...new Set(ids)].slice(0, sampleSize).map((id) => keyOf(queue, id)), total }
}
