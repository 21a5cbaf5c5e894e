import { z } from 'zod'
import { actionSchema, queueRefSchema } from './queue.ts'

/** What became of an action: what was done, what was no longer there, what was refused and why. */
export const outcomeSchema = z.object({
  done: z.number(),
  missing: z.number(),
  refused: z.array(z.object({ ref: z.string(), reason: z.string() })),
  /** Jobs that were left as they were because the operator cancelled. */
  left: z.number().optional(),
  /** The journal entry that records it, and holds its Undo where there is one. */
  journalId: z.string().nullable(),
})
export type Outcome = z.infer<typeof outcomeSchema>

/** All that the journal may tell of: actions on jobs and queues, and what else changes something. */
export const journalActionSchema = z.union([
  actionSchema,
  z.enum([
    'cancel',
    'undo',
    'unlock',
    'save-schedule',
    'remove-schedule',
    'run-schedule',
    'tell-worker',
    'create-request',
    'change-request',
    'clean-up-requests',
  ]),
])
export type JournalAction = z.infer<typeof journalActionSchema>

/** One change that an operator made. `undo` is true, or the reason why it cannot be undone. */
export const journalEntrySchema = z.object({
  id: z.string(),
  at: z.number(),
  connectionId: z.string(),
  profileName: z.string(),
  environment: z.string(),
  action: journalActionSchema,
  queue: queueRefSchema.nullable(),
  /** The user of the computer who did it, and why, where that was asked. */
  who: z.string(),
  reason: z.string().nullable(),
  /** A sentence in the past tense: "Removed 3 jobs from email (Dead)". */
  summary: z.string(),
  done: z.number(),
  missing: z.number(),
  refused: z.number(),
  /** Jobs in the state just before and just after; null where that was not counted. */
  before: z.number().nullable(),
  after: z.number().nullable(),
  undo: z.union([z.literal(true), z.string()]),
  undoneAt: z.number().nullable(),
  /** Epoch ms at which the trash behind the Undo expires. */
  expiresAt: z.number().nullable(),
})
export type JournalEntry = z.infer<typeof journalEntrySchema>

/** An action over many jobs while it runs; `id` is that of its journal entry. */
export const operationRunSchema = z.object({
  id: z.string(),
  connectionId: z.string(),
  action: journalActionSchema,
  queue: queueRefSchema,
  stateLabel: z.string(),
  done: z.number(),
  /** How many jobs there are to do; null until that is known. */
  total: z.number().nullable(),
  startedAt: z.number(),
  cancelled: z.boolean(),
})
export type OperationRun = z.infer<typeof operationRunSchema>
