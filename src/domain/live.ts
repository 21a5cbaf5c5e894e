import { z } from 'zod'

/** Something that a queue library told of a job the moment it happened. */
export const liveEventSchema = z.object({
  /** Epoch ms. */
  at: z.number(),
  jobId: z.string().nullable(),
  /** The library's own word: "completed", "progress". */
  event: z.string(),
  /** What came with it, at most 300 characters: a reason, a result, the state before. */
  detail: z.string().nullable(),
  /** 0 to 100, where the event tells it. */
  progress: z.number().nullable(),
})
export type LiveEvent = z.infer<typeof liveEventSchema>
