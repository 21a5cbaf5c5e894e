import { z } from 'zod'
import { jobSummarySchema } from './job.ts'
import { kindSchema } from './queue.ts'
import { placeSchema } from './selection.ts'

/** Where to look: all queues of a connection, one queue, or one state of it; `kinds` leaves out states of other kinds. */
export const searchQuestionSchema = z.object({
  connectionId: z.string().min(1).max(64),
  queue: placeSchema.shape.queue.nullable(),
  state: z.string().max(64).nullable(),
  /** States of these kinds alone; all where it is empty. */
  kinds: z.array(kindSchema).max(7).default([]),
  /** In the language of job-filter/parse.ts; an empty one finds every job. */
  filter: z.string().max(10_000),
  /** Share of one core of Redis that the search may take, in percent; it waits in between. */
  budget: z.number().min(1).max(100),
})
export type SearchQuestion = z.infer<typeof searchQuestionSchema>

/** How far a search is. It reads at most what was there when it began. */
export const searchProgressSchema = z.object({
  id: z.string(),
  status: z.enum(['running', 'done', 'cancelled', 'failed']),
  /** Jobs looked at, of how many in all. */
  scanned: z.number(),
  total: z.number(),
  matches: z.number(),
  /** Bytes of the jobs that match. */
  matchedBytes: z.number(),
  /** What Redis sent for it, and the time that it worked for it, measured by its own clock. */
  bytesRead: z.number(),
  redisMs: z.number(),
  elapsedMs: z.number(),
  /** Matches by place. */
  places: z.array(placeSchema.extend({ count: z.number() })),
  /** What could not be read, in sentences. */
  problems: z.array(z.string()),
})
export type SearchProgress = z.infer<typeof searchProgressSchema>

/** A job that was found. */
export const foundJobSchema = placeSchema.extend({ job: jobSummarySchema })
export type FoundJob = z.infer<typeof foundJobSchema>

/** Matches that are shown as they are found; the others are counted, and are in the selection all the same. */
export const mostShown = 1000

/** A filter that somebody saved under a name. */
export const savedFilterSchema = z.object({ id: z.string(), name: z.string(), filter: z.string() })
export type SavedFilter = z.infer<typeof savedFilterSchema>
