import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../handles.ts'
import { type JobKeys, keyOfState, keysOfJob, type Layout, placeOf, placesByType } from './layout.ts'
import { childLimit, fieldBytes, jobLua, logLimit, lookLimit, stackBytes } from './lua.ts'
import { markOf } from './refs.ts'
import { clockOf, isWrongType, itemsOf, numberOf, stringOf } from './replies.ts'

/** A field of a job's hash: its name, the size of its value, and the value or its beginning. */
export interface Field {
  readonly name: string
  readonly size: number
  readonly value: Buffer
}

/** All that was read of one job. */
export interface Sighting {
  readonly fields: readonly Field[]
  /** Mark of the payload, see refs.ts. */
  readonly mark: string
  readonly wrongType: boolean
  /** The states that hold the id, with its score where they are sorted sets. */
  readonly found: ReadonlyMap<string, number | null>
  /** Not every state could be looked through. */
  readonly unsure: boolean
  /** A state whose list is too long to say that the id is not there. */
  readonly hidden: string | null
  readonly lock: { readonly token: string; readonly ttl: number } | null
  /** The last lines, oldest first. */
  readonly logs: readonly string[]
  readonly logCount: number
  /** Of a parent: how many children wait, ended, failed but are ignored, and failed, and the keys of some. */
  readonly children: readonly { readonly count: number; readonly keys: readonly string[] }[]
}

/**
 * 1 round trip, one script that sees one moment (2 where the user may not run scripts, and then the whole hash travels).
 * O(1) but for LPOS: up to 10,000 ids from the end of each list that runs next. `now` is epoch ms by the server's clock.
 * @param limit bytes of payload and result that are kept
 */
export async function sight(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  id: Buffer,
  limit: number,
): Promise<{ sighting: Sighting; now: number }> {
  const own = keysOfJob(layout, queue, id)
  const { lists, sets } = placesByType(layout)
  const states = [...lists, ...sets]
  const places = states.map((each) => keyOfState(layout, queue, each))
  const keys = [own.hash, own.lock, own.logs, ...own.children, ...places]
  const kept = Number.isFinite(limit) ? limit : -1
  const [reply, time] = await reader.pipeline([
    ['EVAL', jobLua, keys.length, ...keys, id, kept, lists.length, ...states],
    ['TIME'],
  ])
  const sighting = Array.isArray(reply)
    ? sightingOf(layout, reply)
    : await sightPlainly(layout, reader, queue, id, own, limit)
  return { sighting, now: clockOf(time) }
}

/**
 * The asked state if the id is (or may be) still there, else where it is; null for nowhere. Of a job in `active` the
 * view `stalled` is as true a name while nobody holds its lock, and of a hash that is nowhere `orphans`.
 */
export function stateNow({ found, unsure, fields, lock }: Sighting, asked: string): string | null {
  if (found.has(asked)) return asked
  if (asked === 'stalled' && lock === null && found.has('active')) return asked
  const [elsewhere] = found.keys()
  if (elsewhere !== undefined) return elsewhere
  return fields.length > 0 && (asked === 'orphans' || (unsure && asked !== 'stalled')) ? asked : null
}

function sightingOf(layout: Layout, reply: readonly Reply[]): Sighting {
  const [fields, placesFound, unsure, token, ttl, logs, logCount, mark, children, hidden] = reply
  const pairs = itemsOf(placesFound)
  const found = new Map<string, number | null>()
  for (let i = 0; i < pairs.length; i += 2) {
    const state = String(pairs[i])
    if (placeOf(layout, state) !== null) found.set(state, numberOf(pairs[i + 1]))
  }
  return {
    fields: itemsOf(fields).flatMap((field): Field[] => {
      const [name, size, value] = itemsOf(field)
      return Buffer.isBuffer(name) && typeof size === 'number' && Buffer.isBuffer(value)
        ? [{ name: name.toString('utf8'), size, value }]
        : []
    }),
    mark: Buffer.isBuffer(mark) ? mark.toString('latin1') : '',
    wrongType: false,
    found,
    unsure: unsure === 1,
    hidden: stringOf(hidden),
    children: itemsOf(children).map((sort) => {
      const [count, keys] = itemsOf(sort)
      return childrenOf(count, keys)
    }),
    ...sideOf(token, ttl, logs, logCount),
  }
}

