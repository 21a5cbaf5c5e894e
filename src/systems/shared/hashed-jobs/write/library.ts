import type { Layout } from '../layout.ts'

/** Options of a new job, as the library would have stored them. */
export interface StoredOptions {
  /** JSON of the hash field `opts`. */
  readonly json: string
  readonly priority: number
  readonly delayMs: number
  readonly lifo: boolean
  /** Null for the next number of the queue. */
  readonly id: string | null
}

/**
 * What the write actions need to know of a library. `lua` defines these functions, which every script may call; `b` is
 * what the keys of a queue begin with, `id` a job and `k` the key of its hash:
 *
 *   refusal(b)          why nothing may be written to a queue, a code of `refusals`; nil when it may
 *   line(b)             { list }: where ids of jobs without a priority go now, whether the queue is paused or not
 *   put(b, id, prev, front)   queues the job by its priority, tells so, and notes that workers are to be woken
 *   later(b, due)       tells workers that a job is due at this time, ms
 *   wake()              wakes workers of the queues that were put to: every script calls it last
 *   tell(b, event, id, prev)  tells listeners, as the library does; of `cleaned` the id is a count
 *   bound(b, id, k)     why the job may not be removed, a code; nil when it may
 *   rooted(b, id, k)    why it may not move to another queue
 *   ready(b, id, k)     nil when a job that ended may run again, 'park' when it has to wait for its children first,
 *                       or a code
 *   relink(b, k, prev)  a job that runs again counts for its parent again; true where it does
 *   scheduled(b, most)  ids of the next jobs of schedules
 *   untie(b, id, k, whole)    takes the job out of what points to it, and sets its parent free where it was the last
 *                       child; its parent keeps it where the family goes as a whole. Returns what `tie` needs to undo that
 *   tie(b, id, k, ties)
 *   below(b, k)         keys of the children that did not end yet
 *   careful             suffixes of keys that make a job one that cannot simply run again: its lock, its children
 *   ordinary(row, i)    whether a job without those can run again with no more ado than `again` and the push: it has no
 *                       parent, no priority and is not `lifo`. Row i of `ordinaryFields`. May say false of any job: then it goes the
 *                       long way
 *   putAll(b, ids, prev)      queues ordinary jobs, at most 800
 *   alone(row, i)       whether a job without keys beside its hash is a hash to which nothing points but its state. Row i
 *                       of `aloneFields`. May say false
 *   again(k, state, reset)    clears what an ended run left in the hash, and its attempts if asked
 *   cleared(state, reset)     names of the fields that `again` changes
 *   unrank(b, id)       takes a job that was taken out of its list out of what orders that list
 */
export interface Library {
  readonly layout: Layout
  readonly lua: string
  /** Suffixes of a job's keys: '' for the hash, then those beside it. */
  readonly suffixes: readonly string[]
  /** Keys of a queue beside those of its states, by suffix, and their types. */
  readonly types: readonly (readonly [suffix: string, type: 'string' | 'set' | 'zset' | 'hash' | 'stream'])[]
  /**
   * Options that a person wrote (null for none), or those of a job that is copied. Throws INVALID_INPUT with what the
   * library would not take.
   */
  optionsOf(options: Readonly<Record<string, unknown>>, now: number): StoredOptions
  /** Options that belong to one job alone, which a copy of it must not have. */
  readonly ownOptions: readonly string[]
  readonly pauseLua: string
  readonly resumeLua: string
}
