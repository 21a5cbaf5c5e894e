import { z } from 'zod'

/** How far a job is: per cent, or counts of what it goes through, or words; whatever its handler told. */
export const jobProgressSchema = z.object({
  /** 0 to 100; null where it cannot be known. */
  percent: z.number().min(0).max(100).nullable(),
  done: z.number().nullable(),
  total: z.number().nullable(),
  failed: z.number().nullable(),
  message: z.string().nullable(),
})
export type JobProgress = z.infer<typeof jobProgressSchema>

/**
 * Why a try failed. `threw`: its handler said so. `time`: it took too long. `memory`: its process needed too much.
 * `exited`: its process ended. `result`: it returned what is no JSON. `taken`: the worker stopped, or may no longer do it.
 */
export const failureKinds = ['threw', 'time', 'memory', 'exited', 'result', 'taken'] as const
export const failureKindSchema = z.enum(failureKinds)
export type FailureKind = z.infer<typeof failureKindSchema>

/** One try of one job by a worker of this desktop. Times are epoch ms. */
export const jobRecordSchema = z.object({
  key: z.string(),
  id: z.string().nullable(),
  /** What its type or name says. */
  name: z.string().nullable(),
  /** 1 for the first. */
  attempt: z.number(),
  startedAt: z.number(),
  /** null while it runs. */
  endedAt: z.number().nullable(),
  /** The process it runs in; null where that is Sluice itself. */
  pid: z.number().nullable(),
  progress: jobProgressSchema.nullable(),
  failure: z.object({ kind: failureKindSchema, message: z.string() }).nullable(),
  /** What it returned, as JSON text, cut to 4,000 characters; null for nothing. */
  result: z.string().nullable(),
})
export type JobRecord = z.infer<typeof jobRecordSchema>

/** A line that a process wrote, or that Sluice says about it. */
export const outputLineSchema = z.object({
  /** Counts up, so that a reader can ask for what came later. */
  seq: z.number(),
  at: z.number(),
  /** The process; null for a handler within Sluice. */
  pid: z.number().nullable(),
  from: z.enum(['out', 'err', 'log', 'sluice']),
  text: z.string(),
})
export type OutputLine = z.infer<typeof outputLineSchema>
