import type { JournalEntry } from '../../src/domain/operation.ts'
import type { PoolStatus, RenderedMessage, SavedPool } from '../../src/domain/pool.ts'
import { type ConnectionStatus, type Profile, usualProfile } from '../../src/domain/profile.ts'
import { backlog, type Kind, noKinds, type QueueRef, queueKey, type SystemId } from '../../src/domain/queue.ts'
import type { TrackedRequest } from '../../src/domain/request.ts'
import {
  type HistoryPoint,
  type MemoryPoint,
  noCost,
  type QueueSample,
  type RedisStats,
  type Sample,
} from '../../src/domain/sample.ts'
import type { WorkerCommandStatus } from '../../src/domain/worker-command.ts'
import { fakeCommands } from './fake-commands.ts'
import { fakeJournal, fakeMessages, fakeRequests } from './fake-content.ts'
import { between, roll } from './fake-dice.ts'
import { fakePools, fakeSavedPools } from './fake-pools.ts'

/** A queue that lives: its numbers change at every tick. */
export interface FakeQueue {
  readonly ref: QueueRef
  readonly counts: Record<Kind, number>
  inPerMinute: number
  outPerMinute: number
  readonly exact: boolean
  readonly workers: number | null
  readonly paused: boolean
  readonly problem: string | null
  readonly history: HistoryPoint[]
}

export interface FakeConnection {
  profile: Profile
  status: ConnectionStatus
  readonly queues: FakeQueue[]
  readonly memory: MemoryPoint[]
  redis: RedisStats | null
  redisProblem: string | null
  partial: string | null
}

export interface World {
  readonly connections: FakeConnection[]
  readonly pools: PoolStatus[]
  readonly saved: SavedPool[]
  readonly commands: WorkerCommandStatus[]
  readonly messages: RenderedMessage[]
  readonly journal: JournalEntry[]
  readonly requests: TrackedRequest[]
  /** When it began, epoch ms. */
  readonly since: number
}

const minute = 60_000

const statesOf: Record<SystemId, Partial<Record<Kind, string>>> = {
  'plain-list': { waiting: 'pending', active: 'processing', failed: 'dead' },
  'http-jobs': { waiting: 'ready', active: 'processing', failed: 'failed', completed: 'completed' },
  'request-tracker': { active: 'live', failed: 'failed', completed: 'ended' },
  laravel: { waiting: 'waiting', delayed: 'delayed', active: 'reserved' },
  horizon: { waiting: 'pending', active: 'reserved', failed: 'failed', completed: 'completed' },
  bull: {
    waiting: 'wait',
    delayed: 'delayed',
    active: 'active',
    failed: 'failed',
    completed: 'completed',
    paused: 'paused',
  },
  bullmq: {
    waiting: 'wait',
    delayed: 'delayed',
    active: 'active',
    failed: 'failed',
    completed: 'completed',
    paused: 'paused',
  },
}

export function fakeStates(system: SystemId): Partial<Record<Kind, string>> {
  return statesOf[system]
}

function queue(
  system: SystemId,
  name: string,
  counts: Partial<Record<Kind, number>>,
  rate: number,
  more: Partial<Pick<FakeQueue, 'workers' | 'paused' | 'problem'>> & { prefix?: string } = {},
): FakeQueue {
  const prefix =
    more.prefix ??
    { 'plain-list': 'queue:', bull: 'bull', bullmq: 'bull', laravel: 'shop_database_' }[system as string] ??
    ''
  const made: FakeQueue = {
    ref: { system, prefix, name },
    counts: { ...noKinds(), ...counts },
    inPerMinute: rate,
    outPerMinute: rate * (0.85 + roll() * 0.4),
    exact: system === 'bullmq' || system === 'bull',
    workers: more.workers === undefined ? between(0, 12) : more.workers,
    paused: more.paused ?? false,
    problem: more.problem ?? null,
    history: [],
  }
  let depth = backlog(made.counts) * (0.4 + roll())
  for (let step = 60; step > 0; step--) {
    depth = Math.max(0, depth + (backlog(made.counts) - depth) * 0.08 + (roll() - 0.5) * (depth * 0.25 + 3))
    made.history.push([Date.now() - step * 5_000, Math.round(depth), made.counts.failed])
  }
  return made
}

