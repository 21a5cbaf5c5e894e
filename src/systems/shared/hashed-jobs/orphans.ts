import { SluiceError } from '../../../domain/errors.ts'
import type { JobPage } from '../../../domain/job.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../handles.ts'
import type { PageRequest, ScannedJob, ScanStep } from '../../system.ts'
import { type StoredJob, summaryOf, textOf } from './decode.ts'
import { baseOf, keyOfState, keysOfJob, type Layout, placesByType } from './layout.ts'
import { clockOf, isWrongType, itemsOf } from './replies.ts'
import { readJobs } from './rows.ts'

/** How far one page looks: SCANs, keys a SCAN, and orphans after which it stops. */
const scans = 20
const scanSize = 1000
const enough = 1000
/** Ids of each list that are compared, and how many of them one LRANGE reads. */
const listLimit = 50_000
const listStep = 10_000

/** Fields that make a hash a job, or what is left of one. */
const jobFields = ['timestamp', 'processedOn', 'finishedOn', 'attemptsMade', 'atm', 'delay', 'priority']

/** Hashes beside the jobs: settings, schedules, metrics, limiters, deduplication, and what belongs to a job. */
const notJobs = /^(meta$|repeat:|metrics:|limiter:|de:|dn:)|:(lock|logs|dependencies|processed|failed|unsuccessful)$/

/** The keys of a queue that hold ids. */
interface IdKeys {
  readonly lists: readonly string[]
  readonly sets: readonly string[]
}

/**
 * At most 25 round trips: hashes of jobs whose id is in no state, so that neither the library nor its workers will ever
 * see them. All keys of the database are walked by SCAN, up to 20,000 of them a page, and their ids looked for in the
 * sorted sets (ZMSCORE, Redis 6.2) and in the lists, which are read before the walk and after it: a job that moves
 * meanwhile shows in one of the places. `partial` says how far it looked.
 */
export async function orphanPage(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  { offset, limit }: PageRequest,
): Promise<JobPage> {
  const nothing = (partial: string): JobPage => ({ total: 0, offset, jobs: [], partial })
  const ids = await listedIds(layout, reader, queue)
  if ('tooMany' in ids) return nothing(ids.tooMany)
  const { keys, now, size } = ids
  const walk = await walkKeys(reader, queue, keys, ids.listed, '0', scans)
  if (walk.refused !== null) return nothing(`Redis does not let this be looked for: ${walk.refused.message}`)
  const lost = (await keepLost(reader, queue, keys, walk.found)).sort((a, b) => a.compare(b))
  const entries = lost.slice(offset, offset + limit).map((id) => ({ id, score: null }))
  const jobs = await readJobs(layout, reader, queue, 'orphans', entries)
  const among = size === null ? '' : ` of ${size}`
  return {
    total: lost.length,
    offset,
    jobs: jobs.map((job) => summaryOf(layout, job, 'orphans', now)),
    partial: walk.whole ? null : `Looked through about ${walk.looked}${among} keys: there may be more.`,
  }
}

/**
 * At most 5 round trips per 20,000 keys of the database and 1 per step: all orphans, found as a page finds them. Only the
 * ids that were told are kept, because SCAN may come by a key twice. Throws UNSUPPORTED where a list is too long to look
 * through, and what Redis refuses.
 */
export async function* scanOrphans(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  chunk: number,
  payloads: boolean,
): AsyncGenerator<ScanStep, void, void> {
  const told = new Set<string>()
  for (let cursor = '0', whole = false; !whole; ) {
    const ids = await listedIds(layout, reader, queue)
    if ('tooMany' in ids) throw new SluiceError('UNSUPPORTED', ids.tooMany)
    const walk = await walkKeys(reader, queue, ids.keys, ids.listed, cursor, scans)
    if (walk.refused !== null) throw walk.refused
    cursor = walk.cursor
    whole = walk.whole
    const lost = (await keepLost(reader, queue, ids.keys, walk.found)).filter((id) => !told.has(textIn(id)))
    for (let from = 0; from < lost.length; from += chunk) {
      const some = lost.slice(from, from + chunk)
      for (const id of some) told.add(textIn(id))
      const jobs = await readOrphans(layout, reader, queue, some, payloads)
      yield { jobs, behind: told.size, total: told.size + lost.length - from - some.length }
    }
  }
}

