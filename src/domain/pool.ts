import { z } from 'zod'

/** The handlers that this desktop can run. */
export const handlerIds = ['email', 'sms'] as const
export const handlerIdSchema = z.enum(handlerIds)
export type HandlerId = z.infer<typeof handlerIdSchema>

/** How one pool is set up; `queueName` is a plain-list queue of the connection. */
export const poolConfigSchema = z.object({
  connectionId: z.string(),
  queueName: z.string().min(1).max(500),
  queuePrefix: z.string().max(500),
  handler: handlerIdSchema,
  concurrency: z.number().int().min(1).max(64),
  maxAttempts: z.number().int().min(1).max(50),
  /** Delay before the first retry in ms; the n-th retry waits n times as long. */
  retryDelayMs: z.number().int().min(0).max(86_400_000),
})
export type PoolConfig = z.infer<typeof poolConfigSchema>

/** A running (or stopped) pool as the screens show it. */
export const poolStatusSchema = z.object({
  id: z.string(),
  config: poolConfigSchema,
  state: z.enum(['starting', 'running', 'draining', 'stopped', 'failed']),
  /** Live sends through the provider, or messages only rendered because no key is set. */
  mode: z.enum(['live', 'dev']),
  since: z.number(),
  active: z.number(),
  done: z.number(),
  retried: z.number(),
  dead: z.number(),
  recovered: z.number(),
  donePerMinute: z.number(),
  problem: z.string().nullable(),
})
export type PoolStatus = z.infer<typeof poolStatusSchema>

/** A message that a handler rendered: what was, or in dev mode would have been, sent. */
export const renderedMessageSchema = z.object({
  id: z.string(),
  poolId: z.string(),
  at: z.number(),
  channel: handlerIdSchema,
  type: z.string(),
  to: z.string(),
  subject: z.string().nullable(),
  text: z.string(),
  html: z.string().nullable(),
  outcome: z.enum(['previewed', 'sent', 'failed']),
  error: z.string().nullable(),
  attempt: z.number(),
})
export type RenderedMessage = z.infer<typeof renderedMessageSchema>
