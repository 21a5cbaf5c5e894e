import { z } from 'zod'
import { actionSchema, queueRefSchema } from './queue.ts'

/** What became of an action: what was done, what was no longer there, what was refused and why. */
export const outcomeSchema = z.object({
  done: z.number(),
  missing: z.number(),
  refused: z.array(z.object({ ref: z.string(), reason: z.string() })),
  /** The journal entry that records it, and holds its Undo where there is one. */
  journalId: z.string().nullable(),
})
export type Outcome = z.infer<typeof outcomeSchema>

/** One change that an operator made. `undo` is true, or the reason why it cannot be undone. */
export const journalEntrySchema = z.object({
  id: z.string(),
  at: z.number(),
  connectionId: z.string(),
  profileName: z.string(),
  environment: z.string(),
  action: z.union([actionSchema, z.enum(['cancel', 'undo', 'unlock'])]),
  queue: queueRefSchema.nullable(),
  /** A sentence in the past tense: "Removed 3 jobs from email (Dead)". */
  summary: z.string(),
  done: z.number(),
  missing: z.number(),
  refused: z.number(),
  undo: z.union([z.literal(true), z.string()]),
  undoneAt: z.number().nullable(),
  /** Epoch ms at which the trash behind the Undo expires. */
  expiresAt: z.number().nullable(),
})
export type JournalEntry = z.infer<typeof journalEntrySchema>
