import { z } from 'zod'
import { journalActionSchema, journalEntrySchema } from '../../domain/operation.ts'

/**
 * The record of every change an operator made: files of JSON lines that only grow, one for each profile. An action is written down before
 * Redis is asked ('begin') and after it answered ('end'), so that a crash between the two shows as an action whose
 * outcome is unknown, with its Undo, and never as nothing.
 */
const begunSchema = z.object({
  type: z.literal('begin'),
  id: z.string(),
  at: z.number(),
  /** The user of the computer. */
  who: z.string(),
  connectionId: z.string(),
  profileName: z.string(),
  environment: z.string(),
  action: journalActionSchema,
  queue: journalEntrySchema.shape.queue,
  state: z.string(),
  stateLabel: z.string(),
  /** More about it, for the sentence: the target of a move, the entry that an undo undid. */
  detail: z.string(),
  /** Key of the trash entry, when the action makes one. */
  trash: z.string().nullable(),
  /** Why, where somebody was asked. */
  reason: z.string().nullable(),
  /** Jobs in the state just before; null where that was not counted. */
  before: z.number().nullable(),
})
const endedSchema = z.object({
  type: z.literal('end'),
  id: z.string(),
  done: z.number(),
  missing: z.number(),
  refused: z.number(),
  error: z.string().nullable(),
  /** Jobs that a cancelled action left as they were. */
  left: z.number().optional(),
  /** Jobs in the state just after; null where that was not counted. */
  after: z.number().nullable(),
})
const undoneSchema = z.object({ type: z.literal('undone'), id: z.string(), at: z.number() })
export const lineSchema = z.discriminatedUnion('type', [begunSchema, endedSchema, undoneSchema])
export type Line = z.infer<typeof lineSchema>
export type Begun = z.infer<typeof begunSchema>
export type Ended = z.infer<typeof endedSchema>

/** How long the trash behind an Undo is kept. */
export const trashDays = 7
export const trashTtlMs = trashDays * 24 * 60 * 60 * 1000

/** All that the journal holds of one action. */
export interface JournalRecord {
  readonly begun: Begun
  readonly ended: Ended | null
  readonly undoneAt: number | null
}
