import { keysOf as systemKeysOf } from '../../systems/plain-list/keys.ts'

/**
 * The keys of the pool, over a plain-list queue B = prefix + name (systems/plain-list/keys.ts draws the rest). Producers
 * only RPUSH to B, and old workers (pop B, SADD and SREM on B:processing) may share all of it.
 *
 *   B               LIST  waiting; popped and recorded in one script, so a job is always in exactly one place
 *   B:w:WORKER      HASH  seq -> payload: THE record of what a worker holds; `last` -> the highest seq it ever reserved
 *   B:leases        ZSET  worker -> ms on Redis's clock until which it counts as alive; every script of it renews
 *   B:processing    SET   view of what is held, for people and old workers; nothing is decided by it, except that what
 *                         stands there and no lease owns was left by an old worker that died
 *   B:twins         HASH  SHA-1 of a payload -> how many holders it has beyond the first: a set cannot hold equals, so
 *                         the last holder alone takes the payload out of the view
 *   B:orphans       ZSET  SHA-1 of a member of the view that no lease owns -> ms when that was first seen
 *   B:delayed       ZSET  payload -> ms when it is due: retries that wait
 *   B:dlq           LIST  dead letters, newest at the tail
 *   B:stats         HASH  done, dead, retried: counters that only grow
 *
 *                  reserve (seq)                    ack (seq)
 *   B, head ─────────────────────► B:w:WORKER ─────────────────► gone, stats.done + 1
 *     ▲  ▲                          │   │   │
 *     │  └── recover, release ──────┘   │   └── dead (seq) ─────► B:dlq, tail
 *     │      (to the head, in order)    │
 *     └──── due ──── B:delayed ◄────────┘ retryLater (seq)
 *
 * A worker names what it does by (worker, seq), never by payload, and never uses a seq twice. So a script whose reply
 * was lost is simply sent again: the second run finds its work done. A worker whose lease is gone is *fenced*: whatever
 * it still sends finds nothing, and it goes on under a new name.
 */
export interface PoolKeys {
  readonly base: string
  readonly processing: string
  readonly dead: string
  readonly delayed: string
  readonly leases: string
  readonly stats: string
  readonly twins: string
  readonly orphans: string
  /** What every worker's hash begins with. */
  readonly workers: string
}

export function poolKeys(prefix: string, name: string): PoolKeys {
  const { base, processing, dead, delayed, leases, stats } = systemKeysOf({ system: 'plain-list', prefix, name })
  return {
    base,
    processing,
    dead,
    delayed,
    leases,
    stats,
    twins: `${base}:twins`,
    orphans: `${base}:orphans`,
    workers: `${base}:w:`,
  }
}

/** KEYS of every script of the pool, in the order in which the scripts unpack them. */
export function scriptKeys(keys: PoolKeys, worker: string): string[] {
  const { base, processing, dead, delayed, leases, stats, twins, orphans, workers } = keys
  return [base, processing, dead, delayed, leases, stats, twins, orphans, workers + worker]
}
