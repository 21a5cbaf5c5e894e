import type { Reply } from '../handles.ts'
import type { StepOutcome } from '../system.ts'

/** Jobs that one script handles: each script stays far below the 10 ms after which others would notice. */
export const chunkSize = 100
/** Bytes of payloads that one chunk carries back and forth. */
export const chunkBytes = 1_000_000

/** A job as an operator saw it: where (index; score for delayed ones) and the fingerprint of its bytes. */
export interface Seen {
  readonly ref: string
  readonly at: number
  readonly digest: string
}

/** The two parts of a ref; null when it is none. */
export function parseRef(ref: string): { at: number; digest: string } | null {
  const match = /^(-?\d+):([0-9a-f]{40})$/.exec(ref)
  return match ? { at: Number(match[1]), digest: match[2] as string } : null
}

/** Refs of a list, parsed, without repeats; those that are no refs are refused. */
export function seenOf(refs: readonly string[]): { seen: Seen[]; refused: StepOutcome['refused'] } {
  const unique = [...new Set(refs)]
  const seen = unique.flatMap((ref) => {
    const parsed = parseRef(ref)
    return parsed ? [{ ref, ...parsed }] : []
  })
  const bad = unique.filter((ref) => parseRef(ref) === null)
  return { seen, refused: bad.map((ref) => ({ ref, reason: 'This does not name a job of this queue.' })) }
}

/** The items in groups of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

/** A script's reply as a number; 0 for anything else. */
export function numberOf(reply: Reply): number {
  return typeof reply === 'number' ? reply : 0
}

/** A script's reply as the elements it read, without the gaps. */
export function buffersOf(reply: Reply): Buffer[] {
  return (Array.isArray(reply) ? reply : []).filter((bytes): bytes is Buffer => bytes instanceof Buffer)
}
