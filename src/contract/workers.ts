import { z } from 'zod'
import { jobRecordSchema, outputLineSchema } from '../domain/job-record.ts'
import { outcomeSchema } from '../domain/operation.ts'
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
import { queueRefSchema } from '../domain/queue.ts'
import { workerCommandSchema, workerCommandStatusSchema } from '../domain/worker-command.ts'
import { command, query, stream } from './procedure.ts'
import { byId, nothing, onConnection, onQueue, onState, ref } from './questions.ts'

/* Workers of this computer and of others, and what is expected of queues. */

/** The newest lines, oldest first, at most 1,000: those with `search` in them (any case) that came after `after`. */
const outputQuestion = byId.extend({ search: z.string().max(500), after: z.number().int().min(0) })
const outputAnswer = z.object({
  lines: z.array(outputLineSchema),
  /** Older lines that are not kept any more. */
  dropped: z.number(),
})
const handlerFile = z.string().min(1).max(4096)

export const handlers = {
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
}

export const commands = {
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
}

export const pools = {
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
}

export const policies = {
  /** What is expected of the queues of a profile: notes of this computer, which a read-only profile may have too. */
  list: query(onConnection, z.array(queuePolicySchema)),
  save: command(onQueue.extend({ policy: policySchema }), queuePolicySchema),
  remove: command(onQueue, z.object({})),
  /** Queues with jobs that run longer than their policy allows; at most 200 running jobs of each are looked at. */
  overruns: query(onConnection, z.array(overrunSchema)),
}

export const workers = {
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
  tell: command(onQueue.extend({ worker: z.string().max(500), command: z.enum(['pause', 'continue']) }), outcomeSchema),
}
