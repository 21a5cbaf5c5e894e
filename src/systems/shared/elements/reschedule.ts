import type { Writer } from '../../handles.ts'
import { rescoreElements } from './put-elements.ts'
import type { Seen } from './seen.ts'

/** Seconds since 1970 stay below this until the year 5138, and ms have been above it since 1973. */
const firstMs = 1e11

/**
 * 1 script per 100 jobs, or 2 where both units are in use: a new time for members of a sorted set whose scores are seconds
 * or ms since 1970. Each keeps the unit that its score has, since its scheduler reads no other; seconds are rounded up.
 * `at` is epoch ms. Returns a code for each ref.
 */
export async function rescheduleElements(
  writer: Writer,
  key: string,
  at: number,
  seen: readonly Seen[],
): Promise<Map<string, number>> {
  const inMs = seen.filter((job) => Number(job.at) >= firstMs)
  const inSeconds = seen.filter((job) => Number(job.at) < firstMs)
  return new Map([
    // A time before 1973 would be taken for seconds; it is long past either way.
    ...(await rescoreElements(writer, key, Math.max(firstMs, Math.round(at)), inMs)),
    ...(await rescoreElements(writer, key, Math.ceil(at / 1000), inSeconds)),
  ])
}