function redis(usedMiB: number, maxMiB: number, policy: string, more: Partial<RedisStats> = {}): RedisStats {
  return {
    version: '7.4.2',
    usedMemoryBytes: usedMiB * 2 ** 20,
    peakMemoryBytes: usedMiB * 1.3 * 2 ** 20,
    maxMemoryBytes: maxMiB * 2 ** 20,
    maxmemoryPolicy: policy,
    policyCanEvictQueues: policy.startsWith('allkeys'),
    fragmentation: 1.08,
    keys: between(900, 480_000),
    clients: between(12, 190),
    blockedClients: between(2, 40),
    opsPerSecond: between(200, 9_000),
    evictedKeys: 0,
    expiredKeys: between(1000, 900_000),
    uptimeSeconds: between(86_400, 86_400 * 90),
    role: 'master',
    ...more,
  }
}

function connection(
  profile: Pick<Profile, 'id' | 'name' | 'url' | 'colour' | 'environment'> & Partial<Profile>,
  status: Partial<ConnectionStatus>,
  content: Pick<FakeConnection, 'queues' | 'redis'> & Partial<FakeConnection>,
): FakeConnection {
  const memory: MemoryPoint[] = []
  let used = (content.redis?.usedMemoryBytes ?? 0) * 0.7
  for (let step = 360; step > 0 && content.redis !== null; step--) {
    used += (content.redis.usedMemoryBytes - used) * 0.02 + (roll() - 0.48) * content.redis.usedMemoryBytes * 0.012
    memory.push({
      at: Date.now() - step * 10_000,
      usedMemoryBytes: Math.round(used),
      rssBytes: Math.round(used * 1.06 + 9e6),
      keys: content.redis.keys - step * 3,
      clients: content.redis.clients + between(-3, 3),
      opsPerSecond: Math.round(content.redis.opsPerSecond * (0.8 + roll() * 0.4)),
    })
  }
  return {
    profile: {
      ...usualProfile,
      ...profile,
    },
    status: {
      connectionId: profile.id,
      status: 'ready',
      since: Date.now() - between(1, 90) * minute,
      problem: null,
      code: null,
      remedy: null,
      servers: [],
      writable: profile.environment !== 'production',
      unlockedUntil: null,
      ...status,
    },
    memory,
    redisProblem: null,
    partial: null,
    ...content,
  }
}

