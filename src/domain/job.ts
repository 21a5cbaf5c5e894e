import { z } from 'zod'
import { queueRefSchema } from './queue.ts'

/** Stored bytes as text: UTF-8 where they are valid UTF-8, else base64. Never re-encoded, never parsed on the way. */
export const storedTextSchema = z.object({
  text: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  /** Size of the whole value in bytes; larger than `text` when `truncated`. */
  bytes: z.number(),
  truncated: z.boolean(),
})
export type StoredText = z.infer<typeof storedTextSchema>

/** What is odd about a job: shown as badges, never as an error page. */
export const badges = [
  'invalid-json',
  'binary',
  'large',
  'no-data',
  'stalled',
  'overdue',
  'orphan',
  'wrong-type',
] as const
export const badgeSchema = z.enum(badges)
export type Badge = z.infer<typeof badgeSchema>

/**
 * A row of a job list. `ref` names the job for actions and detail: opaque to the screens, it carries identity and a
 * fingerprint of what was seen, so that an action on a job that changed is refused. Times are epoch ms.
 */
export const jobSummarySchema = z.object({
  ref: z.string(),
  /** The job's own id where it has one, as stored; else null. */
  id: z.string().nullable(),
  /** Job name, type or class; null when the payload has none. */
  name: z.string().nullable(),
  state: z.string(),
  /** The first few hundred characters of the payload, as stored. */
  preview: z.string(),
  bytes: z.number(),
  createdAt: z.number().nullable(),
  /** When it is due (delayed), was started (active) or ended (failed, completed). */
  at: z.number().nullable(),
  attempts: z.number().nullable(),
  maxAttempts: z.number().nullable(),
  /** 0 to 100; null when the system or the job has no progress. */
  progress: z.number().nullable(),
  error: z.string().nullable(),
  badges: z.array(badgeSchema),
})
export type JobSummary = z.infer<typeof jobSummarySchema>

/** Another job of the same family, named by its id: where it is now, the queue has to be asked. */
export const jobLinkSchema = z.object({
  queue: queueRefSchema,
  id: z.string(),
  /** What became of a child, in words ("completed", "failed, ignored"); null for a parent. */
  outcome: z.string().nullable(),
})
export type JobLink = z.infer<typeof jobLinkSchema>

/** Everything known of one job. */
export const jobDetailSchema = jobSummarySchema.extend({
  payload: storedTextSchema,
  /** Other stored fields, in the order in which a person wants them: options, tags, queue, result ... */
  fields: z.array(z.object({ label: z.string(), value: z.string(), mono: z.boolean() })),
  /** What happened when, oldest first. */
  timeline: z.array(z.object({ at: z.number(), label: z.string() })),
  /** One entry an attempt, oldest first, where the system keeps them. */
  failures: z.array(z.object({ attempt: z.number(), message: z.string(), stack: z.string().nullable() })),
  logs: z.array(z.string()),
  result: storedTextSchema.nullable(),
  /** Parent and children of a flow; null where the system has none, or this job. `more` children are not named. */
  family: z.object({ parent: jobLinkSchema.nullable(), children: z.array(jobLinkSchema), more: z.number() }).nullable(),
})
export type JobDetail = z.infer<typeof jobDetailSchema>

/**
 * One page of a state. `total` is the state's size at the time of reading; `offset` counts from the job that runs next
 * (waiting) or was put there last (failed, completed). `partial` says in a sentence when not all can be reached.
 */
export const jobPageSchema = z.object({
  total: z.number(),
  offset: z.number(),
  jobs: z.array(jobSummarySchema),
  partial: z.string().nullable(),
})
export type JobPage = z.infer<typeof jobPageSchema>

/** Where a job is now, by its id. */
export const jobPlaceSchema = z.object({ state: z.string(), ref: z.string() })
export type JobPlace = z.infer<typeof jobPlaceSchema>

/** A job that is to be added: `payload` is exact text, `options` JSON in the words of the queue library. */
export const newJobSchema = z.object({
  payload: z.string().max(64 * 1024 * 1024),
  name: z.string().max(500).nullable(),
  options: z.string().max(100_000).nullable(),
})
export type NewJob = z.infer<typeof newJobSchema>

/** Whether a retry gives a job all its attempts again; kept, a job that used them up has exactly one run. */
export const attemptsChoiceSchema = z.enum(['keep', 'reset'])
export type AttemptsChoice = z.infer<typeof attemptsChoiceSchema>
