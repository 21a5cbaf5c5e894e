import { z } from 'zod'
import { jobProgressSchema } from '../../../domain/job-record.ts'

/*
 * What Sluice and a handler process say to each other. The process is started with its target as its argument; it loads
 * it and says `ready` or `unloadable`. Then it gets jobs, each under a number that all that is said about it carries.
 *
 * Of this file the process itself may import types alone: zod would slow down its start.
 */

export type ToRunner =
  | { readonly kind: 'job'; readonly run: number; readonly job: SentJob }
  /** Its signal aborts; a job that ignores that goes on until its process is killed. */
  | { readonly kind: 'abort'; readonly run: number; readonly reason: string }
  /** Nothing more comes: exit. */
  | { readonly kind: 'end' }

export interface SentJob {
  readonly id: string | null
  readonly type: string | null
  readonly to: string | null
  /** JSON text of what the handler gets as `data`. */
  readonly body: string
  readonly raw: string
  readonly attempt: number
}

const run = z.number()
const text = z.string()

/** The code of the operator runs there too and can send what it likes, so what arrives is looked at. */
export const fromRunnerSchema = z.discriminatedUnion('kind', [
  /** Loaded; `emptyBytes` is what the process took before that. */
  z.object({ kind: z.literal('ready'), emptyBytes: z.number() }),
  z.object({ kind: z.literal('unloadable'), message: text, stack: text.nullable() }),
  z.object({ kind: z.literal('log'), run, text }),
  z.object({ kind: z.literal('progress'), run, progress: jobProgressSchema }),
  /** `result` is JSON text, null for nothing. */
  z.object({ kind: z.literal('done'), run, result: text.nullable() }),
  z.object({
    kind: z.literal('failed'),
    run,
    failure: z.object({
      kind: z.enum(['threw', 'result']),
      message: text,
      stack: text.nullable(),
      retryable: z.boolean(),
      retryAfterMs: z.number().nonnegative().nullable(),
    }),
  }),
  /** An error that nobody caught; the process ends after it. */
  z.object({ kind: z.literal('crash'), message: text }),
])
export type FromRunner = z.infer<typeof fromRunnerSchema>
