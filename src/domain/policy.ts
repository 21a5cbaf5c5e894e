import { z } from 'zod'
import { type QueueRef, queueRefSchema } from './queue.ts'
import type { QueueSample } from './sample.ts'

const week = 604_800
const year = 31_536_000

/**
 * What a team expects of a queue and of its jobs. It is a note of this computer: nothing of it is written to Redis, and
 * no worker obeys it. Null, or an empty list, where nothing is expected. `maxWaitSeconds` and `maxFailed` are judged
 * from what is measured, `timeoutSeconds` from the jobs that run; the rest is shown beside it for the person to compare.
 */
export const policySchema = z.object({
  /** 1 to 10; 10 goes first. */
  priority: z.int().min(1).max(10).nullable(),
  /** How long one job may run. */
  timeoutSeconds: z.int().min(1).max(week).nullable(),
  /** How often one job may be tried. */
  tries: z.int().min(1).max(1000).nullable(),
  /** How long to wait before each retry; further retries wait the last. */
  backoffSeconds: z.array(z.int().min(0).max(week)).max(50),
  /** How much memory a worker may use. */
  memoryMb: z.int().min(1).max(1_048_576).nullable(),
  /** How old the job that runs next may get. */
  maxWaitSeconds: z.int().min(1).max(year).nullable(),
  /** How many failed jobs may stand there. */
  maxFailed: z.int().min(0).max(1_000_000_000).nullable(),
})
export type Policy = z.infer<typeof policySchema>

/** A queue and what is expected of it. */
export const queuePolicySchema = z.object({ queue: queueRefSchema, policy: policySchema })
export type QueuePolicy = z.infer<typeof queuePolicySchema>

/** Jobs of a queue that run longer than its policy allows, as they were when somebody looked. */
export const overrunSchema = z.object({
  queue: queueRefSchema,
  jobs: z.number(),
  /** True when only the first running jobs were looked at. */
  atLeast: z.boolean(),
  /** How long the oldest of them runs; null when none of them says when it was started. */
  longestMs: z.number().nullable(),
})
export type Overrun = z.infer<typeof overrunSchema>

/** One way in which a queue is outside its policy. */
export interface Breach {
  /** The wait of the next job, the age of running jobs, or the number of failed ones. */
  readonly what: 'wait' | 'age' | 'failures'
  readonly sentence: string
}

/** What `judge` reads of a sample. */
export type Measured = Pick<QueueSample, 'kinds' | 'oldestAgeMs' | 'oldestAtLeast'>

/**
 * How a queue is outside its policy; nothing for one that is within, or that cannot be measured. A sample counts running
 * jobs and does not say since when they run, so their age comes from `overrun`, a look at the jobs themselves.
 */
export function judge(policy: Policy, sample: Measured | undefined, overrun: Overrun | undefined): Breach[] {
  const breaches: Breach[] = []
  const { maxWaitSeconds, timeoutSeconds, maxFailed } = policy
  const waited = sample?.oldestAgeMs ?? null
  if (maxWaitSeconds !== null && waited !== null && waited > maxWaitSeconds * 1000) {
    const least = sample?.oldestAtLeast ? 'at least ' : ''
    const sentence = `The next job has waited ${least}${spanWords(waited)}, longer than ${spanWords(maxWaitSeconds * 1000)}.`
    breaches.push({ what: 'wait', sentence })
  }
  if (timeoutSeconds !== null && overrun !== undefined && overrun.jobs > 0) {
    const least = overrun.atLeast ? 'At least ' : ''
    const run = overrun.jobs === 1 ? 'job has' : 'jobs have'
    const sentence = `${least}${overrun.jobs} ${run} been running longer than ${spanWords(timeoutSeconds * 1000)}.`
    breaches.push({ what: 'age', sentence })
  }
  const failed = sample?.kinds.failed ?? 0
  if (maxFailed !== null && failed > maxFailed) {
    const sentence = `${failed} ${failed === 1 ? 'job' : 'jobs'} failed, and ${maxFailed === 0 ? 'none' : `at most ${maxFailed}`} may.`
    breaches.push({ what: 'failures', sentence })
  }
  return breaches
}

const units = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

/** A time span in words of its two largest units: "45 s", "4 min 12 s", "2 h". */
export function spanWords(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const largest = units.findIndex(([size]) => seconds >= size)
  if (largest < 0) return '0 s'
  let rest = seconds
  const words: string[] = []
  for (const [size, unit] of units.slice(largest, largest + 2)) {
    if (rest >= size) words.push(`${Math.floor(rest / size)} ${unit}`)
    rest %= size
  }
  return words.join(' ')
}

/** Nothing is expected. */
export const emptyPolicy: Policy = {
  priority: null,
  timeoutSeconds: null,
  tries: null,
  backoffSeconds: [],
  memoryMb: null,
  maxWaitSeconds: null,
  maxFailed: null,
}

export const channels = ['payments', 'notifications', 'exports', 'reports', 'bulk', 'maintenance'] as const
export type Channel = (typeof channels)[number]

/**
 * A sample set: the channels of a donation platform on Laravel. Priority, timeout, tries, back-off and memory are as
 * that platform configures them. The two limits are ours, since it names none: money waits a minute at most and never
 * fails unseen, people wait minutes for a message and a quarter of an hour for a file, and what runs at night has hours.
 */
export const channelPolicies: Readonly<Record<Channel, Policy>> = {
  payments: { priority: 10, timeoutSeconds: 180, tries: 5, backoffSeconds: [30, 60, 120, 300, 600], memoryMb: 256, maxWaitSeconds: 60, maxFailed: 0 },
  notifications: { priority: 8, timeoutSeconds: 120, tries: 3, backoffSeconds: [15, 30, 60], memoryMb: 128, maxWaitSeconds: 300, maxFailed: 20 },
  exports: { priority: 6, timeoutSeconds: 900, tries: 2, backoffSeconds: [60, 180], memoryMb: 1024, maxWaitSeconds: 900, maxFailed: 5 },
  reports: { priority: 6, timeoutSeconds: 600, tries: 3, backoffSeconds: [], memoryMb: 512, maxWaitSeconds: 900, maxFailed: 5 },
  bulk: { priority: 2, timeoutSeconds: 3600, tries: 1, backoffSeconds: [], memoryMb: 1024, maxWaitSeconds: 7200, maxFailed: 50 },
  maintenance: { priority: 1, timeoutSeconds: 1800, tries: 1, backoffSeconds: [], memoryMb: 256, maxWaitSeconds: 14_400, maxFailed: 5 },
} // biome-ignore format: a table

/** The channel policies as policies of queues with the channels' names. */
export function channelPoliciesOf(queueOf: (channel: Channel) => QueueRef): QueuePolicy[] {
  return channels.map((channel) => ({ queue: queueOf(channel), policy: channelPolicies[channel] }))
}
