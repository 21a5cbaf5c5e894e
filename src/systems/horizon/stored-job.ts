import { isRefused } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../handles.ts'
import { headBytes, tailBytes } from '../shared/elements/elements.lua.ts'
import { keyOf } from './keys.ts'

/** Texts of a job's hash that are read whole; the payload and the exception are cut. */
export const textFields = [
  'status',
  'name',
  'connection',
  'queue',
  'created_at',
  'updated_at',
  'reserved_at',
  'completed_at',
  'failed_at',
  'retried_by',
  'context',
] as const
type Field = (typeof textFields)[number]

/** A job's hash as far as it was read. `type` is that of the key: none for one that expired or was never written. */
export interface StoredJob {
  readonly id: string
  /** The score by which the sorted set holds it, as text. */
  readonly score: string
  readonly type: string
  readonly values: Readonly<Partial<Record<Field, string>>>
  /** The payload's beginning, its end where that is not in it, and its size; null where the hash has none. */
  readonly payload: { readonly bytes: Buffer; readonly tail: Buffer; readonly size: number } | null
  readonly exception: string
}

/** How much is read of a job. */
export interface Part {
  readonly head: number
  readonly tail: number
  readonly exception: number
  /** Of each other text. */
  readonly text: number
}
export const rowPart: Part = { head: headBytes, tail: tailBytes, exception: 500, text: 1000 }

/** One hash, its own script for each, so that a cluster finds its slot. ARGV: the parts. */
const readLua = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' then return { kind } end
local head, tail, most, text = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local payload, exception = unpack(redis.call('HMGET', KEYS[1], 'payload', 'exception'))
local values = redis.call('HMGET', KEYS[1], ${textFields.map((field) => `'${field}'`).join(', ')})
for i, v in ipairs(values) do values[i] = v and string.sub(v, 1, text) end
local ending = tail > 0 and payload and #payload > head + tail and string.sub(payload, -tail) or ''
if payload and tail > 0 and #payload <= head + tail then head = head + tail end
return { kind, payload and #payload, payload and string.sub(payload, 1, head), ending,
  exception and string.sub(exception, 1, most) or '', values }`

export interface Entry {
  readonly id: string
  readonly score: string
}

function readCommand(queue: QueueRef, id: string, part: Part): Command {
  return ['EVAL', readLua, 1, keyOf(queue, id), part.head, part.tail, part.exception, part.text]
}

const text = (reply: Reply | undefined) => (reply instanceof Buffer ? reply.toString('utf8') : undefined)

function storedOf({ id, score }: Entry, reply: Reply | undefined): StoredJob {
  const [kind, size, bytes, tail, exception, values] = Array.isArray(reply) ? reply : []
  const found = Array.isArray(values) ? values : []
  return {
    id,
    score,
    type: text(kind) ?? 'none',
    values: Object.fromEntries(
      textFields.flatMap((field, i) => (text(found[i]) === undefined ? [] : [[field, text(found[i])]])),
    ),
    payload:
      typeof size === 'number' && bytes instanceof Buffer
        ? { bytes, tail: tail instanceof Buffer ? tail : Buffer.alloc(0), size }
        : null,
    exception: text(exception) ?? '',
  }
}

/**
 * 1 round trip: as much of each job as `part` says. For a user who may not run scripts 2 round trips, and of each job the
 * short texts and the size of its payload alone.
 */
export async function readJobs(
  reader: Reader,
  queue: QueueRef,
  entries: readonly Entry[],
  part: Part,
): Promise<StoredJob[]> {
  if (entries.length === 0) return []
  const replies = await reader.pipeline(entries.map(({ id }) => readCommand(queue, id, part)))
  if (!isRefused(replies[0])) return entries.map((entry, i) => storedOf(entry, replies[i]))
  const plain = await reader.pipeline(
    entries.flatMap(({ id }): Command[] => [
      ['HSTRLEN', keyOf(queue, id), 'payload'],
      ['HMGET', keyOf(queue, id), ...textFields],
    ]),
  )
  return entries.map((entry, i) => {
    const [size, values] = plain.slice(2 * i, 2 * i + 2)
    const kind = Array.isArray(values) && values.some((value) => value !== null) ? 'hash' : 'none'
    return storedOf(entry, [Buffer.from(kind), size ?? null, Buffer.alloc(0), null, null, values ?? null])
  })
}

/** 1 round trip: the job, if the set still holds it by this score; else null. One more for a user who may not run scripts. */
export async function readJob(
  reader: Reader,
  queue: QueueRef,
  set: string,
  entry: Entry,
  part: Part,
): Promise<StoredJob | null> {
  const [score, reply] = await reader.pipeline([['ZSCORE', set, entry.id], readCommand(queue, entry.id, part)])
  if (!(score instanceof Buffer) || Number(score.toString()) !== Number(entry.score)) return null
  if (isRefused(reply)) return (await readJobs(reader, queue, [entry], part))[0] ?? null
  return storedOf(entry, reply)
}
