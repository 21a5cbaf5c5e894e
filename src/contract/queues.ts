import { z } from 'zod'
import { attemptsChoiceSchema, jobDetailSchema, jobPageSchema, jobPlaceSchema, newJobSchema } from '../domain/job.ts'
import { liveEventSchema } from '../domain/live.ts'
import { outcomeSchema } from '../domain/operation.ts'
import { queueRefSchema } from '../domain/queue.ts'
import { historyPointSchema, memoryPointSchema, redisStatsSchema, sampleSchema } from '../domain/sample.ts'
import { scheduleChangeSchema, scheduleSchema } from '../domain/schedule.ts'
import { command, query, stream } from './procedure.ts'
import { connectionId, nothing, onConnection, onQueue, onState, ref } from './questions.ts'

/* What the queues hold and how they fare, and changes to single jobs. */

const refs = z.array(ref).min(1).max(10_000)

export const telemetry = {
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
  /**
   * How a window is looked at: `watching` while somebody uses it, `idle` while it is only there, `hidden` while nobody can
   * see it. Good for 90 s, then it counts as idle. Decides how often Redis is read.
   */
  attend: command(
    z.object({ window: z.string().min(1).max(64), attention: z.enum(['watching', 'idle', 'hidden']) }),
    z.object({}),
  ),
  /** Looks for queues again, now. */
  rescan: command(onConnection, z.object({ queues: z.number(), partial: z.string().nullable() })),
}

export const queues = {
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
}

export const schedules = {
  /** What makes jobs again and again in a queue; at most 500. */
  list: query(onQueue, z.array(scheduleSchema)),
  save: command(onQueue.extend({ change: scheduleChangeSchema }), outcomeSchema),
  remove: command(onQueue.extend({ id: z.string().max(500) }), outcomeSchema),
  /** Adds a job now, as the schedule would; its next run stays as it is. */
  run: command(onQueue.extend({ id: z.string().max(500) }), outcomeSchema),
}

export const redis = {
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
}
