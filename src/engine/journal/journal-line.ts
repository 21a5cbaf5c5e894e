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
  /** The long run that did it, where one did: it may have several entries, one for each place. */
  run: z.string().optional(),
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
/** What it left in the trash is in a file of this computer since then. */
const keptSchema = z.object({ type: z.literal('kept'), id: z.string(), at: z.number() })
/** It is in Redis again. */
const broughtSchema = z.object({ type: z.literal('brought'), id: z.string(), at: z.number() })
/** Its Undo was ended before its time. */
const emptiedSchema = z.object({ type: z.literal('emptied'), id: z.string(), at: z.number() })
export const lineSchema = z.discriminatedUnion('type', [
  begunSchema,
  endedSchema,
  undoneSchema,
  keptSchema,
  broughtSchema,
  emptiedSchema,
])
export type Line = z.infer<typeof lineSchema>
export type Begun = z.infer<typeof begunSchema>
export type Ended = z.infer<typeof endedSchema>

const dayMs = 24 * 60 * 60 * 1000

/** Days for which the trash behind an Undo is kept: what was removed, and what else was changed. */
export const removedDays = 7
export const changedDays = 1

const removes: ReadonlySet<Begun['action']> = new Set(['remove', 'purge'])

/** How many days what an action leaves in the trash is kept. */
export const trashDaysOf = (action: Begun['action']): number => (removes.has(action) ? removedDays : changedDays)

/** The same in ms: for `TrashSlot.ttlMs`. */
export const trashTtlOf = (action: Begun['action']): number => trashDaysOf(action) * dayMs

/** All that the journal holds of one action. */
export interface JournalRecord {
  readonly begun: Begun
  readonly ended: Ended | null
  readonly undoneAt: number | null
  /** Since when what it left in the trash is on this computer; null while that is in Redis. */
  readonly keptAt: number | null
  readonly emptiedAt: number | null
  /** This start of the app does it at the moment. */
  readonly underWay: boolean
}

/** Epoch ms at which what an action left in the trash is gone; null when it left nothing. */
export const trashEndOf = ({ action, at, trash }: Begun): number | null =>
  trash === null ? null : at + trashTtlOf(action)
