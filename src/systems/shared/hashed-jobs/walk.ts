import { SluiceError } from '../../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../handles.ts'
import type { ScanRequest } from '../../system.ts'
import { clockOf, isWrongType, itemsOf } from './replies.ts'
import { largePayload, walkLua } from './walk.lua.ts'
import { readPlainly } from './walk-plainly.ts'
import {
  type Asked,
  compare,
  hashOf,
  type Place,
  placesIn,
  rangeName,
  type Stretch,
  type WalkedRow,
  type WalkSource,
  type WalkStep,
} from './walk-source.ts'

/** How far one step looks back for the job that was told last. */
const lookBack = 50
/** Jobs that one script reads at most. */
const mostInStep = 1000
/** Ids told last in a list, which may lead back to where the walk was. */
const remembered = 40
/** Ids of equal score that are compared in one read. */
const compared = 1000
/** Elements of a list in which a job is looked for when the list moved on. */
const soughtThrough = 200_000

/**
 * 1 round trip a step, 2 to 4 more where the state moved on under the walk, 1 more a job with a payload of over 256 KB: all
 * jobs of a state, in the order in which they run or ended, in constant memory. It goes on behind the job that it told
 * last: by its rank in a sorted set, or by its score and id when it left; by its place from the tail in a list, where jobs
 * leave at the tail and come at the head. What came behind the last job that was there at the beginning is not told.
 * Throws WRONG_TYPE where the key of the state holds something else.
 */
export async function* walk(
  reader: Reader,
  source: WalkSource,
  { chunk: wanted, payloads }: ScanRequest,
): AsyncGenerator<WalkStep, void, void> {
  const ordered = source.from !== 'tail'
  const chunk = Math.max(1, Math.min(wanted, mostInStep))
  const [time, size, last] = await reader.pipeline([
    ['TIME'],
    [ordered ? 'ZCARD' : 'LLEN', source.key],
    source.from === 'tail'
      ? ['LINDEX', source.key, 0]
      : [source.from === 'lowest' ? 'ZREVRANGE' : 'ZRANGE', source.key, 0, 0, 'WITHSCORES'],
  ])
  for (const reply of [size, last]) {
    if (isWrongType(reply)) throw new SluiceError('WRONG_TYPE', `The key ${source.key} holds no jobs.`)
    if (reply instanceof Error) throw reply
  }
  const total = Number(size ?? 0)
  if (total === 0) return
  const end = ordered ? placeOf(itemsOf(last)) : { id: last as Buffer, score: null }
  const now = clockOf(time)
  let told: Place[] = []
  /** Told already, though behind the job from which the walk goes on. */
  let again: ReadonlySet<string> = new Set()
  let at = 0
  let behind = 0
  let plain = false
  // What comes to the head or the tail of a list meanwhile cannot keep the walk going for ever.
  while (ordered || behind < 2 * total + chunk) {
    const from = told.length === 0 ? at : Math.max(0, at - lookBack)
    const asked: Asked = { from, to: at + chunk - 1, expected: at - from, told, payloads }
    const found: Stretch | null | 'refused' = plain ? 'refused' : await readStretch(reader, source, asked)
    plain ||= found === 'refused'
    const stretch: Stretch | null = found === 'refused' ? await readPlainly(reader, source, asked) : found
    if (stretch === null) {
      const place = await relocate(reader, source, told, at)
      at = place.at
      told = place.anchor === null ? [] : [place.anchor]
      again = place.again
      continue
    }
    const next = from + stretch.passed + stretch.rows.length
    const rows: WalkedRow[] = []
    let over = stretch.rows.length === 0 && next === at // else it moved on: the rest may lie further
    at = next
    for (const row of stretch.rows) {
      if (ordered && compare(source, row, end) > 0) over = true
      if (over) break
      told.push({ id: row.id, score: row.score })
      if (source.skips?.(row.id) !== true && !again.has(row.id.toString('latin1'))) rows.push(row)
      over = row.id.equals(end.id) && row.score === end.score
    }
    told = told.slice(-remembered)
    behind += rows.length
    if (rows.length > 0) yield { rows: await withLarge(reader, source, rows, payloads), behind, total: Math.max(total, behind), now } // biome-ignore format: one line
    if (over) return
  }
}

function placeOf([id, score]: readonly Reply[]): Place {
  return { id: id as Buffer, score: String(score) }
}

async function readStretch(
  reader: Reader,
  source: WalkSource,
  { from, to, expected, told, payloads }: Asked,
): Promise<Stretch | null | 'refused'> {
  const [last, before] = [told.at(-1), told.at(-2)]
  const anchor = [last?.id ?? '', last?.score ?? '', expected, before?.id ?? '']
  const how = source.from === 'tail' ? 'tail' : rangeName(source)
  const flags = [payloads ? 1 : 0, source.locks ? 1 : 0]
  const [reply] = await reader.pipeline([
    ['EVAL', walkLua, 1, source.key, source.base, how, from, to, ...anchor, source.payload, ...flags, ...source.fields.flat()], // biome-ignore format: one line
  ])
  if (!Array.isArray(reply)) return 'refused'
  const [found, passed, rows] = reply
  if (found !== 1) return null
  return { passed: Number(passed), rows: itemsOf(rows).map(rowOf) }
}

