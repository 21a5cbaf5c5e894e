import { z } from 'zod'
import { attemptsChoiceSchema, jobSummarySchema, storedTextSchema } from './job.ts'
import { payloadChangeSchema } from './payload-change.ts'
import { actionSchema, queueRefSchema } from './queue.ts'
import { redactionRulesSchema } from './redaction.ts'
import { placeSchema, selectionSchema } from './selection.ts'

/** What became of an action: what was done, what was no longer there, what was refused and why. */
export const outcomeSchema = z.object({
  done: z.number(),
  missing: z.number(),
  refused: z.array(z.object({ ref: z.string(), reason: z.string() })),
  /** Jobs that were left as they were because the operator cancelled. */
  left: z.number().optional(),
  /** The journal entry that records it, and holds its Undo where there is one. */
  journalId: z.string().nullable(),
})
export type Outcome = z.infer<typeof outcomeSchema>

/** All that the journal may tell of: actions on jobs and queues, and what else changes something. */
export const journalActionSchema = z.union([
  actionSchema,
  z.enum([
    'cancel',
    'undo',
    'unlock',
    'save-schedule',
    'remove-schedule',
    'run-schedule',
    'tell-worker',
    'create-request',
    'change-request',
    'clean-up-requests',
    'copy',
    'import',
    'empty-trash',
  ]),
])
export type JournalAction = z.infer<typeof journalActionSchema>

/** One change that an operator made. `undo` is true, or the reason why it cannot be undone. */
export const journalEntrySchema = z.object({
  id: z.string(),
  at: z.number(),
  connectionId: z.string(),
  profileName: z.string(),
  environment: z.string(),
  action: journalActionSchema,
  queue: queueRefSchema.nullable(),
  /** The user of the computer who did it, and why, where that was asked. */
  who: z.string(),
  reason: z.string().nullable(),
  /** A sentence in the past tense: "Removed 3 jobs from email (Dead)". */
  summary: z.string(),
  done: z.number(),
  missing: z.number(),
  refused: z.number(),
  /** Jobs in the state just before and just after; null where that was not counted. */
  before: z.number().nullable(),
  after: z.number().nullable(),
  undo: z.union([z.literal(true), z.string()]),
  undoneAt: z.number().nullable(),
  /** Epoch ms at which the trash behind the Undo expires. */
  expiresAt: z.number().nullable(),
})
export type JournalEntry = z.infer<typeof journalEntrySchema>

/** What can be done to many jobs at once. `edit` changes payloads and retries; `copy` puts copies into another connection. */
export const bulkActions = ['retry', 'edit', 'remove', 'move', 'promote', 'reschedule', 'duplicate', 'copy'] as const
export const bulkActionSchema = z.enum(bulkActions)
export type BulkAction = z.infer<typeof bulkActionSchema>

/** What is to be done, to which jobs. What an action does not need is null. */
export const planQuestionSchema = z.object({
  connectionId: z.string().min(1).max(64),
  action: bulkActionSchema,
  selection: selectionSchema,
  /** Whether a retry gives the jobs all their attempts again. */
  attempts: attemptsChoiceSchema.default('keep'),
  /** The queue to move or copy to; `into` is the connection for a copy. */
  to: queueRefSchema.nullable().default(null),
  into: z.string().min(1).max(64).nullable().default(null),
  /** When rescheduled jobs are due, epoch ms. */
  at: z.number().int().min(0).nullable().default(null),
  /** How payloads change, and for a copy what is taken out of them. */
  change: payloadChangeSchema.nullable().default(null),
  redaction: redactionRulesSchema.default([]),
})
export type PlanQuestion = z.infer<typeof planQuestionSchema>

/** One job of a plan's sample: its payload now, and as it would be where that changes. Texts are cut at 16 KB. */
export const planSampleSchema = placeSchema.extend({
  job: jobSummarySchema,
  before: storedTextSchema,
  after: storedTextSchema.nullable(),
  /** Why this job would be refused; null when it would not. */
  problem: z.string().nullable(),
  /** What is odd about the change: "attempts was a number and becomes text". */
  notes: z.array(z.string()),
})
export type PlanSample = z.infer<typeof planSampleSchema>

