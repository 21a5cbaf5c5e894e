import { z } from 'zod'
import { mostOf, scaleSchema } from './scale.ts'

/**
 * The handlers that this desktop can run. `csv` imports a file, `request` calls the local API for a tracked request,
 * `own` is a file of the operator's that exports `handle(job, context)`.
 */
export const handlerIds = ['email', 'sms', 'http', 'csv', 'request', 'own'] as const
export const handlerIdSchema = z.enum(handlerIds)
export type HandlerId = z.infer<typeof handlerIdSchema>

/** The systems whose queues are lists that Sluice's own protocol works on. */
export const listSystems = ['plain-list', 'http-jobs'] as const
export type ListSystem = (typeof listSystems)[number]

/** The systems whose queues their own library's workers work on, within Sluice. */
export const librarySystems = ['bull', 'bullmq'] as const
export type LibrarySystem = (typeof librarySystems)[number]

/** The systems whose queues a pool of this desktop can work on. */
export const poolSystems = [...listSystems, ...librarySystems, 'request-tracker'] as const
export const poolSystemSchema = z.enum(poolSystems)
export type PoolSystem = z.infer<typeof poolSystemSchema>

/** The handlers that run in processes of their own. */
export const processHandlers: ReadonlySet<HandlerId> = new Set<HandlerId>(['csv', 'own'])

/** What a job of a handler in a process of its own may take: beyond it, that process is ended. */
export const limitsSchema = z.object({
  timeMs: z.number().int().min(100).max(86_400_000),
  memoryMb: z.number().int().min(32).max(65_536),
  /** Jobs that share a process at a time, and so its end. */
  jobsPerProcess: z.number().int().min(1).max(100),
})
export type Limits = z.infer<typeof limitsSchema>

/** What bull and bullmq ask their workers for. */
export const librarySettingsSchema = z.object({
  /** How long a job counts as held without a sign of its worker. */
  lockMs: z.number().int().min(1000).max(3_600_000),
  /** How often jobs without a sign are looked for. */
  stalledMs: z.number().int().min(1000).max(3_600_000),
  /** How often a job may lose its worker before it fails. */
  maxStalled: z.number().int().min(0).max(100),
  /** Jobs begun in a time, over all workers that are set up so; null for no limit. */
  limiter: z
    .object({ max: z.number().int().min(1).max(1_000_000), durationMs: z.number().int().min(1).max(86_400_000) })
    .nullable(),
})
export type LibrarySettings = z.infer<typeof librarySettingsSchema>

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

/** Processes of one pool at most. */
const mostProcesses = 256

/** How one pool is set up. */
export const poolConfigSchema = z
  .object({
    connectionId: z.string(),
    system: poolSystemSchema,
    /** For http-jobs the word before `:ready`. */
    queueName: z.string().min(1).max(500),
    queuePrefix: z.string().max(500),
    handler: handlerIdSchema,
    /** The file of the handler `own`, by its whole path; else null. */
    file: z.string().min(1).max(4096).nullable(),
    limits: limitsSchema,
    /** Jobs at once: a number, or between two by what waits. */
    scale: scaleSchema,
    /** Of bull and bullmq, which decide about attempts and back-off by each job's own options. */
    library: librarySettingsSchema,
    /** Where a job carries a limit of its own (max_retry_count), that one counts. */
    maxAttempts: z.number().int().min(1).max(50),
    backoff: backoffSchema,
    priorities: prioritiesSchema,
    /** Jobs begun a second over all pools of this queue at most; null for no limit. */
    ratePerSecond: z.number().positive().max(1_000_000).nullable(),
    /** Start even though Redis may evict whole queues when its memory is full. */
    acceptsEviction: z.boolean(),
  })
  .refine(
    ({ handler, scale, limits }) =>
      !processHandlers.has(handler) || mostOf(scale) <= mostProcesses * limits.jobsPerProcess,
    {
      path: ['limits', 'jobsPerProcess'],
      message: `More than ${mostProcesses} processes: let more jobs share one.`,
    },
  )
export type PoolConfig = z.infer<typeof poolConfigSchema>

/** All settings but what is worked on and by which handler, as most queues need them. */
export const poolDefaults: Omit<PoolConfig, 'connectionId' | 'system' | 'queueName' | 'queuePrefix' | 'handler'> = {
  file: null,
  limits: { timeMs: 300_000, memoryMb: 256, jobsPerProcess: 1 },
  scale: { by: 'fixed', count: 10 },
  library: { lockMs: 30_000, stalledMs: 30_000, maxStalled: 1, limiter: null },
  maxAttempts: 3,
  backoff: { kind: 'exponential', firstMs: 1000, longestMs: 300_000 },
  priorities: 'off',
  ratePerSecond: null,
  acceptsEviction: false,
}

/** A pool that was saved for a profile. */
export const savedPoolSchema = z.object({
  id: z.string().min(1).max(64),
  config: poolConfigSchema,
  /** Starts when its connection opens with the app; never of a production profile. */
  autostart: z.boolean(),
})
export type SavedPool = z.infer<typeof savedPoolSchema>

/** A running (or stopped) pool as the screens show it. */
export const poolStatusSchema = z.object({
  id: z.string(),
  /** Under which it is saved; null when it is not. */
  savedId: z.string().nullable(),
  config: poolConfigSchema,
  /** Jobs at once now, by its scale. */
  concurrency: z.number(),
  /** Of a handler in processes of its own; null for those within Sluice. */
  processes: z.object({ count: z.number(), memoryBytes: z.number().nullable() }).nullable(),
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
