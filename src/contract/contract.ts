import { z } from 'zod'
import { failureSurveySchema, traitsAnswerSchema } from '../domain/failure.ts'
import { attemptsChoiceSchema, jobDetailSchema, jobPageSchema, jobPlaceSchema, newJobSchema } from '../domain/job.ts'
import { jobRecordSchema, outputLineSchema } from '../domain/job-record.ts'
import { liveEventSchema } from '../domain/live.ts'
import {
  journalEntrySchema,
  operationRunSchema,
  outcomeSchema,
  planQuestionSchema,
  planSchema,
  reportSchema,
  runQuestionSchema,
} from '../domain/operation.ts'
import { permissionsSchema } from '../domain/permission.ts'
import { overrunSchema, policySchema, queuePolicySchema } from '../domain/policy.ts'
import {
  handlerIdSchema,
  limitsSchema,
  poolAuditSchema,
  poolConfigSchema,
  poolStatusSchema,
  renderedMessageSchema,
  savedPoolSchema,
} from '../domain/pool.ts'
import { connectionStatusSchema, profileDraftSchema, profileSchema } from '../domain/profile.ts'
import { queueRefSchema, systemInfoSchema } from '../domain/queue.ts'
import { redactionRulesSchema } from '../domain/redaction.ts'
import { newRequestSchema, requestChangeSchema, trackedRequestSchema } from '../domain/request.ts'
import { historyPointSchema, memoryPointSchema, redisStatsSchema, sampleSchema } from '../domain/sample.ts'
import { scheduleChangeSchema, scheduleSchema } from '../domain/schedule.ts'
import { foundJobSchema, savedFilterSchema, searchProgressSchema, searchQuestionSchema } from '../domain/search.ts'
import { placeSchema, selectionSchema } from '../domain/selection.ts'
import { trashEntrySchema } from '../domain/trash.ts'
import { workerCommandSchema, workerCommandStatusSchema } from '../domain/worker-command.ts'
import { command, query, stream } from './procedure.ts'

const nothing = z.object({}).optional()
const connectionId = z.string().min(1).max(64)
const onConnection = z.object({ connectionId })
const onQueue = z.object({ connectionId, queue: queueRefSchema })
const onState = onQueue.extend({ state: z.string().max(64) })
const ref = z.string().max(2000)
const refs = z.array(ref).min(1).max(10_000)
const byId = z.object({ id: z.string().min(1).max(64) })
/** The newest lines, oldest first, at most 1,000: those with `search` in them (any case) that came after `after`. */
const outputQuestion = byId.extend({ search: z.string().max(500), after: z.number().int().min(0) })
const outputAnswer = z.object({
  lines: z.array(outputLineSchema),
  /** Older lines that are not kept any more. */
  dropped: z.number(),
})
const handlerFile = z.string().min(1).max(4096)

/**
 * THE boundary: everything a screen may ask of the engine, read aloud as group.verb. JSON only; times are epoch ms;
 * payloads travel as text exactly as stored; secrets cross inwards only. Every input is validated in the engine.
 */
