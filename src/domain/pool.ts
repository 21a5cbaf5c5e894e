import { z } from 'zod'

/** The handlers that this desktop can run. */
export const handlerIds = ['email', 'sms', 'http'] as const
export const handlerIdSchema = z.enum(handlerIds)
export type HandlerId = z.infer<typeof handlerIdSchema>

/** The systems whose queues a pool of this desktop can work on. */
export const poolSystems = ['plain-list', 'http-jobs'] as const
export const poolSystemSchema = z.enum(poolSystems)
export type PoolSystem = z.infer<typeof poolSystemSchema>

const delayMs = z.number().int().min(0).max(86_400_000)

/**
 * How long a failed job waits before its next try. `exponential`: first, 2 x first, 4 x first, ... up to longest, each
 * shortened by up to a fifth at random, so that jobs that failed together do not come back together. `given`: the n-th
 * retry waits the n-th delay, further ones the last.
 */
export const backoffSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exponential'), firstMs: delayMs, longestMs: delayMs }),
  z.object({ kind: z.literal('given'), delaysMs: z.array(delayMs).min(1).max(50).readonly() }),
])
export type Backoff = z.infer<typeof backoffSchema>

/**
 * Whether a pool also takes jobs from QUEUE:high and QUEUE:low. `strict`: high ones first, then the others, low ones
 * last; `weighted`: of ten takes, seven begin with high, two with the others, one with low.
 */
export const prioritiesSchema = z.enum(['off', 'strict', 'weighted'])
export type Priorities = z.infer<typeof prioritiesSchema>

/** How one pool is set up. */
export const poolConfigSchema = z.object({
  connectionId: z.string(),
  system: poolSystemSchema,
  /** For http-jobs the word before `:ready`. */
  queueName: z.string().min(1).max(500),
  queuePrefix: z.string().max(500),
  handler: handlerIdSchema,
  concurrency: z.number().int().min(1).max(256),
  /** Where a job carries a limit of its own (max_retry_count), that one counts. */
  maxAttempts: z.number().int().min(1).max(50),
  backoff: backoffSchema,
  priorities: prioritiesSchema,
  /** Jobs begun a second over all pools of this queue at most; null for no limit. */
  ratePerSecond: z.number().positive().max(1_000_000).nullable(),
  /** Start even though Redis may evict whole queues when its memory is full. */
  acceptsEviction: z.boolean(),
})
export type PoolConfig = z.infer<typeof poolConfigSchema>

/** A running (or stopped) pool as the screens show it. */
export const poolStatusSchema = z.object({
  id: z.string(),
  config: poolConfigSchema,
  state: z.enum(['starting', 'running', 'draining', 'stopped', 'failed']),
  /** The queue is paused: nobody's pool begins jobs of it. */
  paused: z.boolean(),
  /** Live sends through the provider, or messages only rendered because no key is set. */
  mode: z.enum(['live', 'dev']),
  since: z.number(),
  active: z.number(),
  /** Taken from the queue and not begun yet. */
  buffered: z.number(),
  done: z.number(),
  retried: z.number(),
  dead: z.number(),
  recovered: z.number(),
  donePerMinute: z.number(),
  /** How long the handler took, over the last few hundred jobs; null before the first. */
  handlerMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
  /** Jobs that came with one round trip, on average of late. */
  batchSize: z.number(),
  /** Since Redis last confirmed that this worker counts as alive, in ms; null before the first time. */
  leaseAgeMs: z.number().nullable(),
  /** Jobs that wait to be run alone, because a worker died twice while it held them. */
  suspects: z.number(),
  problem: z.string().nullable(),
})
export type PoolStatus = z.infer<typeof poolStatusSchema>

/** Where all jobs of one queue are, counted in one instant. */
export const poolAuditSchema = z.object({
  places: z.object({
    waiting: z.number(),
    high: z.number(),
    low: z.number(),
    suspects: z.number(),
    delayed: z.number(),
    /** Recorded as in the hands of a worker. */
    held: z.number(),
    /** On the way into the hands of a worker that was idle. */
    claimed: z.number(),
    dead: z.number(),
    /** Done since the pools began to count. */
    done: z.number(),
  }),
  /** The sum of all places. */
  total: z.number(),
  workers: z.array(
    z.object({
      worker: z.string(),
      /** Until its lease runs out, in ms; negative when it has run out. */
      leaseMs: z.number(),
      held: z.number(),
      claimed: z.number(),
    }),
  ),
  /** Shown as being run, and in nobody's hands: an old worker has them, or died with them. */
  orphans: z.object({ count: z.number(), oldestAgeMs: z.number().nullable() }),
  /** What does not add up, as sentences; empty when all is well. */
  problems: z.array(z.string()),
})
export type PoolAudit = z.infer<typeof poolAuditSchema>

/** A message that a handler rendered: what was, or in dev mode would have been, sent. */
export const renderedMessageSchema = z.object({
  id: z.string(),
  poolId: z.string(),
  at: z.number(),
  channel: handlerIdSchema,
  type: z.string(),
  to: z.string(),
  subject: z.string().nullable(),
  text: z.string(),
  html: z.string().nullable(),
  outcome: z.enum(['previewed', 'sent', 'failed']),
  error: z.string().nullable(),
  attempt: z.number(),
})
export type RenderedMessage = z.infer<typeof renderedMessageSchema>
