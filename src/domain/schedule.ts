import { z } from 'zod'

/** What makes jobs again and again: a cron pattern or a span of time. Times are epoch ms. */
export const scheduleSchema = z.object({
  id: z.string(),
  /** Name of the jobs that it makes. */
  name: z.string().nullable(),
  /** A cron pattern; null where `everyMs` says it. */
  pattern: z.string().nullable(),
  everyMs: z.number().nullable(),
  timeZone: z.string().nullable(),
  nextAt: z.number().nullable(),
  startsAt: z.number().nullable(),
  endsAt: z.number().nullable(),
  /** Runs made so far, and the most that there will be. */
  runs: z.number().nullable(),
  limit: z.number().nullable(),
  /** Payload of its jobs as stored, and their options as JSON; null where the schedule keeps none. */
  payload: z.string().nullable(),
  options: z.string().nullable(),
  /** What is wrong with it, in a sentence: "its next job is missing, so it will not run again". */
  problem: z.string().nullable(),
})
export type Schedule = z.infer<typeof scheduleSchema>

/** What an operator may change of a schedule. */
export const scheduleChangeSchema = z.object({
  id: z.string().min(1).max(500),
  pattern: z.string().max(200).nullable(),
  everyMs: z.number().int().min(1).nullable(),
  timeZone: z.string().max(100).nullable(),
  payload: z.string().max(1024 * 1024),
})
export type ScheduleChange = z.infer<typeof scheduleChangeSchema>
