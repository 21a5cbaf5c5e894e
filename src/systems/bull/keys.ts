import type { Layout } from '../shared/hashed-jobs/layout.ts'
import { headsLua } from './heads.lua.ts'

/**
 * Bull 4 (checked against 4.16.5). P is the `prefix` option, `bull` by default; Q the queue's name.
 *
 *   P:Q:id                  STRING  counter of ids, counts every add, also those with an id of their own
 *   P:Q:wait                LIST    ids; LPUSH in, the tail runs next (`lifo` jobs are put at the tail)
 *   P:Q:paused              LIST    the same list, renamed while the queue is paused
 *   P:Q:active              LIST    ids that workers took; the head is the newest
 *   P:Q:delayed             ZSET    id -> due ms * 4096 + a small counter
 *   P:Q:completed, :failed  ZSET    id -> ms when it ended
 *   P:Q:priority            ZSET    id -> priority; only an index: the ids are in wait or paused as well
 *   P:Q:repeat              ZSET    what repeats -> ms of the next run; that run is a delayed job `repeat:<md5>:<ms>`
 *   P:Q:meta-paused         STRING  there while the queue is paused; the hash P:Q:meta {paused} mirrors it
 *   P:Q:stalled             SET     ids that the next check for dead workers looks at; :stalled-check throttles it
 *   P:Q:limiter, :de:X      STRING  rate limit; debounce id X -> job id
 *   P:Q:metrics:completed   HASH    count, prevTS, prevCount (:failed too), where a worker has the `metrics` option
 *   P:Q:ID                  HASH    the job: name data opts timestamp delay priority progress processedOn finishedOn
 *                                   retriedOn attemptsMade failedReason stacktrace returnvalue stalledCounter deid
 *   P:Q:ID:lock             STRING  token of the worker that runs the job; it expires 30 s after the last renewal
 *   P:Q:ID:logs             LIST    lines of `job.log`, oldest first
 *
 *            add                    worker takes it, sets lock             returns
 *   producer ────► wait (or paused) ──────────────────────────► active ─────────────► completed
 *      │             ▲       ▲  ▲                                │  │ throws, no attempts left
 *      │ delay   due │ retry │  └──── lock gone: stalled ────────┘  ├────────────────► failed
 *      └────────► delayed    └─────────────────────────── failed    │
 *                    ▲                     throws, attempts left    │
 *                    └──────────────────────────────────────────────┘
 *
 * A state is where the id is; a hash whose id is nowhere is an orphan, which Bull itself never shows either.
 */
export const layout: Layout = {
  label: 'Bull',
  places: {
    waiting: { suffix: 'wait', type: 'list', first: 'tail' },
    paused: { suffix: 'paused', type: 'list', first: 'tail' },
    active: { suffix: 'active', type: 'list', first: 'tail' },
    delayed: { suffix: 'delayed', type: 'zset', first: 'lowest' },
    failed: { suffix: 'failed', type: 'zset', first: 'highest' },
    completed: { suffix: 'completed', type: 'zset', first: 'highest' },
  },
  unnamed: '__default__',
  attempts: ['attemptsMade'],
  labels: new Map([
    ['priority', 'Priority'],
    ['delay', 'Delay (ms)'],
    ['deid', 'Debounce id'],
    ['stalledCounter', 'Times stalled'],
  ]),
  markers: false,
  flows: false,
  others: [],
  heads: { lua: headsLua, from: ['waiting', 'paused'], tails: ['waiting'] },
  status: {
    command: (base) => ['EXISTS', `${base}meta-paused`],
    read: (paused) => ({ paused: Number(paused) === 1 }),
  },
}
