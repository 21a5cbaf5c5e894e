import { z } from 'zod'
import { kindSchema, queueRefSchema } from './queue.ts'

/** One queue at one tick. Rates are per minute; null where nothing is known yet. */
export const queueSampleSchema = z.object({
  queue: queueRefSchema,
  kinds: z.record(kindSchema, z.number()),
  states: z.record(z.string(), z.number()),
  inPerMinute: z.number().nullable(),
  outPerMinute: z.number().nullable(),
  /** False when the rates come from depth changes alone, so that they are lower bounds. */
  ratesExact: z.boolean(),
  oldestAgeMs: z.number().nullable(),
  /** True when jobs carry no time of birth and the age is how long the same job was seen at the head. */
  oldestAtLeast: z.boolean(),
  /** Time until the backlog is gone at the present rates; null when it does not shrink. */
  drainMs: z.number().nullable(),
  workers: z.number().nullable(),
  paused: z.boolean(),
  /** The queue library and version that last wrote here, where it says: "6.7.0". */
  version: z.string().nullable(),
  /** Why Sluice only reads this queue (a version that it does not know), in a sentence; null when it can write. */
  readOnly: z.string().nullable(),
  /** What is wrong with the queue's keys, in a sentence; null when nothing is. */
  problem: z.string().nullable(),
})
export type QueueSample = z.infer<typeof queueSampleSchema>

/** What INFO says of the server, and whether its eviction policy can drop queues. */
export const redisStatsSchema = z.object({
  version: z.string(),
  usedMemoryBytes: z.number(),
  peakMemoryBytes: z.number(),
  maxMemoryBytes: z.number(),
  maxmemoryPolicy: z.string(),
  /** True when keys without a TTL may be evicted: whole queues can vanish. */
  policyCanEvictQueues: z.boolean(),
  fragmentation: z.number(),
  keys: z.number(),
  clients: z.number(),
  blockedClients: z.number(),
  opsPerSecond: z.number(),
  evictedKeys: z.number(),
  expiredKeys: z.number(),
  uptimeSeconds: z.number(),
  role: z.string(),
})
export type RedisStats = z.infer<typeof redisStatsSchema>

/** What Sluice itself costs one Redis, over the last minute or since it was opened. */
export const costSchema = z.object({
  /** Commands that Sluice sent, of all its screens and workers; a script counts as one. */
  commandsPerSecond: z.number(),
  /** Ms of Redis' time in each second that went into counting and finding queues, by the clock of Redis itself. */
  redisMsPerSecond: z.number(),
  /** Requests and replies together. */
  bytesPerSecond: z.number(),
  /** Sockets that are open now. Those that queue libraries open for workers are not in it, nor is what they send. */
  sockets: z.number(),
  /** How often the queues are read, ms. */
  everyMs: z.number(),
  /** True when they would be read more often, were it not for the budget of the profile. */
  heldBack: z.boolean(),
})
export type Cost = z.infer<typeof costSchema>

/** What it costs where nothing was measured yet. */
export const noCost: Cost = {
  commandsPerSecond: 0,
  redisMsPerSecond: 0,
  bytesPerSecond: 0,
  sockets: 0,
  everyMs: 1000,
  heldBack: false,
}

/** One reading of all queues of a connection at one tick. */
export const sampleSchema = z.object({
  connectionId: z.string(),
  /** Epoch ms of this computer when the replies arrived. */
  at: z.number(),
  queues: z.array(queueSampleSchema),
  redis: redisStatsSchema.nullable(),
  /** Why there are no server statistics ("this user may not run INFO"); null when there are. */
  redisProblem: z.string().nullable(),
  /** Round trip of the tick in ms: what this console costs is measured and shown. */
  tickMs: z.number(),
  cost: costSchema,
  /** Sentence on how far discovery got when it could not see everything; null when it saw all keys. */
  partial: z.string().nullable(),
})
export type Sample = z.infer<typeof sampleSchema>

/** A past point of a queue, for sparklines: epoch ms, jobs still to run, failed jobs. */
export const historyPointSchema = z.tuple([z.number(), z.number(), z.number()])
export type HistoryPoint = z.infer<typeof historyPointSchema>

/** Memory and load of the server at one time, for charts. */
export const memoryPointSchema = z.object({
  at: z.number(),
  usedMemoryBytes: z.number(),
  rssBytes: z.number(),
  keys: z.number(),
  clients: z.number(),
  opsPerSecond: z.number(),
})
export type MemoryPoint = z.infer<typeof memoryPointSchema>