/** A shop with every queue system, friendly and hostile names, and servers in every state. */
export function fakeWorld(extraQueues = 0): World {
  const prod = [
    queue('plain-list', 'email', { waiting: 1_284, active: 8, failed: 37 }, 640, { workers: 8 }),
    queue('plain-list', 'sms', { waiting: 12, active: 2, failed: 214 }, 88, { workers: 2 }),
    queue('plain-list', 'cashback:settlement', { waiting: 0, active: 0, failed: 0 }, 0, { workers: 0 }),
    queue('http-jobs', 'job_queue', { waiting: 432, active: 25, failed: 9, completed: 12_480 }, 310, { workers: 25 }),
    queue('request-tracker', 'local_request', { active: 42, failed: 3, completed: 118 }, 60, { workers: null }),
    queue('laravel', 'default', { waiting: 5_210, delayed: 318, active: 20 }, 900, { workers: 20 }),
    queue('laravel', 'notifications', { waiting: 71, delayed: 12, active: 4 }, 120, { workers: 4 }),
    queue('laravel', 'exports', { waiting: 3, delayed: 0, active: 1 }, 0.4, { workers: 1 }),
    queue('bull', 'csv-uploads', { waiting: 6, delayed: 2, active: 3, failed: 18, completed: 1_002 }, 4.2, {
      workers: 3,
    }),
    queue('bull', 'image-resize', { waiting: 0, active: 0, completed: 99_812, paused: 1_430 }, 0, {
      workers: 6,
      paused: true,
    }),
    queue(
      'bullmq',
      'video-transcode',
      { waiting: 88, delayed: 4, active: 12, retrying: 7, failed: 41, completed: 5_000 },
      22,
      { workers: 12 },
    ),
    queue(
      'bullmq',
      'webhooks-out',
      { waiting: 1_204_332, delayed: 12_093, active: 64, retrying: 880, failed: 18_220, completed: 1_000_000 },
      14_200,
      { workers: 64 },
    ),
    queue('bullmq', 'search-index', { waiting: 0, active: 1, completed: 250 }, 35, { workers: 2 }),
    queue('bullmq', 'fraud-score', { waiting: 240, active: 0, failed: 0 }, 12, { workers: 0 }),
    queue('plain-list', 'سفارش‌ها', { waiting: 54, active: 3, failed: 1 }, 41, { workers: 3 }),
    queue('plain-list', 'pay\u202eslip\u202c', { waiting: 2, failed: 1 }, 1, { workers: 0 }),
    queue('plain-list', 'a-queue-whose-name-was-made-by-a-machine-and-has-sixty-chars', { waiting: 1 }, 0.1, {
      workers: 0,
    }),
    queue('plain-list', 'old:format', { waiting: 0 }, 0, {
      workers: 0,
      problem: 'queue:old:format:dlq holds a hash where a list is expected.',
    }),
  ]
  for (let index = 0; index < extraQueues; index++) {
    prod.push(
      queue(
        'plain-list',
        `tenant-${index + 1}:mail`,
        { waiting: between(0, 90), failed: between(0, 3) },
        between(0, 60),
      ),
    )
  }
  const connections = [
    connection(
      {
        id: 'local',
        name: 'Private Redis',
        url: 'redis://127.0.0.1:46379',
        colour: 'teal',
        environment: 'local',
        builtIn: true,
      },
      {},
      {
        queues: [
          queue('plain-list', 'email', { waiting: 22, active: 4, failed: 3 }, 52, { workers: 4 }),
          queue('plain-list', 'sms', { waiting: 4, active: 1, failed: 1 }, 18, { workers: 2 }),
          queue('http-jobs', 'job_queue', { waiting: 61, active: 6, failed: 34, completed: 120 }, 80, { workers: 1 }),
          queue('bull', 'csv-uploads', { waiting: 2, active: 1, failed: 4, completed: 61 }, 3, { workers: 1 }),
          queue('bullmq', 'image-resize', { waiting: 340, active: 3, failed: 12, completed: 4_120 }, 44, {
            workers: 3,
          }),
        ],
        redis: redis(6.4, 0, 'noeviction', { keys: 184, clients: 9, opsPerSecond: 212, version: '7.0.15' }),
      },
    ),
    connection(
      {
        id: 'prod-eu',
        name: 'prod-eu',
        url: 'rediss://console@redis.prod-eu.internal:6380/0',
        colour: 'blue',
        environment: 'production',
        secrets: ['password'],
      },
      {},
      {
        queues: prod,
        redis: redis(3_420, 4_096, 'allkeys-lru', {
          evictedKeys: 18_202,
          keys: 1_204_118,
          clients: 184,
          opsPerSecond: 8_412,
        }),
        partial: 'Discovery saw 62 % of the keys so far; it goes on in the background.',
      },
    ),
    connection(
      {
        id: 'staging',
        name: 'staging',
        url: 'redis://10.4.0.12:6379/2',
        colour: 'amber',
        environment: 'staging',
        secrets: ['password'],
      },
      {},
      {
        queues: [
          queue('bullmq', 'video-transcode', { waiting: 1, active: 1, failed: 2, completed: 212 }, 2, { workers: 1 }),
          queue('laravel', 'default', { waiting: 14, delayed: 3, active: 1 }, 9, { workers: 1 }),
        ],
        redis: null,
        redisProblem: 'The Redis user of this profile may not run INFO, so there are no server figures.',
      },
    ),
    connection(
      {
        id: 'orders',
        name: 'orders-replica',
        url: 'redis://orders.internal:6379',
        colour: 'violet',
        environment: 'production',
        readOnly: true,
      },
      {
        status: 'reconnecting',
        since: Date.now() - 42_000,
        problem: 'Redis is not reachable at the moment.',
        writable: false,
      },
      {
        queues: [
          queue('bullmq', 'invoice', { waiting: 310, active: 5, failed: 2, completed: 9_120 }, 70, { workers: 5 }),
        ],
        redis: redis(880, 2_048, 'volatile-lru', { role: 'slave' }),
      },
    ),
    connection(
      {
        id: 'archive',
        name: 'فروشگاه قدیمی',
        url: 'unix:///run/redis/archive.sock',
        colour: 'slate',
        environment: 'local',
      },
      { status: 'closed', writable: false },
      { queues: [], redis: redis(40, 0, 'noeviction') },
    ),
  ]
  return {
    connections,
    pools: fakePools(),
    saved: fakeSavedPools(),
    commands: fakeCommands(),
    messages: fakeMessages(),
    journal: fakeJournal(),
    requests: fakeRequests(),
    since: Date.now() - 4 * minute,
  }
}