/** The jobs of these hashes, whole; those that are gone are left out. */
async function readOrphans(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  ids: readonly Buffer[],
  payloads: boolean,
): Promise<ScannedJob[]> {
  const jobs = await readJobs(layout, reader, queue, 'orphans', ids.map((id) => ({ id, score: null }))) // biome-ignore format: one line
  const data = new Map<Buffer, Buffer>()
  let group: typeof jobs = []
  const fetch = async () => {
    if (group.length === 0) return
    const replies = await reader.pipeline(group.map(({ id }): Command => ['HGET', keysOfJob(layout, queue, id).hash, 'data'])) // biome-ignore format: one line
    for (const [i, { id }] of group.entries()) if (Buffer.isBuffer(replies[i])) data.set(id, replies[i] as Buffer)
    group = []
  }
  for (const job of payloads ? jobs : []) {
    group.push(job)
    if (group.reduce((sum, { size }) => sum + size, 0) > 1024 * 1024) await fetch()
  }
  await fetch()
  return jobs.map((job) => scannedOrphan(layout, job, data.get(job.id) ?? null))
}

function scannedOrphan(layout: Layout, job: StoredJob, payload: Buffer | null): ScannedJob {
  const summary = summaryOf(layout, job, 'orphans', Date.now())
  return {
    ref: summary.ref,
    bytes: job.size,
    payload: () => payload ?? Buffer.alloc(0),
    error: () => textOf(job, 'failedReason'),
    at: () => summary.at,
    summary: () => summary,
  }
}

/** The ids of all lists, or why there are too many; the time and the number of keys, null where that is not told. */
async function listedIds(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
): Promise<{ keys: IdKeys; listed: ReadonlySet<string>; now: number; size: number | null } | { tooMany: string }> {
  const states = placesByType(layout)
  const keys: IdKeys = {
    lists: states.lists.map((state) => keyOfState(layout, queue, state)),
    sets: states.sets.map((state) => keyOfState(layout, queue, state)),
  }
  const lengths = keys.lists.map((key): Command => ['LLEN', key])
  const [time, size, ...replies] = await reader.pipeline([['TIME'], ['DBSIZE'], ...lengths, ...readLists(keys)])
  const unread = refusalIn(replies)
  if (unread !== null) throw unread
  for (const [i, key] of keys.lists.entries()) {
    const length = replies[i]
    if (typeof length !== 'number' || length <= listLimit) continue
    return {
      tooMany: `${key} holds ${length} ids, more than can be looked through: a lost hash cannot be told from a job there.`,
    }
  }
  const listed = idsIn(replies.slice(keys.lists.length))
  return { keys, listed, now: clockOf(time), size: typeof size === 'number' ? size : null }
}

/** Commands that read all ids of the lists, up to the limit, each a part that Redis gives in about a millisecond. */
function readLists({ lists }: IdKeys): Command[] {
  const parts = Array.from({ length: listLimit / listStep }, (_, i) => i * listStep)
  return lists.flatMap((key) => parts.map((from): Command => ['LRANGE', key, from, from + listStep - 1]))
}

const idsIn = (parts: readonly Reply[]) => new Set(parts.flatMap((part) => itemsOf(part).map(textIn)))

/** Whether no sorted set scored the id at this index of those that ZMSCORE was asked for. */
const isUnscored = (scores: readonly Reply[], i: number) => scores.every((each) => (itemsOf(each)[i] ?? null) === null)

/** Why a place could not be looked into: unseen, all its jobs would pass for lost. A key of another type holds none. */
function refusalIn(replies: readonly Reply[]): Error | null {
  const refused = replies.find((reply) => reply instanceof Error && !isWrongType(reply))
  return refused instanceof Error ? refused : null
}

const textIn = (reply: Reply) => (Buffer.isBuffer(reply) ? reply.toString('latin1') : '')

