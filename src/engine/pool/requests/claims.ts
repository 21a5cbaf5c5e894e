import { setField } from '../../../domain/json-text.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Reply } from '../../../systems/handles.ts'
import { type Edit, set, statusIn, unasked } from '../../../systems/request-tracker/edit.ts'
import {
  channelOf,
  claimKeys,
  listKey,
  newestLooked,
  requestKey,
  ttlSeconds,
} from '../../../systems/request-tracker/keys.ts'
import { isEnded, stateOf, statusesOf } from '../../../systems/request-tracker/status.ts'
import { editStored } from '../../requests/update-request.ts'
import type { Link } from '../lists/link.ts'
import { countIn } from './request-job.ts'
import { beatScript, claimScript, releaseScript, settleScript, waitingLua } from './scripts.ts'

/** One that may be taken: out of the list, or (`worker`: whose it was, '' for one that waited) out of the claims. */
export interface Candidate {
  readonly hash: string
  readonly worker: string | null
}

export type Taking =
  | { readonly kind: 'taken'; readonly text: string; readonly deaths: number }
  | { readonly kind: 'not'; readonly why: string | null }
  | { readonly kind: 'wait'; readonly ms: number }

/** What became of a change: `ended` when the request had ended before, with its status. */
export type Settled =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'ended'; readonly status: string }
  | { readonly kind: 'gone' | 'lost' | 'unreadable' }

export interface Beat {
  /** The newest hash; '' for an empty list. */
  readonly head: string
  /** By hash: its status, `lost` when another may have it, `gone` when it expired. */
  readonly held: ReadonlyMap<string, { readonly status: string } | 'lost' | 'gone'>
  readonly free: readonly Candidate[]
}

/** Entries looked at in one script. */
const chunk = newestLooked
/** The longest list that is looked through from its end; of a longer one so many of the newest. */
export const longestList = 100_000

/** Takes and settles requests under one worker's name; keys.ts draws the keys. Every write is one atomic script. */
export class Claims {
  readonly #keys: ReturnType<typeof claimKeys>

  constructor(
    private readonly link: Link,
    private readonly tracker: QueueRef,
    readonly worker: string,
    private readonly leaseMs: number,
    private readonly ratePerSecond: number | null,
  ) {
    this.#keys = claimKeys(tracker)
  }

