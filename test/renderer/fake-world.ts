import type { JournalEntry } from '../../src/domain/operation.ts'
import type { PoolStatus, RenderedMessage } from '../../src/domain/pool.ts'
import type { ConnectionStatus, Profile } from '../../src/domain/profile.ts'
import { backlog, type Kind, noKinds, type QueueRef, queueKey, type SystemId } from '../../src/domain/queue.ts'
import type { TrackedRequest } from '../../src/domain/request.ts'
import type { HistoryPoint, MemoryPoint, QueueSample, RedisStats, Sample } from '../../src/domain/sample.ts'

/** Numbers that look random and are the same at every start, so that two screenshots can be compared. */
export function dice(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

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
  readonly messages: RenderedMessage[]
  readonly journal: JournalEntry[]
  readonly requests: TrackedRequest[]
}

const roll = dice(7)
const between = (low: number, high: number) => Math.floor(low + roll() * (high - low))
const minute = 60_000

const statesOf: Record<SystemId, Partial<Record<Kind, string>>> = {
  'plain-list': { waiting: 'pending', active: 'processing', failed: 'dead' },
  'http-jobs': { waiting: 'ready', active: 'processing', failed: 'failed', completed: 'completed' },
  'request-tracker': { active: 'live', failed: 'failed', completed: 'ended' },
  laravel: { waiting: 'waiting', delayed: 'delayed', active: 'reserved' },
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
      readOnly: false,
      hints: [],
      trackedPrefix: 'local_request:',
      builtIn: false,
      hasSecret: false,
      ...profile,
    },
    status: {
      connectionId: profile.id,
      status: 'ready',
      since: Date.now() - between(1, 90) * minute,
      problem: null,
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
          queue('bull', 'csv-uploads', { waiting: 2, active: 1, failed: 4, completed: 61 }, 3, { workers: 1 }),
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
        hasSecret: true,
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
        hasSecret: true,
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
  return { connections, pools: fakePools(), messages: fakeMessages(), journal: fakeJournal(), requests: fakeRequests() }
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
    pool.active = between(0, pool.config.concurrency + 1)
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

function fakePools(): PoolStatus[] {
  const base = { connectionId: 'local', queuePrefix: 'queue:', maxAttempts: 3, retryDelayMs: 1_000 }
  return [
    {
      id: 'p1',
      config: { ...base, queueName: 'email', handler: 'email', concurrency: 4 },
      state: 'running',
      mode: 'dev',
      since: Date.now() - 34 * minute,
      active: 3,
      done: 1_822,
      retried: 12,
      dead: 3,
      recovered: 2,
      donePerMinute: 52,
      problem: null,
    },
    {
      id: 'p2',
      config: { ...base, queueName: 'sms', handler: 'sms', concurrency: 2 },
      state: 'running',
      mode: 'live',
      since: Date.now() - 3 * minute,
      active: 1,
      done: 61,
      retried: 4,
      dead: 1,
      recovered: 0,
      donePerMinute: 18,
      problem: 'The provider answered 429 (too many requests): jobs wait and are tried again.',
    },
    {
      id: 'p3',
      config: { ...base, queueName: 'سفارش‌ها', handler: 'email', concurrency: 1 },
      state: 'stopped',
      mode: 'dev',
      since: Date.now() - 50 * minute,
      active: 0,
      done: 240,
      retried: 0,
      dead: 0,
      recovered: 0,
      donePerMinute: 0,
      problem: null,
    },
  ]
}

const emailHtml = (name: string, order: string) =>
  `<!doctype html><html><body style="margin:0;background:#f3f4f6;font-family:Helvetica,Arial,sans-serif"><table role="presentation" width="100%"><tr><td align="center" style="padding:24px"><table role="presentation" width="480" style="background:#ffffff;border-radius:8px"><tr><td style="padding:24px;color:#111827"><h1 style="margin:0 0 12px;font-size:20px">Thank you, ${name}</h1><p style="margin:0 0 12px;line-height:1.5">Your order <b>${order}</b> is on its way.</p><p style="margin:0"><a href="https://shop.example/orders/${order}" style="background:#0f766e;color:#fff;padding:10px 16px;border-radius:6px;text-decoration:none">See the order</a></p><img src="https://tracker.example/pixel.gif" alt=""><script>document.body.textContent='a script ran'</script></td></tr></table></td></tr></table></body></html>`

function fakeMessages(): RenderedMessage[] {
  const people = ['Ada Lovelace', 'نگار محمدی', 'Grace Hopper', 'Linus T.', 'Katherine Johnson']
  return Array.from({ length: 40 }, (_, index): RenderedMessage => {
    const email = index % 3 !== 2
    const name = people[index % people.length] as string
    const order = `SO-${88_120 + index}`
    const failed = index % 11 === 5
    return {
      id: `m${index}`,
      poolId: email ? 'p1' : 'p2',
      at: Date.now() - index * 9_000,
      channel: email ? 'email' : 'sms',
      type: email ? (index % 2 === 0 ? 'order_confirmation' : 'welcome') : 'otp',
      to: email ? `customer${index}@example.com` : `+98912000${String(index).padStart(4, '0')}`,
      subject: email ? `Your order ${order}` : null,
      text: email
        ? `Thank you, ${name}\n\nYour order ${order} is on its way.`
        : `Your code is ${100_000 + index * 7}. It ends in 5 minutes.`,
      html: email ? emailHtml(name, order) : null,
      outcome: failed ? 'failed' : email ? 'previewed' : 'sent',
      error: failed ? 'The provider answered 429 (too many requests).' : null,
      attempt: failed ? 2 : 1,
    }
  })
}

function fakeJournal(): JournalEntry[] {
  const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
  const entry = (index: number, more: Partial<JournalEntry>): JournalEntry => ({
    id: `j${index}`,
    at: Date.now() - index * 37 * minute - 20_000,
    connectionId: 'local',
    profileName: 'Private Redis',
    environment: 'local',
    action: 'remove',
    queue: email,
    summary: 'Removed 3 jobs from email (Dead)',
    done: 3,
    missing: 0,
    refused: 0,
    undo: true,
    undoneAt: null,
    expiresAt: Date.now() + 7 * 86_400_000 - index * 37 * minute,
    ...more,
  })
  const retried = {
    action: 'retry',
    undo: 'The jobs have been put back to work; some may have run.',
    expiresAt: null,
  } as const
  const some = [
    entry(0, {}),
    entry(1, { ...retried, summary: 'Retried 214 jobs in sms (Dead)', done: 212, missing: 2 }),
    entry(2, {
      action: 'purge',
      summary: 'Purged 1,204 jobs from webhooks-out (Dead)',
      done: 1204,
      profileName: 'prod-eu',
      environment: 'production',
      connectionId: 'prod-eu',
    }),
    entry(3, {
      action: 'unlock',
      queue: null,
      summary: 'Unlocked for 15 minutes',
      done: 0,
      profileName: 'prod-eu',
      environment: 'production',
      connectionId: 'prod-eu',
      undo: 'There is nothing to put back.',
      expiresAt: null,
    }),
    entry(4, {
      summary: 'Removed 1 job from سفارش‌ها (Dead)',
      done: 1,
      undoneAt: Date.now() - minute,
      undo: 'Undone already.',
      queue: { ...email, name: 'سفارش‌ها' },
    }),
    entry(5, {
      action: 'move',
      summary: 'Moved 12 jobs from email (Dead) to email-slow',
      done: 11,
      refused: 1,
      undo: 'Moved jobs can be moved back by hand.',
      expiresAt: null,
    }),
    entry(6, { ...retried, action: 'edit', summary: 'Edited and retried 1 job in csv-uploads (Failed)', done: 1 }),
  ]
  return [
    ...some,
    ...Array.from({ length: 180 }, (_, index) =>
      entry(index + 8, { ...retried, summary: `Retried ${index + 1} jobs in email (Dead)`, done: index + 1 }),
    ),
  ]
}

const requestSteps = ['queued', 'opening_browser', 'captcha_solving', 'otp_verification', 'reading_result'] as const
const requestMessages = [
  'حل کپچا، لطفاً صبر کنید…',
  'Waiting for the bank to answer',
  'در حال دریافت گزارش اعتباری از بانک مرکزی (۳ از ۷)',
  'Step 2: order \u202e8812\u202c of 9223372036854775807',
  'A message that somebody made far too long because nobody said how long a message may be, so it goes on and on until the row is full and then some more',
] as const

/** The nth request of a tracker, as long as it lives. */
export function fakeRequest(index: number): TrackedRequest {
  const status = (
    [
      'processing',
      'processing',
      'completed',
      'processing',
      'otp_required',
      'failed',
      'pending',
      'processing',
      'cancelled',
    ] as const
  )[index % 9] as string
  const over = ['completed', 'failed', 'cancelled'].includes(status)
  return {
    hash: `req_${(index * 2_654_435_761).toString(16).padStart(10, '0').slice(-10)}`,
    service: (['credit-score-rating', 'kyc', 'payout', 'پرداخت'] as const)[index % 4] as string,
    status,
    step: over ? null : (requestSteps[index % requestSteps.length] as string),
    progress: status === 'completed' ? 100 : status === 'pending' ? null : between(2, 94),
    message:
      status === 'failed'
        ? 'Upstream closed the connection'
        : index % 13 === 7
          ? null
          : (requestMessages[index % requestMessages.length] as string),
    userId: index % 11 === 3 ? null : String(9_007_199_254_740_993n + BigInt(index)),
    requiresOtp: status === 'otp_required',
    startedAt: Date.now() - between(4, 600) * 1000,
    updatedAt: Date.now() - between(0, 5) * 1000,
    etaMs: over || status === 'pending' ? null : between(1, 190) * 1000,
    expiresAt: index % 17 === 5 ? null : Date.now() + between(20, 1800) * 1000,
    error: status === 'failed' ? 'ECONNRESET while reading https://bank.example/api/score' : null,
    problem: index === 20 ? 'What is stored for this request is not JSON.' : null,
  }
}

function fakeRequests(): TrackedRequest[] {
  return Array.from({ length: 46 }, (_, index) => fakeRequest(index))
}
