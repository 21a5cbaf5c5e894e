import type { QueueRef } from '../../domain/queue.ts'
import type { Hints } from '../system.ts'

/**
 * request-tracker: long requests whose progress a web page and a bot follow through Redis. BASE is `local_request`, or
 * what stands before it when the framework prefixes its keys (`app_database_local_request`), or a name set by hand.
 *
 *   BASE:HASH           STRING   the request as JSON, written anew with TTL 1800 s at every update
 *   BASEs_list          LIST     hashes, LPUSH at creation, so the head is the newest
 *   BASE_updates:HASH   CHANNEL  the same JSON, published at every update
 *
 *   pending ──► processing ──► completed
 *                │  ▲    └───► failed        and from any of them: cancelled by a person,
 *                ▼  │                        expired when nobody wrote for 30 minutes
 *              otp_required                  (its hash stays in the list, which nobody trims)
 *
 * One queue per BASE. Its states are what the requests' `status` says, so counting them means reading requests. To keep
 * that bounded only the newest 500 hashes of the list are looked at, in one script that reads the first 512 bytes of
 * each, where the status is; a few that hold it later are decoded, the rest count as `other` and the reading says so.
 * That is a few ms of Redis time. A request lives 30 minutes after its last update and the newest come first, so all
 * live ones are among those 500 unless more begin in that time: when the last ones looked at are still alive, the
 * reading says that there may be more. Hashes that expired count as `expired` within the same 500.
 * The script reads keys that it finds in the list and so cannot declare: fine on one server, not in a cluster.
 *
 * The members of a request, in the order in which Sluice writes a new one. The application's own code shows the first
 * thirteen of them; it is silent on the rest, for which these are the names that Sluice uses (edit.ts changes them):
 *
 *   hash                `req_` and 32 letters and digits
 *   service_slug        which service is to do it
 *   status              pending, processing, otp_required, completed, failed, cancelled
 *   step                a word for a program: initializing, ..., otp_verification, completed, failed
 *   progress            0 to 100, as the last update said: nothing keeps it from going back
 *   current_message     a sentence for the person who waits
 *   estimated_duration  seconds in all
 *   requires_otp        true while a person has to type a one-time code
 *   request_data        what the service needs to know
 *   otp_data            null, or an object: what the page shows of the code (a masked number, ...), requested_at, then
 *                       otp and submitted_at once it was typed, resend_count and resend_requested_at when asked for anew
 *   result_data         null, or what the service answered
 *   service_id, user_id, session_id
 *   started_at          when it was created, ISO 8601 in UTC, as all times
 *   updated_at, expires_at              renewed by each update
 *   completed_at, failed_at, cancelled_at   whichever of them ended it
 *   error_message, error_data           why it failed: a sentence, and what the service said beyond it
 *
 * A pool of this desktop that works on requests keeps two more keys, which nobody else knows, and three more members:
 *
 *   BASE_claims    ZSET   hash -> until when nobody else may take it, in ms of Redis' clock: the end of a worker's lease,
 *                         or the end of the wait before the next try
 *   BASE_claimers  HASH   hash -> the worker that has it; nobody while it waits for its next try
 *   BASE_rate      STRING when the next request may begin, while a pool has a limit of requests a second
 *   attempts       how many tries failed
 *   last_error     why the last of them did, in a sentence
 *   worker_deaths  how many workers were gone before it was done
 */
export const newestLooked = 500

/** Seconds that a request lives after each update. */
export const ttlSeconds = 1800

const wellKnown = 'local_request'

/** Everything before the colon that comes before a request's hash. */
export function baseOf(queue: QueueRef): string {
  return queue.prefix + queue.name
}

/** The queue whose request keys begin with this base: the part before `local_request` is its prefix. */
export function queueOfBase(base: string): QueueRef {
  const name = base.endsWith(wellKnown) ? wellKnown : base
  return { system: 'request-tracker', prefix: base.slice(0, base.length - name.length), name }
}

/** The base that a person set by hand, with or without the colon of its keys; null where it is the usual one. */
export function hintedBase(hints: Pick<Hints, 'trackedPrefix'>): string | null {
  const base = hints.trackedPrefix.replace(/:$/, '')
  return base === '' || base === wellKnown ? null : base
}

/** The tracker of a connection that a person, or nobody, said something about: `local_request` unless set by hand. */
export function trackerOf(hints: Pick<Hints, 'trackedPrefix'>): QueueRef {
  return queueOfBase(hintedBase(hints) ?? wellKnown)
}

/** The key of one request. */
export function requestKey(queue: QueueRef, hash: string): string {
  return `${baseOf(queue)}:${hash}`
}

/** The list of hashes, newest first. */
export function listKey(queue: QueueRef): string {
  return `${baseOf(queue)}s_list`
}

/** Until when requests are taken, and by whom, and when the next may begin: the keys of the pools of this desktop. */
export function claimKeys(queue: QueueRef): { claims: string; claimers: string; rate: string } {
  const base = baseOf(queue)
  return { claims: `${base}_claims`, claimers: `${base}_claimers`, rate: `${base}_rate` }
}

/** The channel on which one request's updates are published. */
export function channelOf(queue: QueueRef, hash: string): string {
  return `${baseOf(queue)}_updates:${hash}`
}

/** The pattern of the channels of all requests, for PSUBSCRIBE: what is special in a pattern is escaped. */
export function channelPattern(queue: QueueRef): string {
  return `${baseOf(queue).replace(/[\\*?[\]^-]/g, '\\$&')}_updates:*`
}

/** The hash that a channel is about; null when it is not a channel of this tracker. */
export function hashOfChannel(queue: QueueRef, channel: string): string | null {
  const start = channelOf(queue, '')
  return channel.startsWith(start) && channel.length > start.length ? channel.slice(start.length) : null
}

/** The base of a key by its name alone: a request, or the list, of any tracker under the usual name or this one. */
export function baseOfKey(key: string, hinted: string | null): { base: string; part: 'request' | 'list' } | null {
  if (hinted !== null) {
    if (key === `${hinted}s_list`) return { base: hinted, part: 'list' }
    if (key.startsWith(`${hinted}:`)) return { base: hinted, part: 'request' }
  }
  if (key.endsWith(`${wellKnown}s_list`)) return { base: key.slice(0, -'s_list'.length), part: 'list' }
  const at = key.indexOf(`${wellKnown}:`)
  return at < 0 ? null : { base: key.slice(0, at + wellKnown.length), part: 'request' }
}
