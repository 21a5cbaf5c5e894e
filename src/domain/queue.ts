import { z } from 'zod'

/** The queue systems that Sluice knows, in the order in which screens list them. */
export const systemIds = ['plain-list', 'http-jobs', 'request-tracker', 'laravel', 'horizon', 'bull', 'bullmq'] as const
export const systemIdSchema = z.enum(systemIds)
export type SystemId = z.infer<typeof systemIdSchema>

/** Our word for where a job is, whatever its system calls it. */
export const kinds = ['waiting', 'delayed', 'active', 'retrying', 'failed', 'completed', 'paused'] as const
export const kindSchema = z.enum(kinds)
export type Kind = z.infer<typeof kindSchema>

/** A named line of jobs of one system in one connection. `prefix` is what the keys have before the name. */
export const queueRefSchema = z.object({
  system: systemIdSchema,
  prefix: z.string().max(500),
  name: z.string().max(500),
})
export type QueueRef = z.infer<typeof queueRefSchema>

/** A string that names a queue within a connection: stable, reversible, usable in a URL. */
export function queueKey(queue: QueueRef): string {
  return [queue.system, queue.prefix, queue.name].map(encodeURIComponent).join('/')
}

/** The queue that `queueKey` made the string from; null when it is not one. */
export function parseQueueKey(key: string): QueueRef | null {
  try {
    const [system, prefix, name] = key.split('/').map(decodeURIComponent)
    const parsed = queueRefSchema.safeParse({ system, prefix, name })
    return parsed.success ? parsed.data : null
  } catch {
    return null // a malformed percent escape, typed by hand into the URL
  }
}

/** What an operator may ask of jobs or of a whole queue. */
export const actions = [
  'retry',
  'edit',
  'remove',
  'purge',
  'move',
  'add',
  'promote',
  'reschedule',
  'duplicate',
  'log',
  'pause',
  'resume',
] as const
export const actionSchema = z.enum(actions)
export type Action = z.infer<typeof actionSchema>

/** A state as a system names it, the kind it counts as, and for each action true or the reason why it cannot be. */
export const stateInfoSchema = z.object({
  id: z.string(),
  label: z.string(),
  kind: kindSchema,
  /** False for a view that costs work to see (jobs whose worker died, hashes that are in no state): it is not counted. */
  counted: z.boolean(),
  actions: z.record(actionSchema, z.union([z.literal(true), z.string()])),
})
export type StateInfo = z.infer<typeof stateInfoSchema>

/** A queue system as the screens know it: no code, only what it is called and what it can do. */
export const systemInfoSchema = z.object({
  id: systemIdSchema,
  label: z.string(),
  states: z.array(stateInfoSchema),
  /** Whether a retry may give a job all its attempts again, or leave it the one run that it has by keeping them. */
  resetsAttempts: z.boolean(),
  /** What a new job may carry besides its payload: a name, and options as JSON, of which this is an example. */
  adds: z.object({ name: z.boolean(), options: z.string().nullable(), payload: z.string() }),
  /** Whether a job can be found by its id, and whether the library tells what happens while one looks. */
  finds: z.boolean(),
  live: z.boolean(),
  /** Whether it has schedules that can be listed, and which changes to them can be made. */
  schedules: z.object({ list: z.boolean(), save: z.boolean(), remove: z.boolean(), run: z.boolean() }),
})
export type SystemInfo = z.infer<typeof systemInfoSchema>

/** Zero of every kind. */
export function noKinds(): Record<Kind, number> {
  return { waiting: 0, delayed: 0, active: 0, retrying: 0, failed: 0, completed: 0, paused: 0 }
}

/** Jobs that still have to run: waiting, delayed, retrying and paused. */
export function backlog(counts: Record<Kind, number>): number {
  return counts.waiting + counts.delayed + counts.retrying + counts.paused
}