export const contract = {
  app: {
    /** What is running: versions, the shell, where data is kept, what set-up said ("no sandbox: started as root"). */
    info: query(
      nothing,
      z.object({
        version: z.string(),
        shell: z.enum(['electron', 'browser']),
        platform: z.string(),
        demo: z.boolean(),
        dataFolder: z.string(),
        secretsKept: z.enum(['keychain', 'this run only']),
        notices: z.array(z.string()),
      }),
    ),
    /** What happened while nobody looked: an import that ended, a command that was given up. Newest last, at most 50. */
    notifications: stream(
      nothing,
      z.array(
        z.object({
          id: z.string(),
          at: z.number(),
          level: z.enum(['info', 'warning', 'error']),
          title: z.string(),
          text: z.string(),
        }),
      ),
    ),
    /** All queue systems with their states and what each can do. */
    systems: query(nothing, z.array(systemInfoSchema)),
  },
  profiles: {
    list: query(nothing, z.array(profileSchema)),
    save: command(profileDraftSchema, profileSchema),
    remove: command(z.object({ id: connectionId }), z.object({})),
    /** Tries to reach Redis step by step; never throws for a failed step, it says which one. */
    test: query(
      profileDraftSchema,
      z.object({
        ok: z.boolean(),
        steps: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
        /** A code of the closed list when a step failed. */
        code: z.string().nullable(),
      }),
    ),
  },
  connections: {
    open: command(onConnection, connectionStatusSchema),
    close: command(onConnection, connectionStatusSchema),
    /** The status of every profile; sends the whole list at each change. */
    watch: stream(nothing, z.array(connectionStatusSchema)),
    /** Lets a production profile write for some minutes; its name must be typed exactly, and why goes into the journal. */
    unlock: command(
      onConnection.extend({
        typedName: z.string().max(200),
        minutes: z.number().int().min(1).max(120),
        reason: z.string().trim().min(1).max(1000),
      }),
      connectionStatusSchema,
    ),
    lock: command(onConnection, connectionStatusSchema),
    /** What the Redis user of this connection may do, and the ACL line of each role. */
    permissions: query(onConnection, permissionsSchema),
  },
  telemetry: {
    /** All open connections: first their last samples with history, then one event a tick. Slow readers miss ticks, never fall behind. */
    watch: stream(
      nothing,
      z.discriminatedUnion('type', [
        z.object({
          type: z.literal('snapshot'),
          samples: z.array(sampleSchema),
          /** By connection id, then queue key. */
          history: z.record(z.string(), z.record(z.string(), z.array(historyPointSchema))),
        }),
        z.object({ type: z.literal('sample'), sample: sampleSchema }),
        z.object({ type: z.literal('closed'), connectionId }),
      ]),
    ),
    /** Looks for queues again, now. */
    rescan: command(onConnection, z.object({ queues: z.number(), partial: z.string().nullable() })),
  },
  queues: {
    page: query(
      onState.extend({ offset: z.number().int().min(0), limit: z.number().int().min(1).max(200) }),
      jobPageSchema,
    ),
    job: query(onState.extend({ ref, full: z.boolean() }), jobDetailSchema),
    /** Where the job with this id is now; NOT_FOUND when it is nowhere, UNSUPPORTED where jobs have no ids to find. */
    find: query(onQueue.extend({ id: z.string().min(1).max(1000) }), jobPlaceSchema),
    /** What the queue library tells of its jobs while someone watches, in batches at most 10 a second; `gap` when some were missed. */
    watch: stream(onQueue, z.object({ events: z.array(liveEventSchema), gap: z.boolean() })),
    retry: command(onState.extend({ refs, attempts: attemptsChoiceSchema.default('keep') }), outcomeSchema),
    editAndRetry: command(onState.extend({ ref, payload: z.string().max(64 * 1024 * 1024) }), outcomeSchema),
    remove: command(onState.extend({ refs }), outcomeSchema),
    move: command(onState.extend({ refs, to: queueRefSchema }), outcomeSchema),
    add: command(onQueue.extend({ job: newJobSchema }), outcomeSchema),
    promote: command(onState.extend({ refs }), outcomeSchema),
    /** `at` is when the jobs are due, epoch ms. */
    reschedule: command(onState.extend({ refs, at: z.number().int().min(0) }), outcomeSchema),
    duplicate: command(onState.extend({ refs }), outcomeSchema),
    /** Adds a line to the job's own log. */
    log: command(onState.extend({ ref, line: z.string().min(1).max(10_000) }), outcomeSchema),
    pause: command(onQueue, outcomeSchema),
    resume: command(onQueue, outcomeSchema),
    /** The second seed's get_queue_stats: pending, processing and dead letters by plain-list queue name. */
    stats: query(
      onConnection,
      z.record(z.string(), z.object({ pending: z.number(), processing: z.number(), dead_letter: z.number() })),
    ),
    /** The second seed's get_dead_letter_jobs: entries exactly as stored, oldest first. */
    deadLetters: query(
      onConnection.extend({
        name: z.string().max(500),
        start: z.number().int().min(0),
        limit: z.number().int().min(1).max(200),
      }),
      z.object({ total: z.number(), entries: z.array(z.string()) }),
    ),
    /** The second seed's retry_dead_letter_job: by index, or by content so that an index that moved cannot hit another job. */
    retryDeadLetter: command(
      onConnection.extend({
        name: z.string().max(500),
        which: z.union([z.object({ index: z.number().int().min(0) }), z.object({ content: z.string() })]),
      }),
      outcomeSchema,
    ),
  },
  schedules: {
    /** What makes jobs again and again in a queue; at most 500. */
    list: query(onQueue, z.array(scheduleSchema)),
    save: command(onQueue.extend({ change: scheduleChangeSchema }), outcomeSchema),
    remove: command(onQueue.extend({ id: z.string().max(500) }), outcomeSchema),
    /** Adds a job now, as the schedule would; its next run stays as it is. */
    run: command(onQueue.extend({ id: z.string().max(500) }), outcomeSchema),
  },
  searches: {
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
  },
  operations: {
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
  },
  trash: {
    /** What can be put back, newest first, with what it takes up. */
    list: query(onConnection, z.object({ entries: z.array(trashEntrySchema), used: z.number(), limit: z.number() })),
    /** Moves an entry from Redis to this computer, encrypted; its Undo stays. */
    keepHere: command(byId, trashEntrySchema),
    /** Ends the Undo of an entry for good. */
    empty: command(byId, z.object({})),
  },
  transfers: {
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
  },
  redis: {
    /** The second seed's redis_stats, with its own names and number formats, and all else INFO tells. */
    stats: query(
      onConnection,
      z.object({
        keys_count: z.number(),
        memory_used: z.string(),
        connected_clients: z.number(),
        info: redisStatsSchema,
      }),
    ),
    /** Memory of the server over time: at most 500 points, oldest first. */
    memoryHistory: query(onConnection, z.array(memoryPointSchema)),
    /** Memory by queue, measured by sampling; `estimated` says that job keys were sampled and scaled. */
    memoryByQueue: query(
      onConnection,
      z.array(z.object({ queue: queueRefSchema, bytes: z.number(), jobs: z.number(), estimated: z.boolean() })),
    ),
  },
  failures: {
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
  },
  requests: {
    /** Live requests of one connection: all of them, then changes in batches, at most 10 a second. */
    watch: stream(
      onConnection,
      z.discriminatedUnion('type', [
        z.object({
          type: z.literal('snapshot'),
          requests: z.array(trackedRequestSchema),
          partial: z.string().nullable(),
        }),
        z.object({
          type: z.literal('changes'),
          changed: z.array(trackedRequestSchema),
          gone: z.array(z.string()),
          updates: z.number(),
        }),
      ]),
    ),
    /** Marks a request as cancelled and tells its channel, as the first seed's cancel endpoint does. */
    cancel: command(onConnection.extend({ hash: z.string().max(500) }), outcomeSchema),
    /** Begins a request, as the first seed's createRequest does; its hash is new. */
    create: command(onConnection.extend({ request: newRequestSchema }), z.object({ hash: z.string() })),
    /** Progress, end, one-time code: one change of one request, atomic against every other writer. */
    change: command(onConnection.extend({ hash: z.string().max(500), change: requestChangeSchema }), outcomeSchema),
    /** Takes the hashes of requests that expired out of the list of requests. */
    cleanUp: command(onConnection, outcomeSchema),
  },
  api: {
    /** The HTTP API on loopback: where it listens, with which token; `address` is null while it is off. */
    status: query(
      nothing,
      z.object({ address: z.string().nullable(), token: z.string().nullable(), connectionId: z.string().nullable() }),
    ),
    /** Port 0: any free one. `origins` may call it from a page. */
    start: command(
      onConnection.extend({
        port: z.number().int().min(0).max(65_535),
        origins: z.array(z.string().max(500)).max(50),
      }),
      z.object({ address: z.string(), token: z.string() }),
    ),
    stop: command(nothing, z.object({})),
  },
  handlers: {
    /** The files of the folder of handlers, by name. */
    list: query(
      nothing,
      z.object({ folder: z.string(), files: z.array(z.object({ path: z.string(), name: z.string() })) }),
    ),
    /** Writes a new handler with a template in it; `name` is that of the file. Throws INVALID_INPUT when it is taken. */
    create: command(
      z.object({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(js|mjs|ts)$/) }),
      z.object({ path: z.string() }),
    ),
    /** Loads a file in a process of its own; `problem` says in a sentence why it is no handler. */
    check: command(z.object({ file: handlerFile }), z.object({ problem: z.string().nullable() })),
    /** Runs exactly this job, wherever it is and without touching it, by a handler; its run goes on until it ends. */
    run: command(
      onState.extend({ ref, handler: handlerIdSchema, file: handlerFile.nullable(), limits: limitsSchema }),
      byId,
    ),
    /** That run, at each change, at most 4 times a second; the stream ends when it has. */
    watchRun: stream(byId, z.object({ record: jobRecordSchema, output: z.array(outputLineSchema) })),
    cancelRun: command(byId, z.object({})),
  },
  commands: {
    /** All worker commands, running or not, at each change, at most 4 times a second. */
    watch: stream(nothing, z.array(workerCommandStatusSchema)),
    /** Adds one, or changes the one with that id; what runs goes on as it was until it is started anew. */
    save: command(
      z.object({ id: z.string().max(64).nullable(), config: workerCommandSchema, autostart: z.boolean() }),
      workerCommandStatusSchema,
    ),
    /** Forgets a stopped one. */
    remove: command(byId, z.object({})),
    start: command(byId, workerCommandStatusSchema),
    /** Tells its processes to finish what they have; kills what still runs after its time to drain. */
    stop: command(byId, workerCommandStatusSchema),
    /** Kills its processes and all that they started, now. */
    kill: command(byId, workerCommandStatusSchema),
    output: query(outputQuestion, outputAnswer),
  },
  pools: {
    /** Starts workers; with the id of a saved pool as that one. */
    start: command(z.object({ config: poolConfigSchema, savedId: z.string().max(64).nullable() }), poolStatusSchema),
    saved: query(onConnection, z.array(savedPoolSchema)),
    /** Saves a pool, in place of the one with that id. */
    save: command(
      z.object({ id: z.string().max(64).nullable(), config: poolConfigSchema, autostart: z.boolean() }),
      savedPoolSchema,
    ),
    forget: command(byId, z.object({})),
    /** The jobs that a pool runs, oldest first, at most 100, and its last 100 that ended, newest first; at most 4 times a second. */
    jobs: stream(byId, z.object({ running: z.array(jobRecordSchema), ended: z.array(jobRecordSchema) })),
    /** What its handler and its processes wrote. */
    output: query(outputQuestion, outputAnswer),
    /** Takes no new jobs, lets running ones finish, then stops; `now` gives them back to their queue instead. */
    stop: command(z.object({ id: z.string(), now: z.boolean().default(false) }), poolStatusSchema),
    /** Pauses the pool's queue for everyone's pools: no job of it is begun until it is resumed. */
    pause: command(z.object({ id: z.string() }), poolStatusSchema),
    resume: command(z.object({ id: z.string() }), poolStatusSchema),
    /** Where all jobs of a plain list or of HTTP jobs are, counted in one instant, and what does not add up. */
    audit: query(onQueue, poolAuditSchema),
    /** Forgets a stopped pool. */
    remove: command(z.object({ id: z.string() }), z.object({})),
    /** All pools, at each change, at most 4 times a second. */
    watch: stream(nothing, z.array(poolStatusSchema)),
    /** The last messages that handlers rendered, newest first; at most 200. */
    messages: query(z.object({ poolId: z.string().nullable() }), z.array(renderedMessageSchema)),
  },
  policies: {
    /** What is expected of the queues of a profile: notes of this computer, which a read-only profile may have too. */
    list: query(onConnection, z.array(queuePolicySchema)),
    save: command(onQueue.extend({ policy: policySchema }), queuePolicySchema),
    remove: command(onQueue, z.object({})),
    /** Queues with jobs that run longer than their policy allows; at most 200 running jobs of each are looked at. */
    overruns: query(onConnection, z.array(overrunSchema)),
  },
  workers: {
    /** Everyone who serves a queue of this connection: our pools, and other programs seen in CLIENT LIST or in keys. */
    list: query(
      onConnection,
      z.object({
        workers: z.array(
          z.object({
            queue: queueRefSchema,
            id: z.string(),
            address: z.string().nullable(),
            since: z.number().nullable(),
            ours: z.boolean(),
            /** How it says it does, and more about it, where it leaves such words. */
            status: z.string().optional(),
            detail: z.string().optional(),
            /** What it can be told. */
            commands: z
              .array(z.enum(['pause', 'continue']))
              .readonly()
              .optional(),
          }),
        ),
        problem: z.string().nullable(),
      }),
    ),
    /** Tells a worker something through Redis, as its own library would. */
    tell: command(
      onQueue.extend({ worker: z.string().max(500), command: z.enum(['pause', 'continue']) }),
      outcomeSchema,
    ),
  },
  journal: {
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
  },
}

export type Contract = typeof contract