function rowOf(reply: Reply): WalkedRow {
  const [id, score, size, locked, payload, ...values] = itemsOf(reply)
  return {
    id: id as Buffer,
    score: Buffer.isBuffer(score) ? score.toString('latin1') : null,
    size: Number(size),
    locked: locked === 1,
    payload: Buffer.isBuffer(payload) ? payload : null,
    values: values.map((value) => (Buffer.isBuffer(value) ? value : null)),
  }
}

/** Payloads that are too large for a script: each comes by a command of its own. */
async function withLarge(reader: Reader, source: WalkSource, rows: readonly WalkedRow[], payloads: boolean) {
  if (!payloads || rows.every(({ payload, size }) => payload !== null || size <= largePayload)) return rows
  const whole: WalkedRow[] = []
  for (const row of rows) {
    const missing = row.payload === null && row.size > largePayload
    const payload = missing ? await reader.call('HGET', hashOf(source, row.id), source.payload) : row.payload
    whole.push({ ...row, payload: Buffer.isBuffer(payload) ? payload : null })
  }
  return whole
}

interface Relocated {
  readonly at: number
  readonly anchor: Place | null
  /** Ids behind the anchor that were told already. */
  readonly again: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

/** Where the walk goes on when the job told last is not where it was: behind `anchor`, or from the beginning. */
async function relocate(reader: Reader, source: WalkSource, told: readonly Place[], at: number): Promise<Relocated> {
  return source.from === 'tail' ? inList(reader, source, told, at) : inOrder(reader, source, told.at(-1) as Place)
}

/**
 * Behind the newest of those told that is still in its place in the list. One that is further from the tail than it was
 * left and came back to the head, unless others moved as far: then jobs came to the tail. Where none is left, those that
 * are next are at the tail.
 */
async function inList(reader: Reader, { key }: WalkSource, told: readonly Place[], at: number): Promise<Relocated> {
  const candidates = [...new Set([1, 2, 4, 8, 16, told.length])].filter((back) => back <= told.length)
  const [length, ...places] = await reader.pipeline([
    ['LLEN', key],
    ...candidates.map((back): Command => ['LPOS', key, told.at(-back)?.id ?? '', 'RANK', -1, 'MAXLEN', soughtThrough]),
  ])
  const moved = candidates.flatMap((back, i) => {
    const place = places[i]
    if (typeof place !== 'number') return []
    const behind = Number(length) - place
    return [{ anchor: told.at(-back) as Place, at: behind, by: behind - (at - back + 1) }]
  })
  const stayed = moved.find(({ by }, i) => by <= 0 || moved.some((other, j) => j !== i && other.by === by))
  const again = new Set(told.slice(stayed ? told.indexOf(stayed.anchor) + 1 : 0).map(({ id }) => id.toString('latin1')))
  return { at: stayed?.at ?? 0, anchor: stayed?.anchor ?? null, again }
}

/** Behind the last job that sorts before or at the one told last, whether that is still there or not. */
async function inOrder(reader: Reader, source: WalkSource, last: Place): Promise<Relocated> {
  const { key } = source
  const [before, upTo, size, rank] = await reader.pipeline([
    ['ZCOUNT', key, '-inf', `(${last.score}`],
    ['ZCOUNT', key, '-inf', String(last.score)],
    ['ZCARD', key],
    [source.from === 'lowest' ? 'ZRANK' : 'ZREVRANK', key, last.id],
  ])
  if (typeof rank === 'number') {
    const [still] = await reader.pipeline([['ZSCORE', key, last.id]])
    if (Buffer.isBuffer(still) && still.toString('latin1') === last.score)
      return { at: rank + 1, anchor: last, again: none }
  }
  const up = source.from === 'lowest'
  let low = up ? Number(before) : Number(size) - Number(upTo)
  let high = up ? Number(upTo) : Number(size) - Number(before)
  // Among those of the same score: first the middle again and again, then all of the rest together.
  while (high - low > compared) {
    const middle = Math.floor((low + high) / 2)
    const [place] = placesIn(await reader.call(rangeName(source), key, middle, middle, 'WITHSCORES'))
    if (place !== undefined && compare(source, place, last) <= 0) low = middle
    else high = middle
  }
  const first = Math.max(0, low - 1)
  const near = placesIn(await reader.call(rangeName(source), key, first, high, 'WITHSCORES'))
  const passed = near.filter((place) => compare(source, place, last) <= 0)
  const anchor = passed.at(-1)
  if (anchor !== undefined) return { at: first + passed.length, anchor, again: none }
  return first === 0 ? { at: 0, anchor: null, again: none } : inOrder(reader, source, last) // it moved on again
}
