import { z } from 'zod'
import { queueRefSchema } from './queue.ts'

/** A place in Sluice that a link leads to. It names ids only: no host, no secret, no action. */
export const linkSchema = z.object({
  connectionId: z.string().min(1).max(64),
  queue: queueRefSchema.nullable(),
  state: z.string().max(64).nullable(),
})
export type Link = z.infer<typeof linkSchema>
