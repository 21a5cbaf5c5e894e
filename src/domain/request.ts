import { z } from 'zod'

/** A tracked request of the request tracker: live progress of one long job. Times are epoch ms. */
export const trackedRequestSchema = z.object({
  hash: z.string(),
  service: z.string().nullable(),
  status: z.string(),
  step: z.string().nullable(),
  progress: z.number().nullable(),
  message: z.string().nullable(),
  userId: z.string().nullable(),
  requiresOtp: z.boolean(),
  startedAt: z.number().nullable(),
  updatedAt: z.number(),
  /** Estimated ms to the end, by the request's own estimate and its progress; null when ended or unknown. */
  etaMs: z.number().nullable(),
  /** Epoch ms at which Redis drops the request; null when it has no TTL. */
  expiresAt: z.number().nullable(),
  error: z.string().nullable(),
  problem: z.string().nullable(),
})
export type TrackedRequest = z.infer<typeof trackedRequestSchema>
