import type { Layout } from '../shared/hashed-jobs/layout.ts'
import { headsLua } from './heads.lua.ts'
import { statusOf } from './version.ts'

/**
 * BullMQ 5 and 6 (checked against 5.81.5 and 6.7.0). P is the `prefix` option, `bull` by default; Q the queue's name.
 *
 *   P:Q:meta                HASH    opts.maxLenEvents, version (`bullmq:6.7.0`), paused, concurrency, max, duration
 *   P:Q:id                  STRING  counter of ids; pc: counter that orders equal priorities
 *   P:Q:wait                LIST    ids; LPUSH in, the tail runs next (`lifo` jobs are put at the tail)
 *   P:Q:paused              LIST    version 5 alone: wait, renamed while the queue is paused; 6 leaves the ids in wait
 *   P:Q:prioritized         ZSET    id -> priority * 2^32 + counter; runs when wait is empty; never in wait as well
 *   P:Q:active              LIST    ids that workers took; the head is the newest
 *   P:Q:delayed             ZSET    id -> due ms * 4096 + a small counter
 *   P:Q:waiting-children    ZSET    parents of a flow -> ms since when they wait for their children
 *   P:Q:completed, :failed  ZSET    id -> ms when it ended
 *   P:Q:marker              ZSET    wakes a worker: `0` a job is ready, `1` -> ms of the next delayed one
 *   P:Q:events              STREAM  what happened, about 10,000 entries
 *   P:Q:repeat              ZSET    job scheduler -> ms of its next run; its settings are the hash P:Q:repeat:<id>
 *   P:Q:stalled             SET     ids that the next check for dead workers looks at; :stalled-check throttles it
 *   P:Q:de:X, :dn:X         STRING, HASH  deduplication id X -> job id; what is added when that job ends
 *   P:Q:metrics:completed   HASH    count, prevTS, prevCount (:failed too), where a worker has the `metrics` option
 *   P:Q:ID                  HASH    the job: name data opts timestamp delay priority progress processedOn finishedOn
 *                                   returnvalue failedReason stacktrace; ats starts, atm attempts made, stc times
 *                                   stalled, pb worker, rjk scheduler, deid, defa why it will fail, parentKey, parent
 *   P:Q:ID:lock             STRING  token of the worker that runs the job; it expires 30 s after the last renewal
 *   P:Q:ID:logs             LIST    lines of `job.log`, oldest first
 *   P:Q:ID:dependencies     SET     of a parent: keys of the children that did not end; :processed HASH key -> result,
 *                                   :failed HASH key -> reason (ignored failures), :unsuccessful ZSET keys that failed
 *
 *              add                     worker takes it, sets lock                    returns
 *   producer ──┬─► wait ────────────────────┬─────────────────► active ───────────────────► completed
 *              ├─► prioritized ─────────────┘   ▲   ▲            │  │ throws, no attempts left
 *              ├─► waiting-children ── all end ─┘   │            │  └─────────────────────► failed
 *              │                                    └ lock gone ─┘ throws, attempts left    │
 *              └─► delayed ── due ──► wait, prioritized ◄───────── delayed ◄──┘   retry ◄───┘
 *
 * BullMQ up to 4 kept its marker inside wait, at the tail, as an id `0:<ms>`: it is no job and is left out here.
 * With `P::relay:` begin keys of the pub/sub of version 6, which hold no jobs.
 */
export const layout: Layout = {
  label: 'BullMQ',
  places: {
    wait: { suffix: 'wait', type: 'list', first: 'tail' },
    paused: { suffix: 'paused', type: 'list', first: 'tail' },
    prioritized: { suffix: 'prioritized', type: 'zset', first: 'lowest' },
    delayed: { suffix: 'delayed', type: 'zset', first: 'lowest' },
    active: { suffix: 'active', type: 'list', first: 'tail' },
    'waiting-children': { suffix: 'waiting-children', type: 'zset', first: 'lowest' },
    failed: { suffix: 'failed', type: 'zset', first: 'highest' },
    completed: { suffix: 'completed', type: 'zset', first: 'highest' },
  },
  unnamed: null,
  attempts: ['atm', 'attemptsMade'],
  labels: new Map([
    ['parentKey', 'Parent'],
    ['priority', 'Priority'],
    ['delay', 'Delay (ms)'],
    ['rjk', 'Job scheduler'],
    ['nrjid', 'Next scheduled job'],
    ['deid', 'Deduplication id'],
    ['defa', 'Will fail because'],
    ['pb', 'Worker'],
    ['ats', 'Times started'],
    ['stc', 'Times stalled'],
  ]),
  markers: true,
  flows: true,
  others: ['events'],
  heads: { lua: headsLua, from: ['wait', 'paused', 'prioritized'], tails: ['wait', 'paused'] },
  status: {
    command: (base) => ['HMGET', `${base}meta`, 'paused', 'version'],
    read: statusOf,
  },
}
