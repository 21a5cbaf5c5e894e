import { SluiceError } from '../../domain/errors.ts'
import type { JobPage } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../handles.ts'
import type { PageRequest } from '../system.ts'
import { type StoredJob, summaryOf } from './decode.ts'
import { isStateId, keyOfState, keysOfJob, type Place, places, type StateId } from './keys.ts'
import { pageBudget, plainBudget, previewBytes, rowFields, rowsLua } from './lua.ts'
import { isWrongType, itemsOf, numberOf } from './replies.ts'

/** An id of a page, with its score where the state is a sorted set. */
interface Entry {
  readonly id: Buffer
  readonly score: number | null
}

/**
 * 2 round trips (4 where the user may not run scripts): the ids, then a bounded part of each job's hash; never more than
 * the page. Cost of the ids: O(offset) on lists, counted from the tail, O(log n) on sorted sets. Bull 4.
 */
export async function page(
  reader: Reader,
  queue: QueueRef,
  state: string,
  { offset, limit }: PageRequest,
): Promise<JobPage> {
  if (!isStateId(state)) throw new SluiceError('INVALID_INPUT', `Bull has no state ${state}.`)
  const key = keyOfState(queue, state)
  const { type, first } = places[state]
  const [total, ids, time] = await reader.pipeline([
    [type === 'list' ? 'LLEN' : 'ZCARD', key],
    rangeOf(key, first, offset, limit),
    ['TIME'],
  ])
  const failed = [total, ids].find((reply) => reply instanceof Error)
  if (isWrongType(failed)) {
    return { total: 0, offset, jobs: [], partial: `The key ${key} is not the ${type} that Bull keeps there.` }
  }
  if (failed instanceof Error) throw failed
  const jobs = await readJobs(reader, queue, state, entriesOf(ids, type === 'zset'))
  const now = clockOf(time)
  return {
    total: typeof total === 'number' ? total : 0,
    offset,
    jobs: jobs.map((job) => summaryOf(job, state, now)),
    partial: null,
  }
}

function rangeOf(key: string, first: Place['first'], offset: number, limit: number): Command {
  if (first === 'tail') return ['LRANGE', key, -(offset + limit), -(offset + 1)]
  return [first === 'lowest' ? 'ZRANGE' : 'ZREVRANGE', key, offset, offset + limit - 1, 'WITHSCORES']
}

function entriesOf(reply: Reply | undefined, scored: boolean): Entry[] {
  const items = itemsOf(reply)
  const entries = items.flatMap((id, i): Entry[] => {
    if (!Buffer.isBuffer(id) || (scored && i % 2 === 1)) return []
    return [{ id, score: scored ? numberOf(items[i + 1]) : null }]
  })
  return scored ? entries : entries.reverse()
}

/** Epoch ms by the server's clock, which producers' clocks follow better than this computer's; else this computer's. */
export function clockOf(reply: Reply | undefined): number {
  const [seconds, micros] = itemsOf(reply).map(numberOf)
  return seconds == null ? Date.now() : seconds * 1000 + Math.floor((micros ?? 0) / 1000)
}

async function readJobs(
  reader: Reader,
  queue: QueueRef,
  state: StateId,
  entries: readonly Entry[],
): Promise<StoredJob[]> {
  if (entries.length === 0) return []
  const jobs = entries.map(({ id }) => keysOfJob(queue, id))
  const keys = jobs.map(({ hash }) => hash)
  const locks = state === 'active' ? jobs.map(({ lock }) => lock) : []
  const count = keys.length + locks.length
  const [rows] = await reader.pipeline([
    ['EVAL', rowsLua, count, ...keys, ...locks, keys.length, previewBytes, pageBudget, ...rowFields.flat()],
  ])
  if (!Array.isArray(rows)) return readPlainly(reader, entries, keys, locks)
  return entries.map((entry, i) => {
    const [size, data, locked, ...values] = itemsOf(rows[i])
    return jobOf(entry, rows[i] === -1, size, data, locked === 1, values)
  })
}

/** The same without a script, in 2 round trips: only the payloads that fit a budget are read, and they travel whole. */
async function readPlainly(
  reader: Reader,
  entries: readonly Entry[],
  keys: readonly Buffer[],
  locks: readonly Buffer[],
): Promise<StoredJob[]> {
  const names = rowFields.map(([name]) => name)
  const replies = await reader.pipeline([
    ...keys.flatMap((key): Command[] => [
      ['HSTRLEN', key, 'data'],
      ['HMGET', key, ...names],
    ]),
    ...locks.map((lock) => ['EXISTS', lock] as const),
  ])
  const refused = replies.find((reply) => reply instanceof Error && !isWrongType(reply))
  if (refused instanceof Error) throw refused
  let budget = plainBudget
  const wanted = keys.filter((_, i) => {
    const size = replies[2 * i]
    if (typeof size !== 'number' || size > budget) return false
    budget -= size
    return true
  })
  const payloads = wanted.length === 0 ? [] : await reader.pipeline(wanted.map((key) => ['HGET', key, 'data'] as const))
  const data = new Map(wanted.map((key, i) => [key, payloads[i]]))
  return entries.map((entry, i) => {
    const size = replies[2 * i]
    const locked = replies[2 * keys.length + i] === 1
    return jobOf(entry, isWrongType(size), size, data.get(keys[i] as Buffer), locked, itemsOf(replies[2 * i + 1]))
  })
}

function jobOf(
  { id, score }: Entry,
  wrongType: boolean,
  size: Reply | undefined,
  data: Reply | undefined,
  locked: boolean,
  values: readonly Reply[],
): StoredJob {
  const fields = new Map<string, Buffer>()
  for (const [i, [name, limit]] of rowFields.entries()) {
    const value = values[i]
    if (Buffer.isBuffer(value)) fields.set(name, value.subarray(0, limit))
  }
  return {
    id,
    score,
    wrongType,
    locked,
    fields,
    data: Buffer.isBuffer(data) ? data.subarray(0, previewBytes) : null,
    size: typeof size === 'number' && size > 0 ? size : 0,
  }
}