/** One step of one second. */
export function step(world: World): void {
  for (const { queues, redis: server, status, memory } of world.connections) {
    if (status.status !== 'ready') continue
    for (const one of queues) {
      const quiet = one.inPerMinute === 0 || one.paused
      if (quiet) continue
      const wave = 1 + (roll() - 0.5) * 0.3
      const came = Math.round(((one.inPerMinute / 60) * wave + roll()) * (roll() < 0.9 ? 1 : 0))
      const gone =
        one.workers === 0 ? 0 : Math.round((one.outPerMinute / 60) * (1 + (roll() - 0.5) * 0.4) + roll() * 0.6)
      one.counts.waiting = Math.max(0, one.counts.waiting + came - gone)
      if (fakeStates(one.ref.system).completed !== undefined) one.counts.completed += gone
      if (fakeStates(one.ref.system).failed !== undefined && roll() < 0.04) one.counts.failed++
      one.outPerMinute = Math.max(0, one.outPerMinute * 0.98 + one.inPerMinute * (0.9 + roll() * 0.3) * 0.02)
    }
    if (server === null) continue
    server.usedMemoryBytes = Math.round(server.usedMemoryBytes * (1 + (roll() - 0.495) * 0.002))
    server.opsPerSecond = Math.round(server.opsPerSecond * (0.97 + roll() * 0.06))
    server.keys += between(-4, 6)
    memory.push({
      ...(memory.at(-1) as MemoryPoint),
      at: Date.now(),
      usedMemoryBytes: server.usedMemoryBytes,
      opsPerSecond: server.opsPerSecond,
    })
    if (memory.length > 360) memory.shift()
  }
  for (const pool of world.pools) {
    if (pool.state !== 'running') continue
    pool.leaseAgeMs = pool.id === 'p3' ? pool.leaseAgeMs : between(200, 4_900)
    if (pool.paused) continue
    pool.active = between(0, pool.concurrency + 1)
    pool.done += between(0, 3)
    pool.donePerMinute = Math.max(1, Math.round(pool.donePerMinute * (0.95 + roll() * 0.1)))
  }
  for (const request of world.requests) {
    if (request.status !== 'processing') continue
    request.progress = Math.min(100, (request.progress ?? 0) + roll() * 2)
    request.etaMs = Math.max(0, (100 - request.progress) * 700)
    request.updatedAt = Date.now()
    if (request.progress >= 100) Object.assign(request, { status: 'completed', etaMs: null, step: 'done' })
  }
}

/** What a sampler would say of a connection now. */
export function sampleOf({ profile, queues, redis: server, redisProblem, partial, status }: FakeConnection): Sample {
  return {
    connectionId: profile.id,
    at: status.status === 'ready' ? Date.now() : status.since,
    tickMs: 3 + roll() * 4,
    cost: {
      ...noCost,
      commandsPerSecond: 3 + queues.length * 0.1,
      redisMsPerSecond: queues.length * 0.04,
      bytesPerSecond: queues.length * 600,
      sockets: 3,
    },
    redis: server === null ? null : { ...server },
    redisProblem,
    partial,
    queues: queues.map(
      (one): QueueSample => ({
        queue: one.ref,
        kinds: { ...one.counts },
        states: Object.fromEntries(
          Object.entries(fakeStates(one.ref.system)).map(([kind, state]) => [state, one.counts[kind as Kind]]),
        ),
        inPerMinute: one.ref.system === 'request-tracker' ? null : Math.round(one.inPerMinute * 10) / 10,
        outPerMinute: one.ref.system === 'request-tracker' ? null : Math.round(one.outPerMinute * 10) / 10,
        ratesExact: one.exact,
        oldestAgeMs:
          one.counts.waiting === 0 ? null : Math.round((one.counts.waiting / Math.max(1, one.outPerMinute)) * minute),
        oldestAtLeast: one.ref.system === 'plain-list',
        drainMs:
          one.outPerMinute > one.inPerMinute && backlog(one.counts) > 0
            ? Math.round((backlog(one.counts) / (one.outPerMinute - one.inPerMinute)) * minute)
            : null,
        workers: one.workers,
        paused: one.paused,
        version: null,
        readOnly: null,
        problem: one.problem,
      }),
    ),
  }
}

export function historyOf(world: World): Record<string, Record<string, HistoryPoint[]>> {
  return Object.fromEntries(
    world.connections.map(({ profile, queues }) => [
      profile.id,
      Object.fromEntries(queues.map((one) => [queueKey(one.ref), one.history])),
    ]),
  )
}
