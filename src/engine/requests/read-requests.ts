import { isUtf8 } from 'node:buffer'
import { isRefused } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { TrackedRequest } from '../../domain/request.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import { listKey, newestLooked, requestKey } from '../../systems/request-tracker/keys.ts'
import { parseTrackedRequest } from '../../systems/request-tracker/parse.ts'

/** Of a stored or published request this much is read: everything a row shows comes before its data and results. */
export const beginning = 4096
/** Requests read in one round trip: at most 1 MB of reply. */
const chunk = 250

/** A request and the tracker that it belongs to. */
export interface Tracked {
  readonly tracker: QueueRef
  readonly hash: string
}

/** 1 round trip: the newest hashes of each tracker's list, newest first, and in sentences what cannot be shown. */
export async function newestHashes(
  reader: Reader,
  trackers: readonly QueueRef[],
): Promise<{ tracked: Tracked[]; problems: string[] }> {
  const commands = trackers.flatMap((tracker): Command[] => [
    ['LRANGE', listKey(tracker), 0, newestLooked - 1],
    ['LLEN', listKey(tracker)],
  ])
  const replies = await reader.pipeline(commands)
  const tracked: Tracked[] = []
  const problems: string[] = []
  for (const [i, tracker] of trackers.entries()) {
    const hashes = replies[2 * i]
    const length = Number(replies[2 * i + 1])
    if (hashes instanceof Error) problems.push(problemOf(listKey(tracker), hashes))
    if (!Array.isArray(hashes)) continue
    for (const hash of new Set(hashes.flatMap(textOf))) tracked.push({ tracker, hash })
    if (length > newestLooked) {
      problems.push(
        `Of ${length.toLocaleString('en')} entries in ${listKey(tracker)} the newest ${newestLooked} are shown.`,
      )
    }
  }
  return { tracked, problems }
}

/** One round trip for every 250: the requests that are still there, with their time to live. Reads 4 KB of each. */
export async function readRequests(reader: Reader, tracked: readonly Tracked[]): Promise<Map<Tracked, TrackedRequest>> {
  const found = new Map<Tracked, TrackedRequest>()
  for (let from = 0; from < tracked.length; from += chunk) {
    const some = tracked.slice(from, from + chunk)
    const commands = some.flatMap(({ tracker, hash }): Command[] => {
      const key = requestKey(tracker, hash)
      return [
        ['GETRANGE', key, 0, beginning - 1],
        ['PTTL', key],
      ]
    })
    const replies = await reader.pipeline(commands)
    const now = Date.now()
    for (const [i, entry] of some.entries()) {
      const request = requestOf(entry.hash, replies[2 * i] ?? null, replies[2 * i + 1] ?? null, now)
      if (request) found.set(entry, request)
    }
  }
  return found
}

/** 1 round trip: ms to live of each, -1 for ever, -2 gone; null where Redis does not tell. */
export async function timesToLive(reader: Reader, tracked: readonly Tracked[]): Promise<(number | null)[]> {
  const replies = await reader.pipeline(
    tracked.map(({ tracker, hash }): Command => ['PTTL', requestKey(tracker, hash)]),
  )
  return replies.map((reply) => (typeof reply === 'number' ? reply : null))
}

function requestOf(hash: string, bytes: Reply, ttl: Reply, now: number): TrackedRequest | null {
  if (ttl === -2) return null
  const ttlMs = typeof ttl === 'number' ? ttl : null
  if (Buffer.isBuffer(bytes)) return parseTrackedRequest(hash, bytes, ttlMs, now)
  const problem = bytes instanceof Error ? bytes.message : 'What is stored for this request cannot be read.'
  return { ...parseTrackedRequest(hash, Buffer.alloc(0), ttlMs, now), problem }
}

/** Hashes are text; an entry of other bytes names no key that a screen could show. */
function textOf(hash: Reply): string[] {
  return Buffer.isBuffer(hash) && isUtf8(hash) ? [hash.toString()] : []
}

function problemOf(key: string, error: Error): string {
  return isRefused(error)
    ? `This Redis user may not read ${key}: requests show up when they are updated.`
    : `${key} cannot be read: ${error.message}`
}