/** Ids of hashes that may be lost jobs, each looked for in the sets on the trip after the one that found it. */
async function walkKeys(
  reader: Reader,
  queue: QueueRef,
  { sets }: IdKeys,
  listed: ReadonlySet<string>,
  from: string,
  most: number,
) {
  const base = Buffer.from(baseOf(queue))
  const pattern = `${baseOf(queue).replace(/[*?[\]\\]/g, '\\$&')}*`
  const found = new Map<string, Buffer>()
  let cursor = from
  let pending: Buffer[] = []
  let trips = 0
  let whole = false
  while (pending.length > 0 || (!whole && trips < most && found.size < enough)) {
    const scanning = !whole && trips < most && found.size < enough
    const asked = pending
    // SCAN names no key: in a cluster it goes where the queue is, which another command has to say.
    const commands: Command[] =
      asked.length === 0 ? [['EXISTS', sets[0] ?? base]] : sets.map((key) => ['ZMSCORE', key, ...asked])
    if (scanning) commands.unshift(['SCAN', cursor, 'MATCH', pattern, 'COUNT', scanSize, 'TYPE', 'hash'])
    const replies = await reader.pipeline(commands)
    const refused = refusalIn(replies)
    if (refused !== null) return { refused, found: [], looked: 0, whole: false, cursor }
    pending = []
    if (scanning) {
      trips++
      const [next, keys] = itemsOf(replies.shift())
      cursor = String(next)
      whole = cursor === '0'
      const ids = itemsOf(keys).flatMap((key) => (Buffer.isBuffer(key) ? [key.subarray(base.length)] : []))
      pending = ids.filter((id) => id.length > 0 && !notJobs.test(textIn(id)) && !listed.has(textIn(id)))
    }
    for (const [i, id] of asked.entries()) {
      if (isUnscored(replies, i)) found.set(textIn(id), id)
    }
  }
  return { refused: null, found: [...found.values()], looked: trips * scanSize, whole, cursor }
}

/**
 * Those ids that are still nowhere, whose hash has a field of a job, and which are no job of another queue: the keys of
 * `P:Q:` begin those of a queue `Q:R` too, which shows in a counter or settings of its own.
 */
async function keepLost(reader: Reader, queue: QueueRef, keys: IdKeys, ids: readonly Buffer[]): Promise<Buffer[]> {
  if (ids.length === 0) return []
  const base = Buffer.from(baseOf(queue))
  const parts = [...new Set(ids.flatMap((id) => partsOf(textIn(id))))]
  const beside = (part: string, suffix: string) => Buffer.concat([base, Buffer.from(`${part}:${suffix}`, 'latin1')])
  const hashes = ids.flatMap((id): Command[] => [
    ['HMGET', Buffer.concat([base, id]), ...jobFields],
    ['HSTRLEN', Buffer.concat([base, id]), 'data'],
  ])
  const within = parts.map((part): Command => ['EXISTS', beside(part, 'id'), beside(part, 'meta')])
  const again = readLists(keys)
  const scored = keys.sets.map((key): Command => ['ZMSCORE', key, ...ids])
  const replies = await reader.pipeline([...hashes, ...within, ...again, ...scored])
  const refused = refusalIn(replies)
  if (refused !== null) throw refused
  const found = replies.splice(0, hashes.length)
  const inner = replies.splice(0, within.length)
  const listed = idsIn(replies.splice(0, again.length))
  const queues = new Set(parts.filter((_, i) => inner[i] !== 0))
  return ids.filter((id, i) => {
    const size = found[2 * i + 1]
    const isJob = itemsOf(found[2 * i]).some((field) => field !== null) || (typeof size === 'number' && size > 0)
    const elsewhere = listed.has(textIn(id)) || !isUnscored(replies, i)
    return isJob && !elsewhere && !partsOf(textIn(id)).some((part) => queues.has(part))
  })
}

/** What stands before each colon of an id. */
function partsOf(id: string): string[] {
  return [...id.matchAll(/:/g)].map(({ index }) => id.slice(0, index))
}
