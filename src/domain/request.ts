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

/** What begins a tracked request. `data` is JSON text of what the service needs to know. */
export const newRequestSchema = z.object({
  service: z.string().min(1).max(200),
  serviceId: z.number().int().nullable(),
  data: z.string().max(1024 * 1024),
  /** Seconds. */
  estimatedDuration: z.number().int().min(1).max(86_400),
  userId: z.string().max(100).nullable(),
  sessionId: z.string().max(200).nullable(),
})
export type NewRequest = z.infer<typeof newRequestSchema>

/** One change of a tracked request. `result` and `data` are JSON text. */
export const requestChangeSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    progress: z.number().int().min(0).max(100),
    step: z.string().max(200).nullable(),
    message: z.string().max(2000).nullable(),
  }),
  z.object({ type: z.literal('complete'), result: z.string().max(4 * 1024 * 1024) }),
  z.object({
    type: z.literal('fail'),
    error: z.string().max(4000),
    data: z
      .string()
      .max(1024 * 1024)
      .nullable(),
  }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('require-otp'), data: z.string().max(100_000) }),
  z.object({ type: z.literal('submit-otp'), otp: z.string().min(1).max(50) }),
  z.object({ type: z.literal('resend-otp') }),
])
export type RequestChange = z.infer<typeof requestChangeSchema>
