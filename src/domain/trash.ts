import { z } from 'zod'
import { journalActionSchema } from './operation.ts'
import { queueRefSchema } from './queue.ts'

/** Where removed jobs are kept until they expire: in the same Redis, or encrypted on this computer. `none` keeps nothing. */
export const trashPlaces = ['redis', 'computer', 'none'] as const
export const trashPlaceSchema = z.enum(trashPlaces)
export type TrashPlace = z.infer<typeof trashPlaceSchema>

/** What an action left in the trash; `id` is that of its journal entry. */
export const trashEntrySchema = z.object({
  id: z.string(),
  connectionId: z.string(),
  action: journalActionSchema,
  queue: queueRefSchema,
  summary: z.string(),
  at: z.number(),
  expiresAt: z.number(),
  place: z.enum(['redis', 'computer']),
  jobs: z.number(),
  /** Memory in Redis, or size of the file; null when it cannot be told. */
  bytes: z.number().nullable(),
})
export type TrashEntry = z.infer<typeof trashEntrySchema>
