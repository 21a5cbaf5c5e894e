import type { ListSystem, PoolConfig } from '../../../domain/pool.ts'
import { endFields, keyOfState } from '../../../systems/http-jobs/keys.ts'
import { keysOf } from '../../../systems/plain-list/keys.ts'

/**
 * The keys of a pool, from a base B: for plain-list the queue's own key, for http-jobs the word before `:ready`. What a
 * job's producers and old workers know stands first; they may share all of it, and need to know nothing of the rest.
 *
 *   waiting         LIST  B, or B:ready. Producers RPUSH; popped and recorded in one script, so a job is in one place
 *   processing      SET   B:processing (for http-jobs also a LIST), what is held: a view for people and old workers.
 *                         Nothing is decided by it, except that what no lease owns was left by an old worker
 *   dead            LIST  B:dlq, or B:failed: newest at the tail, never cut
 *   completed       LIST  B:completed, http-jobs only: newest at the tail, the last few thousand
 *   B:high, B:low   LIST  waiting, before and after the others
 *   B:delayed       ZSET  payload -> ms when it is due
 *   B:w:WORKER      HASH  seq -> payload: THE record of what a worker holds; `last` -> its last step and what that took
 *   B:claim:WORKER  LIST  where the blocking BLMOVE of an idle worker puts a job, for the moment until a step adopts it
 *   B:leases        ZSET  worker -> ms on Redis's clock until which it counts as alive, renewed by each of its steps;
 *                         negative: ms of its death, kept for a while because a late BLMOVE may still fill its claim
 *   B:twins         HASH  SHA-1 of a payload -> how many holders it has beyond the first: a set cannot hold equals, so
 *                         the last holder alone takes the payload out of the view
 *   B:orphans       ZSET  SHA-1 of a member of the view that no lease owns -> ms when that was first seen
 *   B:crashes       HASH  SHA-1 of a payload -> how many workers died while they held it
 *   B:suspect       LIST  jobs that two workers died with: each is run alone, so that no other is blamed again
 *   B:meta          HASH  paused -> 1
 *   B:rate          STRING  the time to which a limited queue has used up its allowance, in microseconds
 *   B:schedules     HASH  id -> {"cron","timezone","payload"}: jobs that come again and again
 *   B:schedule      ZSET  id -> ms when it adds its next job
 *   B:stats         HASH  done, dead, retried: counters that only grow
 *
 *                   step                            step, ack (seq)
 *   waiting, head ─────────────► B:w:WORKER ─────────────────────────► gone, or completed; stats.done + 1
 *     ▲  ▲     │  BLMOVE   step ▲ │   │   │
 *     │  │     └──► B:claim ────┘ │   │   └─ step, dead (seq) ───────► dead, tail
 *     │  └─ recover, give back ───┘   │
 *     └──── due ──── B:delayed ◄──────┘ step, retry (seq)
 *
 * A worker names what it does by (worker, seq), never by payload, and numbers its steps. So a step whose reply was lost
 * is simply sent again: it finds its work done and gives the same answer; a copy that arrives later still does nothing.
 * A worker whose lease is gone is *fenced*: whatever it still sends finds nothing, and it goes on under a new name.
 * In a cluster all keys must share a slot, so the name needs a hash tag: `queue:{email}`.
 */
export interface Layout {
  readonly system: ListSystem
  /** How errors and logs call the queue: its base. */
  readonly base: string
  readonly waiting: string
  readonly processing: string
  readonly dead: string
  /** Where done jobs are kept; null where they are only counted. */
  readonly completed: string | null
  readonly high: string
  readonly low: string
  readonly delayed: string
  readonly leases: string
  readonly twins: string
  readonly orphans: string
  readonly crashes: string
  readonly suspects: string
  readonly meta: string
  readonly rate: string
  readonly schedules: string
  readonly scheduleTimes: string
  readonly stats: string
  /** What every worker's hash begins with. */
  readonly workers: string
  /** What every worker's claim begins with. */
  readonly claims: string
  /** What a payload calls things. */
  readonly fields: {
    readonly attempts: string
    readonly failedAt: string
    readonly error: string
    /** null where done jobs are only counted. */
    readonly completedAt: string | null
    /** The status of the last answer, and how long the last try took; null where neither is kept. */
    readonly status: string | null
    readonly durationMs: string | null
    /** Retries after the first try, where a job says so itself. */
    readonly maxRetries: string | null
  }
}

/** How many done jobs are kept, where they are. */
export const completedKept = 10_000

/** The keys and fields of one queue. */
export function layoutOf(system: ListSystem, prefix: string, name: string): Layout {
  const base = prefix + name
  const own = {
    high: `${base}:high`,
    low: `${base}:low`,
    delayed: `${base}:delayed`,
    leases: `${base}:leases`,
    twins: `${base}:twins`,
    orphans: `${base}:orphans`,
    crashes: `${base}:crashes`,
    suspects: `${base}:suspect`,
    meta: `${base}:meta`,
    rate: `${base}:rate`,
    schedules: `${base}:schedules`,
    scheduleTimes: `${base}:schedule`,
    stats: `${base}:stats`,
    workers: `${base}:w:`,
    claims: `${base}:claim:`,
  }
  if (system === 'plain-list') {
    const { processing, dead } = keysOf({ system, prefix, name })
    return {
      system,
      base,
      waiting: base,
      processing,
      dead,
      completed: null,
      ...own,
      fields: {
        attempts: 'attempts',
        failedAt: 'failedAt',
        error: 'error',
        completedAt: null,
        status: null,
        durationMs: null,
        maxRetries: null,
      },
    }
  }
  const key = (state: 'ready' | 'processing' | 'failed' | 'completed') => keyOfState({ system, prefix, name }, state)
  return {
    system,
    base,
    waiting: key('ready'),
    processing: key('processing'),
    dead: key('failed'),
    completed: key('completed'),
    ...own,
    fields: { attempts: 'retry_count', maxRetries: 'max_retry_count', ...endFields },
  }
}

/** The layout that a pool works on. */
export function layoutOfPool(
  config: Pick<PoolConfig, 'queuePrefix' | 'queueName'> & { readonly system: ListSystem },
): Layout {
  return layoutOf(config.system, config.queuePrefix, config.queueName)
}

/** KEYS of every script of the pool, in the order in which the scripts unpack them. */
export function scriptKeys(layout: Layout, worker: string): string[] {
  const { waiting, processing, dead, completed, high, low, suspects, delayed, leases, twins, orphans } = layout
  const { crashes, meta, rate, stats, workers, claims } = layout
  return [
    ...[waiting, high, low, suspects, processing, dead, completed ?? dead, delayed, leases, twins, orphans],
    ...[crashes, meta, rate, stats, workers + worker, claims + worker],
  ]
}

/** Where a job was taken from, as part of its seq: it goes back there. The order is that of KEYS. */
export const sources = { waiting: 0, high: 1, low: 2, suspects: 3 } as const

/** Seqs of a step, and of them for each source: seq = step * perStep + source * perSource + place. */
export const perStep = 4096
export const perSource = 1024
