import type { Reader, Reply } from '../../handles.ts'
import { digestOf } from './digest.ts'
import { ReplySize } from './scan-size.ts'
import { buffersOf, numberOf } from './seen.ts'

/** Elements that a walk came by, in order: the first stood at `at` when they were read, the others behind it. */
interface Told {
  readonly at: number
  readonly elements: readonly Buffer[]
  readonly bytes: number
}

export interface ListStep {
  readonly elements: readonly Buffer[]
  /** Where an element stood when it was read, counted from the end that the walk began at: unlike for each of its twins. */
  place(index: number): number
  readonly behind: number
  readonly total: number
}

/** How much of what was told is kept, to find the place again when the list moved: bytes, and at least one reply. */
const keptBytes = 4_000_000
/** Elements before the place that are read again with each step, to see whether it is still the same place. */
const leastOverlap = 8
const mostOverlap = 256
const overlapBytes = 64_000
/** How far from the end the last element is looked for: what arrived since the walk began. */
const mostFromEnd = 10_000
/** Of how many told ones Redis is asked where they are (twice that), and how many elements it looks at for each. */
const mostAsked = 8
const mostLooked = 100_000

/**
 * Walks a list from one end, in replies of about 1 MB (LRANGE, no script). Each step reads a few elements that were told
 * before the new ones: where those are not what they were, the list moved (jobs left before the place, or were put there),
 * and the place is looked for again among what was told last. What leaves before the place, also all of it, and what is
 * put at either end costs no job its turn; elements with the same bytes are each told. Ends at what was the last element at
 * the beginning, and after as many as there were where that one left. Where jobs are put at the head while nearly all that
 * was told leaves, what is left of it may be told again.
 * @param from `tail`: counts, and walks, from the last element
 */
export async function* scanList(
  reader: Reader,
  key: string,
  chunk: number,
  from: 'head' | 'tail' = 'head',
): AsyncGenerator<ListStep, void, void> {
  const range: Range = async (first, count) => {
    const ends = from === 'head' ? [first, first + count - 1] : [-first - count, -first - 1]
    const [length, reply] = await reader.pipeline([
      ['LLEN', key],
      ['LRANGE', key, ends[0] as number, ends[1] as number],
    ])
    const elements = buffersOf(checked(reply))
    return { length: numberOf(checked(length)), elements: from === 'head' ? elements : elements.reverse() }
  }

  const size = new ReplySize(chunk)
  const total = numberOf(await reader.call('LLEN', key))
  if (total === 0) return
  const end = (await reader.call('LINDEX', key, from === 'head' ? -1 : 0)) as Buffer | null
  let left = total
  let behind = 0
  /** From then on `left` may be too high: what is gone ahead of the walk was counted too. */
  let moved = false
  let next = 0
  let told: Told[] = []
  /** Elements that stand before `next`, as they were read last. */
  let before: Buffer[] = []
  let echoes = new Map<number, Buffer[]>()

  const farthest: Farthest = async (elements) => {
    const most = Math.min(mostLooked, next + mostFromEnd)
    const replies = await reader.pipeline(
      elements.map((bytes) => ['LPOS', key, bytes, 'RANK', from === 'head' ? 1 : -1, 'MAXLEN', most]),
    )
    const found = replies.filter((reply) => typeof reply === 'number')
    if (found.length === 0) return null
    return from === 'head' ? Math.max(...found) : numberOf(await reader.call('LLEN', key)) - 1 - Math.min(...found)
  }
  /** How many there are up to what was the last element at the beginning, where that can be found near its end. */
  const upToEnd = async (): Promise<number> => {
    const [length, at] = await reader.pipeline([
      ['LLEN', key],
      ['LPOS', key, end ?? '', 'RANK', from === 'head' ? -1 : 1, 'MAXLEN', mostFromEnd],
    ])
    if (typeof at !== 'number') return 0
    return Math.max(0, (from === 'head' ? at + 1 : numberOf(length) - at) - next)
  }

  while (left > 0) {
    const overlap = overlapOf(before)
    const want = Math.min(left, size.count)
    const read = await range(next - overlap.length, overlap.length + want)
    let fresh: Buffer[]
    if (overlap.every((bytes, i) => read.elements[i]?.equals(bytes))) {
      fresh = read.elements.slice(overlap.length)
    } else {
      const found = await realign(range, farthest, {
        next,
        told: told.flatMap(({ elements }) => elements),
        count: size.count,
      })
      if (found.next < next) echoes = echoesOf(told)
      moved = true
      next = found.next
      before = found.before
      if (next === 0) left = Math.max(left, await upToEnd()) // what was put before them may be told with them
      fresh = found.fresh.slice(0, left)
      if (fresh.length === 0 && next < read.length) continue // the next step reads what comes after it
    }
    if (fresh.length === 0) return
    const at = next
    const places = echoes.size === 0 ? null : fresh.map((bytes, i) => unlikeEchoes(echoes, at + i, bytes))
    next += fresh.length
    left -= fresh.length
    told = lastOf([...told, { at, elements: fresh, bytes: size.saw(fresh) }])
    before = withinBytes(
      fresh.length >= mostOverlap ? fresh.slice(-mostOverlap) : [...before, ...fresh].slice(-mostOverlap),
    )
    behind += fresh.length
    yield { elements: fresh, place: (i) => places?.[i] ?? at + i, behind, total: Math.max(total, behind) }
    if (end === null) return
    const ended = fresh.at(-1)?.equals(end) === true
    if (left === 0 ? !ended : moved && fresh.some((bytes) => bytes.equals(end))) left = await upToEnd()
  }
}

