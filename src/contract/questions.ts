import { z } from 'zod'
import { queueRefSchema } from '../domain/queue.ts'

/* What many questions begin with. */

export const nothing = z.object({}).optional()
export const connectionId = z.string().min(1).max(64)
export const onConnection = z.object({ connectionId })
export const onQueue = z.object({ connectionId, queue: queueRefSchema })
export const onState = onQueue.extend({ state: z.string().max(64) })
export const ref = z.string().max(2000)
export const byId = z.object({ id: z.string().min(1).max(64) })
