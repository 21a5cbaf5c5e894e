import { z } from 'zod'
import { queueRefSchema } from './queue.ts'
import { scaleSchema } from './scale.ts'

/** Signals that worker commands take as "finish what you have, then end". */
export const drainSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2'] as const

/** How a worker command is run and looked after. */
export const workerCommandSchema = z.object({
  /** The profile whose queues it works on. */
  connectionId: z.string().min(1).max(64),
  name: z.string().trim().min(1).max(80),
  /** A program, by path or to be found on PATH; no shell reads it. */
  program: z.string().min(1).max(4096),
  /** `{queue}` stands for the name of the queue of a process, or of all of them with commas where it serves all. */
  args: z.array(z.string().max(4096)).max(100),
  folder: z.string().min(1).max(4096),
  /** Beside Sluice's own. `{redisUrl}` in a value stands for where the profile points, where that is passed. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(10_000)),
  /** Sets REDIS_URL, password included, to where the profile points. */
  passRedisUrl: z.boolean(),
  /** What it works on, most urgent first; decides how many processes there are, and where. */
  queues: z.array(z.object({ queue: queueRefSchema, weight: z.number().int().min(1).max(1000) })).max(50),
  /**
   * `together`: every process serves all queues, in their order. `strict`: each process serves one queue; the first
   * queues get what they ask for before later ones. `weighted`: the same, shared by weight.
   */
  share: z.enum(['together', 'strict', 'weighted']),
  scale: scaleSchema,
  drainSignal: z.enum(drainSignals),
  /** How long it may take to finish; then it is killed, with all that it started. */
  drainMs: z.number().int().min(0).max(86_400_000),
  restart: z.object({
    /** After the n-th end in a row: first, 2 x first, ... up to longest. */
    firstMs: z.number().int().min(100).max(3_600_000),
    longestMs: z.number().int().min(100).max(3_600_000),
    /** After so many ends in a row, none of which ran for a minute, it is given up. */
    giveUpAfter: z.number().int().min(1).max(1000),
  }),
  /** A process that needs more, with all that it started, is drained and started anew; killed at 1.5 times of it. */
  memoryMb: z.number().int().min(16).max(1_048_576).nullable(),
})
export type WorkerCommand = z.infer<typeof workerCommandSchema>

/** One process of a worker command. */
export const commandProcessSchema = z.object({
  pid: z.number(),
  /** The queue it serves; null for all of them. */
  queue: queueRefSchema.nullable(),
  state: z.enum(['running', 'draining']),
  since: z.number(),
  /** Of one core, in per cent, with its children; null before the first look. */
  cpu: z.number().nullable(),
  memoryBytes: z.number().nullable(),
})

/** A worker command as the screens show it. */
export const workerCommandStatusSchema = z.object({
  id: z.string(),
  config: workerCommandSchema,
  autostart: z.boolean(),
  /** `waiting`: between two tries to start it; `failed`: given up. */
  state: z.enum(['stopped', 'running', 'waiting', 'draining', 'failed']),
  processes: z.array(commandProcessSchema),
  /** How many there should be now. */
  wanted: z.number(),
  /** Ends in a row that it was started again after. */
  restarts: z.number(),
  lastExit: z
    .object({ at: z.number(), pid: z.number(), code: z.number().nullable(), signal: z.string().nullable() })
    .nullable(),
  problem: z.string().nullable(),
})
export type WorkerCommandStatus = z.infer<typeof workerCommandStatusSchema>
