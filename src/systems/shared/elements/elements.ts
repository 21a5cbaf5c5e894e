import { isRefused } from '../../../domain/errors.ts'
import type { JobPage, JobSummary } from '../../../domain/job.ts'
import { type JsonScalar, members, readFields } from '../../../domain/json-text.ts'
import { detailLimit } from '../../../domain/stored-text.ts'
import type { Command, Reader, Reply } from '../../handles.ts'
import type { PageRequest } from '../../system.ts'
import { digestOf } from './digest.ts'
import { findLua, headBytes, headLua, pageLua, setLimit, tailBytes } from './elements.lua.ts'

/** An element of a list, sorted set or set that is itself a job: its beginning, and its end where that is not in it. */
export interface Element {
  /** Type, place and fingerprint: what finds it again. */
  readonly ref: string
  readonly size: number
  readonly bytes: Buffer
  readonly tail: Buffer
  /** The score in a sorted set; null elsewhere. */
  readonly score: number | null
}

/** The type of a key that a queue system may find where it expects `wanted`; null when that is one of them or absent. */
export function wrongType(key: string, type: string, wanted: readonly string[]): string | null {
  if (type === 'none' || wanted.includes(type)) return null
  return `${key} is a ${type}, but this queue system keeps a ${wanted.join(' or a ')} there.`
}

const text = (reply: Reply | undefined): string => (reply instanceof Buffer ? reply.toString('utf8') : '')
const array = (reply: Reply | undefined): Reply[] => (Array.isArray(reply) ? reply : [])

function elementOf(type: string, row: Reply): Element[] {
  const [place, digest, size, bytes, tail] = array(row)
  if (typeof size !== 'number' || !(bytes instanceof Buffer)) return []
  return [
    {
      ref: `${type}:${text(place)}:${text(digest)}`,
      size,
      bytes,
      tail: tail instanceof Buffer ? tail : Buffer.alloc(0),
      score: type === 'zset' ? Number(text(place)) : null,
    },
  ]
}

/** An element that was read whole, as the scripts would have given it. */
export function elementFrom(type: string, place: string, whole: Buffer, limit = headBytes + tailBytes): Element {
  const cut = whole.length > limit
  return {
    ref: `${type}:${place}:${digestOf(whole)}`,
    size: whole.length,
    bytes: cut && limit === headBytes + tailBytes ? whole.subarray(0, headBytes) : whole.subarray(0, limit),
    tail: cut ? whole.subarray(-tailBytes) : Buffer.alloc(0),
    score: type === 'zset' ? Number(place) : null,
  }
}

/**
 * A page of a key whose elements are jobs. 1 round trip; of each element at most 5 KB, so never more than the page.
 * For a user who may not run scripts 2 round trips, with the page's elements whole.
 * @param order `head`: offset 0 is the first element; `tail`: it is the last one (lists and sorted sets)
 * @param wanted the types that the key may have; another one gives an empty page that says so
 */
export async function pageOfElements(
  reader: Reader,
  key: string,
  wanted: readonly string[],
  order: 'head' | 'tail',
  { offset, limit }: PageRequest,
  summary: (element: Element) => JobSummary,
): Promise<JobPage> {
  const { type, total, elements } = await readPage(reader, key, order, { offset, limit })
  const wrong = wrongType(key, type, wanted)
  if (wrong !== null) return { total: 0, offset, jobs: [], partial: wrong }
  const partial =
    type === 'set' && total > setLimit
      ? `Showing ${setLimit.toLocaleString('en')} of ${total.toLocaleString('en')}: a set cannot be paged.`
      : null
  return { total, offset, jobs: elements.map(summary), partial }
}

async function readPage(reader: Reader, key: string, order: 'head' | 'tail', request: PageRequest) {
  try {
    const { offset, limit } = request
    const reply = await reader.call('EVAL', pageLua, 1, key, offset, limit, order === 'tail' ? '1' : '0')
    const [kind, total, ...rows] = array(reply)
    const type = text(kind)
    return { type, total: Number(total ?? 0), elements: rows.flatMap((row) => elementOf(type, row)) }
  } catch (error) {
    if (!isRefused(error)) throw error
    return readPageWithoutScripts(reader, key, order, request)
  }
}