/** The same by plain reads. They are not one moment: a job that moves meanwhile may be seen nowhere, so nothing is sure. */
async function sightPlainly(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  id: Buffer,
  own: JobKeys,
  limit: number,
): Promise<Sighting> {
  const { lists, sets } = placesByType(layout)
  const family = own.children.flatMap((key, i) => childReads[i]?.(key) ?? [])
  const [hash, token, ttl, lines, count, ...rest] = await reader.pipeline([
    ['HGETALL', own.hash],
    ['GET', own.lock],
    ['PTTL', own.lock],
    ['LRANGE', own.logs, -logLimit, -1],
    ['LLEN', own.logs],
    ...family,
    ...lists.map((state) => ['LPOS', keyOfState(layout, queue, state), id, 'RANK', -1, 'MAXLEN', lookLimit] as const),
    ...sets.map((state) => ['ZSCORE', keyOfState(layout, queue, state), id] as const),
    ...lists.map((state) => ['LLEN', keyOfState(layout, queue, state)] as const),
  ])
  if (hash instanceof Error && !isWrongType(hash)) throw hash
  const searched = rest.slice(family.length)
  const lengths = searched.slice(lists.length + sets.length)
  const found = new Map<string, number | null>()
  for (const [i, state] of [...lists, ...sets].entries()) {
    const reply = searched[i]
    if (typeof reply === 'number') found.set(state, null)
    else if (Buffer.isBuffer(reply)) found.set(state, numberOf(reply))
  }
  const flat = itemsOf(hash)
  const whole = flat.flatMap((name, i): { name: string; value: Buffer }[] => {
    const value = flat[i + 1]
    return i % 2 === 0 && Buffer.isBuffer(name) && Buffer.isBuffer(value)
      ? [{ name: name.toString('utf8'), value }]
      : []
  })
  const data = whole.find(({ name }) => name === 'data')
  return {
    fields: whole.map(({ name, value }) => ({
      name,
      size: value.length,
      value: value.subarray(0, keptOf(name, limit)),
    })),
    mark: data ? markOf(data.value) : '',
    wrongType: hash instanceof Error,
    found,
    unsure: true,
    hidden: lists.find((_, i) => Number(lengths[i]) > lookLimit) ?? null,
    children: own.children.map((_, i) => childrenOf(rest[2 * i], rest[2 * i + 1])),
    ...sideOf(token, ttl, lines, count),
  }
}

const childReads: readonly ((key: Buffer) => Command[])[] = [
  (key: Buffer) => [
    ['SCARD', key],
    ['SRANDMEMBER', key, childLimit],
  ],
  (key: Buffer) => [
    ['HLEN', key],
    ['HRANDFIELD', key, childLimit],
  ],
  (key: Buffer) => [
    ['HLEN', key],
    ['HRANDFIELD', key, childLimit],
  ],
  (key: Buffer) => [
    ['ZCARD', key],
    ['ZRANGE', key, 0, childLimit - 1],
  ],
]

/** Keys of a parent's children come in no order of their own: sorted, a drawer that is read again does not jump. */
function childrenOf(count: Reply | undefined, keys: Reply | undefined): Sighting['children'][number] {
  const names = itemsOf(keys).flatMap((key) => (Buffer.isBuffer(key) ? [key.toString('utf8')] : []))
  return { count: typeof count === 'number' ? count : 0, keys: names.sort() }
}

const keptOf = (name: string, limit: number) =>
  name === 'data' || name === 'returnvalue' ? limit : name === 'stacktrace' ? stackBytes : fieldBytes

function sideOf(
  token: Reply | undefined,
  ttl: Reply | undefined,
  logs: Reply | undefined,
  logCount: Reply | undefined,
) {
  return {
    lock: Buffer.isBuffer(token) ? { token: token.toString('utf8'), ttl: typeof ttl === 'number' ? ttl : -1 } : null,
    logs: itemsOf(logs).flatMap((line) =>
      Buffer.isBuffer(line) ? [line.subarray(0, fieldBytes).toString('utf8')] : [],
    ),
    logCount: typeof logCount === 'number' ? logCount : 0,
  }
}
