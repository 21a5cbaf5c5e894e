import type { Reader, Reply } from '../../handles.ts'
import { ReplySize } from './scan-size.ts'
import { numberOf } from './seen.ts'

/** A member that a walk came by; `text` is its score as Redis writes it. */
export interface Member {
  readonly bytes: Buffer
  readonly text: string
  readonly score: number
}

export interface SortedSetStep {
  readonly members: readonly Member[]
  readonly behind: number
  readonly total: number
}

/**
 * Walks a sorted set by rank, in replies of about 1 MB (ZRANGE, no script). Members have an order of their own, by score
 * and then by bytes, so the walk remembers only the last one: when ranks moved, the first member behind it is found
 * in O(log n) round trips. Ends at what was the last member at the beginning. A member whose score changes meanwhile
 * is another one to it: it may be told twice, or not.
 */
export async function* scanSortedSet(
  reader: Reader,
  key: string,
  chunk: number,
): AsyncGenerator<SortedSetStep, void, void> {
  const range = async (first: number, last: number) =>
    membersOf(await reader.call('ZRANGE', key, first, last, 'WITHSCORES'))
  const size = new ReplySize(chunk)
  const [card, tail] = await reader.pipeline([
    ['ZCARD', key],
    ['ZRANGE', key, -1, -1, 'WITHSCORES'],
  ])
  if (card instanceof Error) throw card
  const total = numberOf(card)
  const end = membersOf(tail ?? null)[0]
  if (end === undefined) return
  let last: Member | null = null
  let next = 0
  let behind = 0
  for (;;) {
    const seen: Member | null = last
    let read = await range(seen === null ? 0 : next - 1, next + size.count - 1)
    if (seen !== null && (read[0] === undefined || compare(read[0], seen) !== 0)) {
      next = await firstBehind(reader, key, seen)
      read = await range(next, next + size.count - 1)
      next += read.length
    } else {
      next += read.length - (seen === null ? 0 : 1)
    }
    const fresh: Member[] = seen === null ? read : read.filter((member) => compare(member, seen) > 0)
    const members = fresh.filter((member) => compare(member, end) <= 0)
    if (members.length > 0) {
      last = members.at(-1) as Member
      size.saw(members.map(({ bytes }) => bytes))
      behind += members.length
      yield { members, behind, total: Math.max(total, behind) }
    }
    if (read.length === 0 || members.length < fresh.length) return
    if (members.length === 0 && read.length < 2) return
  }
}

/** The rank of the first member behind this one, whether that is still there or not: 1 round trip, or some 20. */
async function firstBehind(reader: Reader, key: string, member: Member): Promise<number> {
  const [rank, score, card] = await reader.pipeline([
    ['ZRANK', key, member.bytes],
    ['ZSCORE', key, member.bytes],
    ['ZCARD', key],
  ])
  if (typeof rank === 'number' && score instanceof Buffer && numberIn(score) === member.score) return rank + 1
  let [low, high] = [0, numberOf(card)]
  while (low < high) {
    const middle = (low + high) >> 1
    const found = membersOf(await reader.call('ZRANGE', key, middle, middle, 'WITHSCORES'))[0]
    if (found !== undefined && compare(found, member) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function membersOf(reply: Reply): Member[] {
  const flat = Array.isArray(reply) ? reply : []
  const members: Member[] = []
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [bytes, text] = [flat[i], flat[i + 1]]
    if (bytes instanceof Buffer && text instanceof Buffer) {
      members.push({ bytes, text: text.toString('latin1'), score: numberIn(text) })
    }
  }
  return members
}

function numberIn(score: Buffer): number {
  const text = score.toString('latin1')
  if (text === 'inf') return Number.POSITIVE_INFINITY
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

/** The order of a sorted set: by score, and by bytes among equal scores. */
function compare(a: Member, b: Member): number {
  return a.score === b.score ? Buffer.compare(a.bytes, b.bytes) : a.score - b.score
}
