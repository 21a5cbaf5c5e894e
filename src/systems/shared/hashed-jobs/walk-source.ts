import type { Reply } from '../../handles.ts'
import { itemsOf } from './replies.ts'

/** Ids of a state, and the hashes that they name. */
export interface WalkSource {
  /** The key that holds the ids. */
  readonly key: string
  /** From the tail of a list, or from the lowest or the highest score of a sorted set. */
  readonly from: 'tail' | 'lowest' | 'highest'
  /** What the keys of the hashes begin with. */
  readonly base: string
  /** The field of the payload. */
  readonly payload: string
  /** Other fields that are read, and how many bytes of each. */
  readonly fields: readonly (readonly [name: string, bytes: number])[]
  /** Whether to look for a lock beside each hash. */
  readonly locks: boolean
  /** Whether an id is no job. */
  skips?(id: Buffer): boolean
}

/** A job that the walk came by. */
export interface WalkedRow {
  readonly id: Buffer
  /** As text; null in lists. */
  readonly score: string | null
  /** Bytes of the payload; -1 where its key is no hash. */
  readonly size: number
  readonly locked: boolean
  /** The whole payload; null where there is none, or none was asked for. */
  readonly payload: Buffer | null
  readonly values: readonly (Buffer | null)[]
}

export interface WalkStep {
  readonly rows: readonly WalkedRow[]
  readonly behind: number
  readonly total: number
  /** Epoch ms by the server's clock when the walk began. */
  readonly now: number
}

/** A stretch of the state, in the order of the walk. Null where the job that was told last is not in it. */
export interface Stretch {
  /** Jobs of the stretch before the first row. */
  readonly passed: number
  readonly rows: readonly WalkedRow[]
}

/** Where a job is: its id, and in a sorted set its score as text. */
export interface Place {
  readonly id: Buffer
  readonly score: string | null
}

/** The commands' names of a sorted set, in the order of the walk. */
export const rangeName = ({ from }: WalkSource) => (from === 'lowest' ? 'ZRANGE' : 'ZREVRANGE')

/** Below 0 where the first comes before the second in the walk. Redis sorts equal scores by the bytes of their ids. */
export function compare({ from }: WalkSource, one: Place, other: Place): number {
  const order = Number(one.score) - Number(other.score) || Buffer.compare(one.id, other.id)
  return from === 'highest' ? -order : order
}

/** The key of a job's hash; ids are any bytes. */
export const hashOf = ({ base }: WalkSource, id: Buffer) => Buffer.concat([Buffer.from(base), id])

/** Members and scores in turn. */
export function placesIn(reply: Reply | undefined): Place[] {
  const items = itemsOf(reply)
  return items.flatMap((id, i) => (i % 2 === 0 && Buffer.isBuffer(id) ? [{ id, score: String(items[i + 1]) }] : []))
}

/** What of a state is read in one step. */
export interface Asked {
  readonly from: number
  readonly to: number
  /** How many jobs of the stretch there are up to the one told last. */
  readonly expected: number
  /** The jobs told last. */
  readonly told: readonly Place[]
  readonly payloads: boolean
}

/** The index behind the job told last; 0 where none was told, null where it is not where the walk was. */
export function startIn(places: readonly Place[], { told, expected }: Asked): number | null {
  const [last, before] = [told.at(-1), told.at(-2)]
  if (last === undefined) return 0
  const found = places.findIndex(({ id, score }, i) => {
    if (!id.equals(last.id) || score !== last.score) return false
    return score !== null || i < expected || (before !== undefined && places[i - 1]?.id.equals(before.id) === true)
  })
  return found < 0 ? null : found + 1
}
