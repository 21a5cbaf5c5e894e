import type { SystemId } from './queue.ts'
import type { WorkerCommand } from './worker-command.ts'

/** What a form for a new worker command begins with. */
export interface WorkerCommandTemplate {
  readonly id: string
  readonly label: string
  /** The systems whose queues it works on; none for those whose keys Sluice does not read. */
  readonly systems: readonly SystemId[]
  readonly hint?: string
  readonly config: Partial<Omit<WorkerCommand, 'connectionId' | 'queues'>>
}

/** All settings but what is run and where, as most workers need them. */
export const workerCommandDefaults = {
  env: {},
  passRedisUrl: true,
  share: 'together',
  scale: { by: 'fixed', count: 1 },
  drainSignal: 'SIGTERM',
  drainMs: 60_000,
  restart: { firstMs: 1000, longestMs: 60_000, giveUpAfter: 10 },
  memoryMb: null,
} as const satisfies Partial<WorkerCommand>

interface QueueWork {
  /** Seconds. */
  readonly timeout: number
  readonly tries: number
  /** MB, by php's own count. */
  readonly memory: number
  /** Seconds before each next try; the last one for all further. */
  readonly backoff: readonly number[]
}

/** What php takes before a job does anything, in MB: its own limit is by its own count, ours by what the system sees. */
const phpItselfMb = 64

/** A worker that begins anew each hour, as deployments expect, and after a job that left it above its memory limit. */
function queueWork({ timeout, tries, memory, backoff }: QueueWork) {
  const options = [
    '--queue={queue}',
    `--tries=${tries}`,
    `--timeout=${timeout}`,
    `--memory=${memory}`,
    '--max-time=3600',
    ...(backoff.length === 0 ? [] : [`--backoff=${backoff.join(',')}`]),
  ]
  return {
    program: 'php',
    args: ['artisan', 'queue:work', 'redis', ...options],
    drainMs: (timeout + 10) * 1000,
    memoryMb: memory + phpItselfMb,
  } satisfies Partial<WorkerCommand>
}

/**
 * Workers that are known, each with the one signal that makes it finish what it has and end. Signals and options are
 * those of Laravel 8 to 13, Horizon 5, Sidekiq 6 to 8, RQ 1.13 and 2, Celery 5.
 *
 * Sidekiq's TSTP only makes it quiet: it would never end by it. RQ and Celery take a second TERM as "at once".
 */
export const workerCommandTemplates: readonly WorkerCommandTemplate[] = [
  {
    id: 'laravel',
    label: 'Laravel: queue:work',
    systems: ['laravel'],
    hint: 'The pcntl extension of php lets it finish a job when it is stopped. retry_after of the connection must be longer than the timeout.',
    config: {
      ...workerCommandDefaults,
      ...queueWork({ timeout: 60, tries: 3, memory: 128, backoff: [] }),
    },
  },
  {
    id: 'horizon',
    label: 'Laravel Horizon',
    systems: ['horizon'],
    hint: 'Horizon starts and scales its own workers by config/horizon.php: one is enough.',
    config: {
      ...workerCommandDefaults,
      program: 'php',
      args: ['artisan', 'horizon'],
      drainMs: 300_000,
    },
  },
  {
    id: 'sidekiq',
    label: 'Sidekiq',
    systems: [],
    hint: 'Name a queue after each -q. Jobs that are not done 25 s after it was told to stop go back to their queue (-t).',
    config: {
      ...workerCommandDefaults,
      program: 'bundle',
      args: ['exec', 'sidekiq', '-c', '10', '-q', 'default', '-t', '25'],
      // It gives back what is not done by itself: killed before that, its jobs would be lost.
      drainMs: 40_000,
      memoryMb: 1024,
    },
  },
  {
    id: 'rq',
    label: 'RQ',
    systems: [],
    hint: 'Name its queues at the end, most urgent first. RQ 1 can lose a job that it takes in the very moment in which it is told to stop.',
    config: {
      ...workerCommandDefaults,
      program: 'rq',
      args: ['worker', 'default'],
      env: { RQ_REDIS_URL: '{redisUrl}' },
      drainMs: 180_000, // the longest a job may take, unless it says otherwise
      memoryMb: 512,
    },
  },
  {
    id: 'celery',
    label: 'Celery',
    systems: [],
    hint: 'Name the module of your application after -A and its queues after -Q, with commas.',
    config: {
      ...workerCommandDefaults,
      program: 'celery',
      args: ['-A', 'app', 'worker', '-Q', 'celery', '--loglevel=INFO'],
      env: { CELERY_BROKER_URL: '{redisUrl}' },
      drainMs: 300_000,
      memoryMb: 1024,
    },
  },
  {
    id: 'node',
    label: 'Node.js script',
    systems: ['bull', 'bullmq', 'plain-list', 'http-jobs', 'request-tracker'],
    hint: 'It finds where Redis is in REDIS_URL, gets the name of its queue as its argument, and closes its worker on SIGTERM.',
    config: {
      ...workerCommandDefaults,
      program: 'node',
      args: ['worker.js', '{queue}'],
      share: 'strict',
      memoryMb: 512,
    },
  },
]

/** Between one worker and four, so that what waits is done within a minute. */
const upTo4 = {
  by: 'wait',
  min: 1,
  max: 4,
  jobsPerWorker: 50,
  clearMs: 60_000,
  cooldownMs: 3000,
  step: 1,
} as const satisfies WorkerCommand['scale']
const two = { by: 'fixed', count: 2 } as const
const one = { by: 'fixed', count: 1 } as const

/** The channels of a Laravel shop with payments, most urgent first. `weight` is their priority, of ten. */
const channels = [
  { name: 'payments', weight: 10, timeout: 180, tries: 5, memory: 256, backoff: [30, 60, 120, 300, 600], scale: upTo4 },
  { name: 'notifications', weight: 8, timeout: 120, tries: 3, memory: 128, backoff: [15, 30, 60], scale: upTo4 },
  { name: 'exports', weight: 6, timeout: 900, tries: 2, memory: 1024, backoff: [60, 180], scale: two },
  { name: 'reports', weight: 6, timeout: 600, tries: 3, memory: 512, backoff: [], scale: two },
  { name: 'bulk', weight: 2, timeout: 3600, tries: 1, memory: 1024, backoff: [], scale: one },
  { name: 'maintenance', weight: 1, timeout: 1800, tries: 1, memory: 256, backoff: [], scale: one },
] as const

/** The six channels as queues for one worker command, by weight. `prefix` is what the application puts before its keys. */
export function sixChannels(prefix: string): WorkerCommand['queues'] {
  return channels.map(({ name, weight }) => ({ queue: { system: 'laravel', prefix, name }, weight }))
}

/**
 * A worker command for each of the six channels: time limit, tries, memory and back-off differ between them, and a
 * worker has but one of each. Payments and notifications together are two to eight processes.
 */
export function sixChannelCommands(where: {
  readonly connectionId: string
  /** Of the application: where its `artisan` is. */
  readonly folder: string
  readonly prefix: string
}): WorkerCommand[] {
  const queues = sixChannels(where.prefix)
  return channels.map(({ name, scale, timeout, tries, memory, backoff }, at) => ({
    ...workerCommandDefaults,
    ...queueWork({ timeout, tries, memory, backoff }),
    connectionId: where.connectionId,
    name,
    folder: where.folder,
    queues: queues.slice(at, at + 1),
    scale,
  }))
}