/** Exactly what an action would do. Its set of jobs is frozen: what arrives after `at` is not touched. */
export const planSchema = z.object({
  id: z.string(),
  question: planQuestionSchema,
  at: z.number(),
  /** Where the jobs are and how many; `able` is true, or the reason why nothing can be done there. */
  places: z.array(placeSchema.extend({ count: z.number(), able: z.union([z.literal(true), z.string()]) })),
  /** Jobs that would be acted on, in the places that can. */
  count: z.number(),
  /** Bytes of their payloads; `estimated` from the sample where reading all would be dear. */
  bytes: z.object({ value: z.number(), estimated: z.boolean() }),
  /** At most ten, spread over the set. */
  sample: z.array(planSampleSchema),
  /** How long it takes at full speed; null when nothing is known. */
  estimateMs: z.number().nullable(),
  /** The Redis commands that do the same, for redis-cli, commented; the scripts of chunks are shown for the sample. */
  script: z.string(),
  /** True when the journal entry will have an Undo, else why not. */
  undo: z.union([z.literal(true), z.string()]),
  /** What the trash would hold, and whether that fits the limit of the profile; null where nothing goes there. */
  trash: z
    .object({ bytes: z.number(), used: z.number(), limit: z.number(), fits: z.boolean(), places: z.array(z.string()) })
    .nullable(),
  /** The operator must type the count. */
  typeCount: z.boolean(),
  /** What an operator should know before: "3 workers serve this queue." */
  warnings: z.array(z.string()),
})
export type Plan = z.infer<typeof planSchema>

/** First one job, then `second` jobs, then the rest: it pauses when more than `failPercent` of the retried ones fail again. */
export const canarySchema = z.object({
  second: z.number().int().min(1).max(10_000),
  failPercent: z.number().min(0).max(100),
  /** How long the jobs of a step may take before the next step begins without knowing, ms. */
  patienceMs: z.number().int().min(1000).max(86_400_000),
})
export type Canary = z.infer<typeof canarySchema>

/** How a plan is to be run. */
export const runQuestionSchema = z.object({
  planId: z.string().max(64),
  /** The count as somebody typed it, where the plan asks for that. */
  typedCount: z.number().int().nullable().default(null),
  reason: z.string().max(1000).nullable().default(null),
  /** Jobs a second; null for as fast as it goes. */
  pace: z.number().min(0.1).max(1_000_000).nullable().default(null),
  canary: canarySchema.nullable().default(null),
  trash: z.enum(['redis', 'computer', 'none']).default('redis'),
})
export type RunQuestion = z.infer<typeof runQuestionSchema>

/** running; paused by a person; watching what a canary's jobs do; held because too many failed again; ended. */
export const runStatuses = ['running', 'paused', 'watching', 'held', 'ended'] as const

/** An action over many jobs, while it runs and until it is put away. Each place that it acts on has its own journal entry. */
export const operationRunSchema = z.object({
  id: z.string(),
  journalIds: z.array(z.string()),
  connectionId: z.string(),
  action: journalActionSchema,
  /** One queue, or null where there are several. */
  queue: queueRefSchema.nullable(),
  stateLabel: z.string(),
  status: z.enum(runStatuses),
  done: z.number(),
  missing: z.number(),
  refused: z.number(),
  /** How many jobs there are to do; null until that is known. */
  total: z.number().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  cancelled: z.boolean(),
  /** Jobs a second over the last seconds, and how long the rest takes at that rate, ms. */
  rate: z.number().nullable(),
  leftMs: z.number().nullable(),
  pace: z.number().nullable(),
  /** Which step a canary is at, what became of the jobs looked at, and when it goes on by itself. */
  canary: z
    .object({
      step: z.number(),
      steps: z.number(),
      waiting: z.number(),
      succeeded: z.number(),
      failed: z.number(),
      until: z.number().nullable(),
    })
    .nullable(),
  /** Why it does not go on, or ended early, in a sentence. */
  problem: z.string().nullable(),
  /** Whether it can be paused and paced: single scripts cannot. */
  steerable: z.boolean(),
  /** Whether it was begun by an earlier start of the app, and went on. */
  resumed: z.boolean(),
})
export type OperationRun = z.infer<typeof operationRunSchema>

/** What became of every job of a run that is not simply done. */
export const reportSchema = z.object({
  run: operationRunSchema,
  /** A page of the jobs that were refused or no longer there, in their order. */
  others: z.array(placeSchema.extend({ ref: z.string(), what: z.enum(['missing', 'refused']), reason: z.string() })),
  total: z.number(),
})
export type Report = z.infer<typeof reportSchema>