function checked(reply: Reply | undefined): Reply {
  if (reply instanceof Error) throw reply
  return reply ?? null
}

/** The last replies, as many as make `keptBytes`. */
function lastOf(replies: Told[]): Told[] {
  let bytes = 0
  let first = replies.length
  while (first > 0 && bytes < keptBytes) bytes += (replies[--first] as Told).bytes
  return replies.slice(first)
}

/**
 * The last elements before the place, as few as tell whether it moved: the first of them is like none of the others, so
 * that the same ones some places on look different.
 */
function overlapOf(before: readonly Buffer[]): Buffer[] {
  let count = Math.min(leastOverlap, before.length)
  for (;;) {
    const overlap = before.slice(before.length - count)
    const first = overlap[0]
    const unlike = first === undefined || !overlap.some((bytes, i) => i > 0 && bytes.equals(first))
    if (unlike || count >= Math.min(mostOverlap, before.length)) return overlap
    count = Math.min(count * 2, mostOverlap, before.length)
  }
}

/** The last of them, as many as are cheap to keep and to read again; one at least. */
function withinBytes(overlap: Buffer[]): Buffer[] {
  let bytes = 0
  let first = overlap.length
  while (first > 0 && (first === overlap.length || bytes < overlapBytes)) bytes += (overlap[--first] as Buffer).length
  return overlap.slice(first)
}

interface Lost {
  readonly next: number
  readonly told: readonly Buffer[]
  readonly count: number
}

interface Realigned {
  readonly next: number
  readonly before: Buffer[]
  /** Elements behind the place that were read on the way. */
  readonly fresh: Buffer[]
}

/** The place farthest from the beginning at which one of these stands; null when none was found. */
type Farthest = (elements: readonly Buffer[]) => Promise<number | null>
type Range = (first: number, count: number) => Promise<{ length: number; elements: Buffer[] }>

/**
 * Where the first element is that was not told. What was told stands before it in the same order, as far as it is still
 * there: looked for around the place, then towards the beginning, then by Redis itself (LPOS). When nothing of it is found, all of it left, and the first element is the next.
 */
async function realign(range: Range, farthest: Farthest, { next, told, count }: Lost): Promise<Realigned> {
  const ordinals = new Map<string, number[]>()
  for (const [i, bytes] of told.entries()) {
    const print = digestOf(bytes)
    const known = ordinals.get(print)
    if (known) known.push(i)
    else ordinals.set(print, [i])
  }
  const look = async (first: number, size: number): Promise<Realigned | Buffer[]> => {
    let { elements } = await range(first, size)
    let end = endOfTold(elements, ordinals)
    if (end === 0) return elements
    // What was told goes on behind the range: more was put before it than the range is long.
    while (end === elements.length) {
      const more = (await range(first + elements.length, size)).elements
      if (more.length === 0) break
      elements = [...elements, ...more]
      end = endOfTold(elements, ordinals)
    }
    return {
      next: first + end,
      before: withinBytes(elements.slice(Math.max(0, end - mostOverlap), end)),
      fresh: elements.slice(end),
    }
  }
  let low = Math.max(0, next - count)
  const around = await look(low, next + count - low)
  if (!Array.isArray(around)) return around
  let beginning = low === 0 ? around : []
  while (low > 0) {
    const first = Math.max(0, low - count)
    const found = await look(first, low - first)
    if (!Array.isArray(found)) return found
    beginning = first === 0 ? found : []
    low = first
  }
  const apart = Math.ceil(told.length / mostAsked)
  const far = await farthest([...told.filter((_, i) => i % apart === 0), ...told.slice(-mostAsked)])
  if (far !== null) {
    const first = Math.max(0, far - count)
    const found = await look(first, far + count - first)
    if (!Array.isArray(found)) return found
  }
  return { next: 0, before: [], fresh: beginning }
}

/**
 * Index after the longest run of elements that were told, in the order in which they were told (some may be missing); 0
 * where none was. Each element of it stands for another told one, so that twins are counted as often as they are there.
 */
function endOfTold(elements: readonly Buffer[], ordinals: ReadonlyMap<string, readonly number[]>): number {
  let best = { length: 0, end: 0 }
  let run = 0
  let pointer = 0
  for (const [i, bytes] of elements.entries()) {
    const places = ordinals.get(digestOf(bytes))
    let ordinal = places && firstFrom(places, pointer)
    if (ordinal === undefined) {
      run = 0
      ordinal = places?.[0]
    }
    if (ordinal === undefined) {
      pointer = 0
      continue
    }
    run++
    pointer = ordinal + 1
    if (run >= best.length) best = { length: run, end: i + 1 }
  }
  return best.end
}

/** The smallest of the rising numbers that is at least `least`. */
function firstFrom(rising: readonly number[], least: number): number | undefined {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) < least) low = middle + 1
    else high = middle
  }
  return rising[low]
}

/** What was told last, by place: after the list moved up, a twin may stand where one was told before. */
function echoesOf(told: readonly Told[]): Map<number, Buffer[]> {
  const echoes = new Map<number, Buffer[]>()
  for (const { at, elements } of told) {
    for (const [i, bytes] of elements.entries()) echoes.set(at + i, [...(echoes.get(at + i) ?? []), bytes])
  }
  return echoes
}

/** The place of an element, or the nearest behind it at which nothing with the same bytes was told: refs differ so. */
function unlikeEchoes(echoes: Map<number, Buffer[]>, at: number, bytes: Buffer): number {
  if (echoes.size === 0) return at
  let free = at
  while (echoes.get(free)?.some((other) => other.equals(bytes))) free++
  if (free !== at) echoes.set(free, [...(echoes.get(free) ?? []), bytes])
  return free
}
