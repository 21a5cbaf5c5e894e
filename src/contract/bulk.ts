import { z } from 'zod'
import { failureSurveySchema, traitsAnswerSchema } from '../domain/failure.ts'
import {
  journalEntrySchema,
  operationRunSchema,
  outcomeSchema,
  planQuestionSchema,
  planSchema,
  reportSchema,
  runQuestionSchema,
} from '../domain/operation.ts'
import { redactionRulesSchema } from '../domain/redaction.ts'
import { foundJobSchema, savedFilterSchema, searchProgressSchema, searchQuestionSchema } from '../domain/search.ts'
import { placeSchema, selectionSchema } from '../domain/selection.ts'
import { trashEntrySchema } from '../domain/trash.ts'
import { command, query, stream } from './procedure.ts'
import { byId, connectionId, nothing, onConnection, onQueue } from './questions.ts'

/* Finding jobs, acting on many of them, and taking it back. */

export const searches = {
  /**
   * Looks for jobs: first its id, then what it finds (the first 1,000) and how far it is, at most 10 times a second. To
   * stop reading the stream cancels it; what it found stays a selection for an hour.
   */
  run: stream(searchQuestionSchema, z.object({ progress: searchProgressSchema, found: z.array(foundJobSchema) })),
  saved: query(nothing, z.array(savedFilterSchema)),
  /** Saves a filter, in place of the one with that id. */
  save: command(
    z.object({ id: z.string().max(64).nullable(), name: z.string().min(1).max(100), filter: z.string().max(10_000) }),
    savedFilterSchema,
  ),
  forget: command(byId, z.object({})),
}

export const failures = {
  /** All failed jobs over all queues of the open connections, grouped by normalised error while they are read; at most 4 times a second. */
  survey: stream(
    z.object({ connectionId: connectionId.nullable(), budget: z.number().min(1).max(100) }),
    failureSurveySchema,
  ),
  /** What the failing jobs of a group share that jobs which succeed (or wait) do not; at most 2,000 of each are read. */
  traits: query(
    z.object({
      signature: z.string().max(1000),
      places: z.array(placeSchema.extend({ connectionId })).min(1).max(200),
    }),
    traitsAnswerSchema,
  ),
}

export const operations = {
  /** Says exactly what an action over many jobs would do, and freezes which jobs those are. Changes nothing. */
  plan: command(planQuestionSchema, planSchema),
  /** Does what a plan says, once; a plan is good for an hour. Throws CONFIRMATION_NEEDED unless the count was typed where it must be. */
  run: command(runQuestionSchema, operationRunSchema),
  /** Actions over many jobs that run, and those that ended and were not put away, at each change, at most 4 times a second. */
  watch: stream(nothing, z.array(operationRunSchema)),
  pause: command(byId, operationRunSchema),
  /** Goes on, also where a canary held it. */
  resume: command(byId, operationRunSchema),
  setPace: command(byId.extend({ pace: z.number().min(0.1).max(1_000_000).nullable() }), operationRunSchema),
  /** Stops one after the chunk in hand; what it did stays done. */
  cancel: command(byId, operationRunSchema),
  report: query(
    byId.extend({ offset: z.number().int().min(0), limit: z.number().int().min(1).max(1000) }),
    reportSchema,
  ),
  /** Writes the whole report to a file (NDJSON) and says where. */
  saveReport: command(byId, z.object({ path: z.string() })),
  /** Takes one that ended off the list; its report stays with its journal entry for 30 days. */
  putAway: command(byId, z.object({})),
}

export const trash = {
  /** What can be put back, newest first, with what it takes up. */
  list: query(onConnection, z.object({ entries: z.array(trashEntrySchema), used: z.number(), limit: z.number() })),
  /** Moves an entry from Redis to this computer, encrypted; its Undo stays. */
  keepHere: command(byId, trashEntrySchema),
  /** Ends the Undo of an entry for good. */
  empty: command(byId, z.object({})),
}

export const transfers = {
  /** Writes jobs to a file of the Downloads folder, redacted, and says where; cells of CSV cannot become formulas. */
  export: stream(
    onConnection.extend({
      selection: selectionSchema,
      format: z.enum(['ndjson', 'csv']),
      redaction: redactionRulesSchema,
    }),
    z.object({ path: z.string(), jobs: z.number(), total: z.number(), bytes: z.number(), done: z.boolean() }),
  ),
  /** Takes a file of jobs piece by piece; with `id` of the pieces before. */
  upload: command(
    z.object({ id: z.string().max(64).nullable(), text: z.string().max(8 * 1024 * 1024) }),
    z.object({ id: z.string(), bytes: z.number() }),
  ),
  /** What importing an uploaded file would do: its rows, those of them that cannot be added, a sample of the others. */
  planImport: command(
    onQueue.extend({ id: z.string().max(64), format: z.enum(['ndjson', 'csv']) }),
    z.object({
      rows: z.number(),
      bytes: z.number(),
      problems: z.array(z.object({ line: z.number(), problem: z.string() })),
      problemCount: z.number(),
      sample: z.array(z.object({ name: z.string().nullable(), payload: z.string() })),
    }),
  ),
  /** Adds the rows of an uploaded file that can be; listed among the running operations. */
  import: command(
    onQueue.extend({
      id: z.string().max(64),
      format: z.enum(['ndjson', 'csv']),
      reason: z.string().max(1000).nullable(),
    }),
    operationRunSchema,
  ),
  /** The redaction rules that were used last, and sensible ones at first. */
  redaction: query(nothing, redactionRulesSchema),
  saveRedaction: command(z.object({ rules: redactionRulesSchema }), redactionRulesSchema),
  /** What the rules make of a payload: to look before anything leaves. */
  tryRedaction: query(
    z.object({ rules: redactionRulesSchema, payload: z.string().max(1024 * 1024) }),
    z.object({ payload: z.string(), replaced: z.number(), problems: z.array(z.string()) }),
  ),
}

export const journal = {
  /** Newest first, of one profile or of all. `damage` says where the files are not as they were written; nothing is hidden. */
  list: query(
    z.object({
      limit: z.number().int().min(1).max(1000),
      connectionId: connectionId.nullable().default(null),
      search: z.string().max(200).default(''),
    }),
    z.object({ entries: z.array(journalEntrySchema), damage: z.array(z.string()) }),
  ),
  /** Puts back, in the background where it takes long; the run is among the operations. */
  undo: command(byId, outcomeSchema),
  /** Writes the entries that a list would show to a file (NDJSON, with its chain of hashes, or CSV) and says where. */
  export: command(
    z.object({
      connectionId: connectionId.nullable(),
      search: z.string().max(200),
      format: z.enum(['ndjson', 'csv']),
    }),
    z.object({ path: z.string(), entries: z.number() }),
  ),
}