async function readPageWithoutScripts(
  reader: Reader,
  key: string,
  order: 'head' | 'tail',
  { offset, limit }: PageRequest,
) {
  const type = String(await reader.call('TYPE', key))
  const backwards = order === 'tail' && type !== 'set'
  const [from, to] = backwards ? [-offset - limit, -offset - 1] : [offset, offset + limit - 1]
  if (type === 'set') {
    const whole = (await readSet(reader, key)).map((bytes) => elementFrom(type, '', bytes))
    whole.sort((a, b) => (a.ref < b.ref ? -1 : 1))
    const total = Number(await reader.call('SCARD', key))
    return { type, total, elements: whole.slice(offset, offset + limit) }
  }
  if (type !== 'list' && type !== 'zset') return { type, total: 0, elements: [] }
  const [size, reply] = await reader.pipeline(
    type === 'list'
      ? [
          ['LLEN', key],
          ['LRANGE', key, from, to],
        ]
      : [
          ['ZCARD', key],
          ['ZRANGE', key, from, to, 'WITHSCORES'],
        ],
  )
  const total = typeof size === 'number' ? size : 0
  // Redis clips a range that begins before the first element: the places below count from what it really gave.
  const first = backwards ? Math.max(0, total + from) : from
  const given = array(reply)
  const elements =
    type === 'list'
      ? given.map((bytes, i) => elementFrom(type, String(first + i), bytes as Buffer))
      : given.flatMap((bytes, i) => (i % 2 === 0 ? [elementFrom(type, text(given[i + 1]), bytes as Buffer)] : []))
  if (offset >= total) return { type, total, elements: [] }
  return { type, total, elements: backwards ? elements.reverse() : elements }
}

async function readSet(reader: Reader, key: string): Promise<Buffer[]> {
  const seen = new Map<string, Buffer>()
  let cursor = '0'
  do {
    const [next, found] = array(await reader.call('SSCAN', key, cursor, 'COUNT', 100))
    cursor = text(next) || '0'
    for (const member of array(found)) if (member instanceof Buffer) seen.set(member.toString('latin1'), member)
  } while (cursor !== '0' && seen.size < setLimit)
  return [...seen.values()].slice(0, setLimit)
}

/** The parts of a ref: the type of the key, the place in it as text and the fingerprint; null when it is none. */
export function parseElementRef(ref: string): { type: string; place: string; digest: string } | null {
  const match = /^(?:(list):(\d{1,15})|(zset):(-?\d[\d.e+-]{0,30})|(set):):([0-9a-f]{40})$/.exec(ref)
  if (match === null) return null
  const type = match[1] ?? match[3] ?? 'set'
  const place = match[2] ?? match[4] ?? ''
  if (type === 'zset' && !Number.isFinite(Number(place))) return null
  return { type, place, digest: match[6] as string }
}

/**
 * The element that a ref names, up to 256 KB of it or whole; null when it left, or is further away than 2,000 elements
 * or 8 MB from where it was seen. 1 round trip; for a user who may not run scripts it is looked for near its place.
 */
export async function findElement(reader: Reader, key: string, ref: string, full: boolean): Promise<Element | null> {
  const parsed = parseElementRef(ref)
  if (parsed === null) return null
  const { type, place, digest } = parsed
  const limit = full ? 2 ** 31 - 1 : detailLimit
  try {
    const reply = await reader.call('EVAL', findLua, 1, key, type, place, digest, limit)
    return elementOf(type, reply)[0] ?? null
  } catch (error) {
    if (!isRefused(error)) throw error
    return findWithoutScripts(reader, key, { type, place, digest }, limit)
  }
}

async function findWithoutScripts(
  reader: Reader,
  key: string,
  { type, place, digest }: { type: string; place: string; digest: string },
  limit: number,
): Promise<Element | null> {
  if (String(await reader.call('TYPE', key)) !== type) return null
  const around = Math.max(0, Number(place) - 100)
  const near =
    type === 'set'
      ? await readSet(reader, key)
      : type === 'zset'
        ? array(await reader.call('ZRANGEBYSCORE', key, place, place, 'LIMIT', 0, 200))
        : array(await reader.call('LRANGE', key, around, around + 200))
  for (const [i, bytes] of near.entries()) {
    if (!(bytes instanceof Buffer) || digestOf(bytes) !== digest) continue
    return elementFrom(type, type === 'list' ? String(around + i) : place, bytes, limit)
  }
  return null
}

/** The command that reads the ends of the first element of a list or sorted set; O(1) but for the size of that element. */
export function headCommand(key: string): Command {
  return ['EVAL', headLua, 1, key]
}

/** The element that `headCommand` read; null when there is none, or when scripts are not allowed. */
export function readHead(reply: Reply | undefined): { element: Element; fingerprint: string } | null {
  const [digest, ...rest] = array(reply)
  const element = elementOf('list', [Buffer.from('0'), digest ?? null, ...rest])[0]
  return element ? { element, fingerprint: text(digest) } : null
}

/** The named top-level fields of an element that is a JSON object, from its beginning and its end. */
export function fieldsOf(
  { bytes, tail }: Pick<Element, 'bytes' | 'tail'>,
  names: readonly string[],
): Record<string, JsonScalar> {
  const fields = readFields(bytes.toString('utf8'), names)
  return tail.length === 0 ? fields : { ...fields, ...readFields(lastMembers(tail.toString('utf8')), names) }
}

/** The longest run of whole members that ends an object of which only the end is known, as an object; `{}` for none. */
function lastMembers(end: string): string {
  for (let comma = end.indexOf(',"'); comma >= 0; comma = end.indexOf(',"', comma + 1)) {
    const object = `{${end.slice(comma + 1)}`
    const last = members(object).at(-1)
    if (last !== undefined && object.slice(last.valueEnd).trim() === '}') return object
  }
  return '{}'
}
