import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../handles.ts'
import type { StoredJob } from './decode.ts'
import { keysOfJob, type Layout } from './layout.ts'
import { pageBudget, plainBudget, previewBytes, rowsLua } from './lua.ts'
import { markOf } from './refs.ts'
import { isWrongType, itemsOf } from './replies.ts'

/** An id of a page, with its score where the state is a sorted set. */
export interface Entry {
  readonly id: Buffer
  readonly score: number | null
}

/** Fields that a list row needs, and how many bytes of each. */
export function rowFields(layout: Layout): (readonly [name: string, bytes: number])[] {
  return [
    ['name', 256],
    ['opts', 4096],
    ['timestamp', 32],
    ['processedOn', 32],
    ['finishedOn', 32],
    ...layout.attempts.map((name) => [name, 32] as const),
    ['progress', 64],
    ['failedReason', 1024],
  ]
}

/** 1 round trip (2 where the user may not run scripts), none for no entries: a bounded part of each job's hash. */
export async function readJobs(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  state: string,
  entries: readonly Entry[],
): Promise<StoredJob[]> {
  if (entries.length === 0) return []
  const wanted = rowFields(layout)
  const jobs = entries.map(({ id }) => keysOfJob(layout, queue, id))
  const keys = jobs.map(({ hash }) => hash)
  const locks = state === 'active' || state === 'stalled' ? jobs.map(({ lock }) => lock) : []
  const count = keys.length + locks.length
  const [rows] = await reader.pipeline([
    ['EVAL', rowsLua, count, ...keys, ...locks, keys.length, previewBytes, pageBudget, ...wanted.flat()],
  ])
  if (!Array.isArray(rows)) return readPlainly(reader, entries, keys, locks, wanted)
  return entries.map((entry, i) => {
    const [size, data, mark, locked, ...values] = itemsOf(rows[i])
    const seen = Buffer.isBuffer(mark) ? mark.toString('latin1') : ''
    return jobOf(entry, rows[i] === -1, size, data, seen, locked === 1, fieldsOf(wanted, values))
  })
}

/** The same without a script, in 2 round trips: only the payloads that fit a budget are read, and they travel whole. */
async function readPlainly(
  reader: Reader,
  entries: readonly Entry[],
  keys: readonly Buffer[],
  locks: readonly Buffer[],
  fields: ReturnType<typeof rowFields>,
): Promise<StoredJob[]> {
  const names = fields.map(([name]) => name)
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
    const payload = data.get(keys[i] as Buffer)
    const mark = Buffer.isBuffer(payload) ? markOf(payload) : ''
    const locked = replies[2 * keys.length + i] === 1
    return jobOf(entry, isWrongType(size), size, payload, mark, locked, fieldsOf(fields, itemsOf(replies[2 * i + 1])))
  })
}

function fieldsOf(wanted: ReturnType<typeof rowFields>, values: readonly Reply[]): Map<string, Buffer> {
  const fields = new Map<string, Buffer>()
  for (const [i, [name, limit]] of wanted.entries()) {
    const value = values[i]
    if (Buffer.isBuffer(value)) fields.set(name, value.subarray(0, limit))
  }
  return fields
}

function jobOf(
  { id, score }: Entry,
  wrongType: boolean,
  size: Reply | undefined,
  data: Reply | undefined,
  mark: string,
  locked: boolean,
  fields: ReadonlyMap<string, Buffer>,
): StoredJob {
  return {
    id,
    score,
    wrongType,
    locked,
    fields,
    mark,
    data: Buffer.isBuffer(data) ? data.subarray(0, previewBytes) : null,
    size: typeof size === 'number' && size > 0 ? size : 0,
  }
}