  /** 1 round trip: renews the leases, and says what is new. `most` to take back. */
  async beat(hashes: readonly string[], most: number): Promise<Beat> {
    const keys = [listKey(this.tracker), this.#keys.claims, this.#keys.claimers]
    const args = [requestKey(this.tracker, ''), this.worker, this.leaseMs, most, ...hashes]
    const reply = await this.link.run(beatScript, keys, args)
    const [head = null, statuses = null, free = null] = Array.isArray(reply) ? reply : []
    const words = Array.isArray(statuses) ? statuses : []
    return {
      head: textOf(head),
      held: new Map(hashes.map((hash, i) => [hash, heldOf(words[i] ?? 0)])),
      free: (Array.isArray(free) ? free : []).map((pair) => {
        const [hash = null, worker = null] = Array.isArray(pair) ? pair : []
        return { hash: textOf(hash), worker: textOf(worker) }
      }),
    }
  }

  /**
   * The hashes of requests that wait, oldest first, out of the newest `most` of the list: 1 round trip for the length,
   * 1 for each 500 entries.
   */
  async waiting(most: number): Promise<string[]> {
    const list = listKey(this.tracker)
    const length = Number(await this.link.again((writer) => writer.call('LLEN', list)))
    const found: string[] = []
    // Counted from the tail, where nothing moves when a new one comes to the head.
    for (let last = -1 - Math.max(0, length - most); last >= -length; last -= chunk) {
      const args = [requestKey(this.tracker, ''), last - chunk + 1, last, ...statusesOf.pending]
      const reply = await this.link.again((writer) => writer.call('EVAL', waitingLua, 1, list, ...args))
      if (Array.isArray(reply)) found.push(...reply.map(textOf))
    }
    return found
  }

  /** The hashes at the head of the list, newest first. 1 round trip. */
  async newest(count: number): Promise<string[]> {
    const reply = await this.link.again((writer) => writer.call('LRANGE', listKey(this.tracker), 0, count - 1))
    return Array.isArray(reply) ? reply.map(textOf) : []
  }

  /** Takes one, unless another was quicker: 2 round trips. Throws when Redis is away, also when it may be taken all the same. */
  async take({ hash, worker }: Candidate): Promise<Taking> {
    const key = requestKey(this.tracker, hash)
    const seen = await this.link.once((writer) => writer.call('GET', key))
    if (!Buffer.isBuffer(seen)) return this.#notTaken(hash, worker, null)
    const died = worker !== null && worker !== ''
    const edited = editStored(seen, (text) => taken(text, worker !== null, died))
    if ('refusal' in edited) return this.#notTaken(hash, worker, edited.refusal)
    const { claims, claimers, rate } = this.#keys
    const between = this.ratePerSecond === null ? 0 : 1000 / this.ratePerSecond
    const args = [seen, edited.text, ...this.#where(hash), hash, this.worker, this.leaseMs, between]
    const reply = await this.link.once((writer) => writer.run(claimScript, [key, claims, claimers, rate], args))
    if (reply === 1) return { kind: 'taken', text: edited.text, deaths: countIn(edited.text, 'worker_deaths') }
    return typeof reply === 'number' && reply < 0 ? { kind: 'wait', ms: -reply } : { kind: 'not', why: null }
  }

  /** A claim whose request ended or expired is forgotten; one out of the list has none. */
  async #notTaken(hash: string, worker: string | null, why: string | null): Promise<Taking> {
    if (worker !== null) await this.#release(hash, '')
    return { kind: 'not', why }
  }

  /**
   * Changes one that this worker has, until Redis has answered: 2 round trips, more where others write to it.
   * @param after what becomes of the claim: `keep`, `drop`, or the ms after which anybody may take it
   */
  async settle(
    hash: string,
    edit: (text: string) => Edit,
    after: 'keep' | 'drop' | number,
    until?: AbortSignal,
  ): Promise<Settled> {
    const { claims, claimers } = this.#keys
    const key = requestKey(this.tracker, hash)
    let seen: Reply = await this.link.again((writer) => writer.call('GET', key), until)
    for (;;) {
      if (!Buffer.isBuffer(seen)) return this.#over(hash, after, { kind: 'gone' })
      const status = statusIn(seen.toString('utf8'))
      if (status !== null && isEnded(status)) return this.#over(hash, after, { kind: 'ended', status })
      const edited = editStored(seen, edit)
      if ('refusal' in edited) return this.#over(hash, after, { kind: 'unreadable' })
      const args = [seen, edited.text, ...this.#where(hash), hash, this.worker, String(after)]
      seen = await this.link.run(settleScript, [key, claims, claimers], args, until)
      if (seen === 1) return { kind: 'done', text: edited.text }
      if (seen === -1) return { kind: 'lost' }
    }
  }

  /** Lets go of one that needs no change any more. 1 round trip. */
  release(hash: string, until?: AbortSignal): Promise<void> {
    return this.#release(hash, this.worker, until)
  }

  /** The request as it is now; null when it is gone. 1 round trip. */
  async read(hash: string): Promise<Buffer | null> {
    const reply = await this.link.again((writer) => writer.call('GET', requestKey(this.tracker, hash)))
    return Buffer.isBuffer(reply) ? reply : null
  }

  async #over(hash: string, after: 'keep' | 'drop' | number, settled: Settled): Promise<Settled> {
    if (after !== 'keep') await this.release(hash)
    return settled
  }

  async #release(hash: string, worker: string, until?: AbortSignal): Promise<void> {
    await this.link.run(releaseScript, [this.#keys.claims, this.#keys.claimers], [hash, worker], until)
  }

  #where(hash: string): [number, string, string] {
    return [ttlSeconds, channelOf(this.tracker, hash), listKey(this.tracker)]
  }
}

/** A request as it is once a worker has it. One out of the list must still wait to be begun. */
function taken(text: string, fromClaims: boolean, died: boolean): Edit {
  const status = statusIn(text) ?? ''
  if (isEnded(status)) return { refusal: `This request is ${status} already.` }
  if (!fromClaims && stateOf(status) !== 'pending') return { refusal: `This request is ${status} already.` }
  const begun = set(text, Date.now(), { status: '"processing"', requires_otp: unasked(text) }).text
  return { text: died ? setField(begun, 'worker_deaths', String(countIn(text, 'worker_deaths') + 1)) : begun }
}

function heldOf(word: Reply): { readonly status: string } | 'lost' | 'gone' {
  if (word === 0) return 'lost'
  return word === 1 ? 'gone' : { status: textOf(word) }
}

function textOf(reply: Reply): string {
  return Buffer.isBuffer(reply) ? reply.toString('utf8') : ''
}
