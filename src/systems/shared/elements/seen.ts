import type { Reply } from '../../handles.ts'
import type { StepOutcome } from '../../system.ts'

/** Jobs that one script handles: each script stays far below the 10 ms after which others would notice. */
export const chunkSize = 100
/** Bytes of payloads that one chunk carries back and forth. */
export const chunkBytes = 1_000_000

/** A job as an operator saw it: where (index in a list, score in a sorted set, as text) and the fingerprint of its bytes. */
export interface Seen {
  readonly ref: string
  readonly at: string
  readonly digest: string
}

/** What a script did with one job that it was asked about. */
export const codes = { missing: 0, done: 1, held: -1, twin: -2, unfit: -3 } as const

/** Refs parsed, without repeats; those that are none are refused. */
export function seenOf(
  refs: readonly string[],
  parse: (ref: string) => Omit<Seen, 'ref'> | null,
): { seen: Seen[]; refused: StepOutcome['refused'] } {
  const seen: Seen[] = []
  const refused: StepOutcome['refused'] = []
  for (const ref of new Set(refs)) {
    const parsed = parse(ref)
    if (parsed) seen.push({ ref, ...parsed })
    else refused.push({ ref, reason: 'This does not name a job of this state.' })
  }
  return { seen, refused }
}

/**
 * What became of the jobs, by their codes; `reasons` says why one was refused, for the codes that this action can give.
 * `gone` names those that are missing, for the report of a run.
 */
export function outcomeOf(
  result: ReadonlyMap<string, number>,
  refused: StepOutcome['refused'],
  reasons: Readonly<Record<number, (ref: string) => string>> = {},
): StepOutcome & { gone?: readonly string[] } {
  const outcome = { done: 0, missing: 0, refused: [...refused] }
  const gone: string[] = []
  for (const [ref, code] of result) {
    const reason = reasons[code]
    if (code === codes.done) outcome.done++
    else if (reason === undefined) gone.push(ref)
    else outcome.refused.push({ ref, reason: reason(ref) })
  }
  return { ...outcome, missing: gone.length, ...(gone.length > 0 && { gone }) }
}

/** Jobs by rising place: scripts that take several from a list count on it. */
export function rising(seen: readonly Seen[]): Seen[] {
  return [...seen].sort((a, b) => Number(a.at) - Number(b.at))
}

/** The items in groups of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

/** A script's reply as a number; 0 for anything else. */
export function numberOf(reply: Reply | undefined): number {
  return typeof reply === 'number' ? reply : 0
}

/** A script's reply as numbers. */
export function numbersOf(reply: Reply): number[] {
  return Array.isArray(reply) ? reply.map(numberOf) : []
}

/** A script's reply as the elements it read, without the gaps. */
export function buffersOf(reply: Reply): Buffer[] {
  return (Array.isArray(reply) ? reply : []).filter((bytes): bytes is Buffer => bytes instanceof Buffer)
}
