import type { TrackedRequest } from '../../domain/request.ts'
import { parseTrackedRequest } from '../../systems/request-tracker/parse.ts'
import { isEnded } from '../../systems/request-tracker/status.ts'
import { beginning, type Tracked } from './read-requests.ts'

/** Requests followed at once, and how many make room when there are more. */
const mostFollowed = 5000
const makeRoom = 500
/** An expiry that moved by less is no change. */
const expirySlackMs = 2000

/** A request that is followed. */
export interface Followed extends Tracked {
  request: TrackedRequest
  /** When its time to live was last asked for; 0 since it was last written. */
  checkedAt: number
}

/** The requests that a watcher knows, at most 5,000 of them. */
export class FollowedRequests {
  #byHash = new Map<string, Followed>()

  get(hash: string): Followed | undefined {
    return this.#byHash.get(hash)
  }

  /** All of them, newest first. */
  list(): TrackedRequest[] {
    const requests = Array.from(this.#byHash.values(), ({ request }) => request)
    return requests.sort((a, b) => (b.startedAt ?? b.updatedAt) - (a.startedAt ?? a.updatedAt))
  }

  all(): Followed[] {
    return [...this.#byHash.values()]
  }

  /** Takes what was read from Redis in place of all that was known. */
  replace(found: ReadonlyMap<Tracked, TrackedRequest>, now: number): void {
    this.#byHash = new Map(
      Array.from(found, ([{ tracker, hash }, request]) => [hash, { tracker, hash, request, checkedAt: now }]),
    )
  }

  /** Takes a published message. */
  update({ tracker, hash }: Tracked, message: Buffer, now: number): TrackedRequest {
    const before = this.#byHash.get(hash)
    const parsed = parseTrackedRequest(hash, message.subarray(0, beginning), null, now)
    // When it expires is known from Redis, or not at all: the time to live is set anew without a word in the message.
    const request = { ...parsed, expiresAt: before?.request.expiresAt ?? parsed.expiresAt }
    this.#byHash.set(hash, { tracker, hash, request, checkedAt: 0 })
    return request
  }

  /** Lets go of requests when there are too many, and tells which: those that ended first, then those written longest ago. */
  makeRoom(): string[] {
    if (this.#byHash.size <= mostFollowed) return []
    const over = this.#byHash.size - mostFollowed + makeRoom
    const leaving = this.all()
      .sort(
        (a, b) =>
          Number(isEnded(b.request.status)) - Number(isEnded(a.request.status)) ||
          a.request.updatedAt - b.request.updatedAt,
      )
      .slice(0, over)
    for (const { hash } of leaving) this.#byHash.delete(hash)
    return leaving.map(({ hash }) => hash)
  }

  /** Those whose time to live was not asked for the longest. */
  leastChecked(most: number): Followed[] {
    return this.all()
      .sort((a, b) => a.checkedAt - b.checkedAt)
      .slice(0, most)
  }

  /** Takes the times to live (PTTL; null where unknown) of some of them; tells which changed and which are gone. */
  checked(entries: readonly Followed[], ttls: readonly (number | null)[], now: number) {
    const changed: TrackedRequest[] = []
    const gone: string[] = []
    for (const [i, entry] of entries.entries()) {
      const ttl = ttls[i] ?? null
      // A message that came meanwhile made a newer entry: that one is asked about next time.
      if (ttl === null || this.#byHash.get(entry.hash) !== entry) continue
      entry.checkedAt = now
      const expiresAt = ttl < 0 ? null : now + ttl
      if (ttl === -2) {
        this.#byHash.delete(entry.hash)
        gone.push(entry.hash)
      } else if (!isNear(expiresAt, entry.request.expiresAt)) {
        entry.request = { ...entry.request, expiresAt }
        changed.push(entry.request)
      }
    }
    return { changed, gone }
  }
}

function isNear(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= expirySlackMs
}
