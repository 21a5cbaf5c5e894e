import { z } from 'zod'
import { queueRefSchema } from './queue.ts'

/** Failed jobs that share one normalised error, over all queues that were read. */
export const failureGroupSchema = z.object({
  /** The error with numbers, ids, addresses and paths taken out: what makes the group. */
  signature: z.string(),
  /** One error of the group, as stored. */
  example: z.string(),
  count: z.number(),
  firstAt: z.number().nullable(),
  lastAt: z.number().nullable(),
  queues: z.array(z.object({ connectionId: z.string(), queue: queueRefSchema, state: z.string(), count: z.number() })),
  /** A few jobs to open; at most 50. */
  samples: z.array(
    z.object({
      connectionId: z.string(),
      queue: queueRefSchema,
      state: z.string(),
      ref: z.string(),
      id: z.string().nullable(),
      name: z.string().nullable(),
      at: z.number().nullable(),
    }),
  ),
})
export type FailureGroup = z.infer<typeof failureGroupSchema>

const stripped: readonly [RegExp, string][] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b[\w.+-]+@[\w-]+\.[\w.-]+/g, '<email>'],
  [/\bhttps?:\/\/[^\s"')]+/gi, '<url>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/(?:\/[\w.@-]+){2,}/g, '<path>'],
  [/\b[0-9a-f]{12,}\b/gi, '<id>'],
  [/\+?\d[\d,._-]*/g, '<n>'],
]

/** The error's first line with numbers, ids, addresses and paths stripped, so that equal causes get equal text. */
export function errorSignature(error: string): string {
  const line = error.split('\n', 1)[0]?.slice(0, 500) ?? ''
  return stripped.reduce((text, [pattern, word]) => text.replace(pattern, word), line).trim() || '(no message)'
}
