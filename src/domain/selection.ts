import { z } from 'zod'
import { queueRefSchema } from './queue.ts'

/** A state of a queue: where jobs are. */
export const placeSchema = z.object({ queue: queueRefSchema, state: z.string().max(64) })
export type Place = z.infer<typeof placeSchema>

/**
 * Which jobs an action means. `refs`: these, as somebody saw them. `all`: what is in the states when the plan is made.
 * `search`: what a search found. Jobs that arrive later are in none of them.
 */
export const selectionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('refs'),
    places: z
      .array(placeSchema.extend({ refs: z.array(z.string().max(2000)).min(1).max(10_000) }))
      .min(1)
      .max(500),
  }),
  z.object({ type: z.literal('all'), places: z.array(placeSchema).min(1).max(500) }),
  z.object({ type: z.literal('search'), searchId: z.string().max(64) }),
])
export type Selection = z.infer<typeof selectionSchema>
