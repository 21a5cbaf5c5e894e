import { z } from 'zod'

/** Beyond it, one computer runs out of sockets and of memory before the queue is any faster. */
export const mostWorkers = 1000

const some = z.number().int().min(1).max(mostWorkers)

/** How many workers there may be. `fixed`: always as many. Else between two bounds, by what waits. */
export const scaleSchema = z.discriminatedUnion('by', [
  z.object({ by: z.literal('fixed'), count: some }),
  z
    .object({
      /** `size`: one worker for so many waiting jobs. `wait`: as many as clear the queue in so long. */
      by: z.enum(['size', 'wait']),
      min: z.number().int().min(0).max(mostWorkers),
      max: some,
      /** Waiting jobs for each worker. */
      jobsPerWorker: z.number().int().min(1).max(1_000_000),
      /** In how many ms what waits should be done. */
      clearMs: z.number().int().min(1000).max(86_400_000),
      /** The least time between two changes, in ms. */
      cooldownMs: z.number().int().min(500).max(3_600_000),
      /** Workers more or fewer at one change, at most. */
      step: some,
    })
    .refine(({ min, max }) => min <= max, { path: ['min'], message: 'The least cannot be more than the most.' }),
])
export type Scale = z.infer<typeof scaleSchema>

/** The most workers that a scale allows. */
export const mostOf = (scale: Scale) => (scale.by === 'fixed' ? scale.count : scale.max)
