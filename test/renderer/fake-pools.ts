import {
  type PoolAudit,
  type PoolConfig,
  type PoolStatus,
  poolDefaults,
  type SavedPool,
} from '../../src/domain/pool.ts'
import type { QueueRef } from '../../src/domain/queue.ts'
import { mostOf } from '../../src/domain/scale.ts'

const minute = 60_000

const base = { ...poolDefaults, connectionId: 'local', system: 'plain-list', queuePrefix: 'queue:' } as const

/** A pool that has just begun. */
export function fakePool(config: PoolConfig, more: Partial<PoolStatus> = {}): PoolStatus {
  const alone = config.handler === 'own' || config.handler === 'csv'
  return {
    id: crypto.randomUUID(),
    savedId: null,
    config,
    concurrency: mostOf(config.scale),
    processes: alone ? { count: 1, memoryBytes: null } : null,
    state: 'running',
    paused: false,
    mode: config.handler === 'email' || config.handler === 'sms' ? 'dev' : 'live',
    since: Date.now(),
    active: 0,
    buffered: 0,
    done: 0,
    retried: 0,
    dead: 0,
    recovered: 0,
    donePerMinute: 0,
    handlerMs: null,
    batchSize: 0,
    leaseAgeMs: null,
    suspects: 0,
    problem: null,
    ...more,
  }
}

export function fakePools(): PoolStatus[] {
  return [
    fakePool(
      { ...base, queueName: 'email', handler: 'email', scale: { by: 'fixed', count: 4 } },
      {
        id: 'p1',
        since: Date.now() - 34 * minute,
        active: 3,
        buffered: 6,
        done: 1_822,
        retried: 12,
        dead: 3,
        recovered: 2,
        donePerMinute: 52,
        handlerMs: { p50: 84, p95: 410, p99: 1_240 },
        batchSize: 3.4,
        leaseAgeMs: 1_900,
        suspects: 2,
      },
    ),
    fakePool(
      { ...base, queueName: 'sms', handler: 'sms', scale: { by: 'fixed', count: 2 } },
      {
        id: 'p2',
        mode: 'live',
        paused: true,
        since: Date.now() - 3 * minute,
        done: 61,
        retried: 4,
        dead: 1,
        donePerMinute: 18,
        handlerMs: { p50: 320, p95: 610, p99: 640 },
        batchSize: 1,
        leaseAgeMs: 4_100,
        problem: 'The provider answered 429 (too many requests): jobs wait and are tried again.',
      },
    ),
    fakePool(
      {
        ...base,
        system: 'http-jobs',
        queuePrefix: '',
        queueName: 'job_queue',
        handler: 'http',
        scale: { by: 'fixed', count: 256 },
        backoff: { kind: 'given', delaysMs: [30_000, 60_000, 120_000] },
        ratePerSecond: 500,
      },
      {
        id: 'p3',
        since: Date.now() - 190 * minute,
        active: 241,
        buffered: 128,
        done: 1_204_332,
        retried: 8_420,
        dead: 912,
        donePerMinute: 24_180,
        handlerMs: { p50: 96, p95: 2_400, p99: 61_000 },
        batchSize: 118.2,
        leaseAgeMs: 11_400,
      },
    ),
    fakePool(
      {
        ...base,
        system: 'bullmq',
        queuePrefix: 'bull',
        queueName: 'image-resize',
        handler: 'own',
        file: '/home/ada/.local/share/sluice/handlers/resize-images.mjs',
        scale: { by: 'wait', min: 1, max: 10, jobsPerWorker: 20, clearMs: 60_000, cooldownMs: 3_000, step: 2 },
      },
      {
        id: 'p5',
        savedId: 's1',
        concurrency: 3,
        processes: { count: 3, memoryBytes: 412 * 2 ** 20 },
        since: Date.now() - 21 * minute,
        active: 3,
        done: 4_120,
        retried: 31,
        dead: 12,
        donePerMinute: 44,
        handlerMs: { p50: 812, p95: 4_100, p99: 9_800 },
      },
    ),
    fakePool(
      {
        ...base,
        system: 'bull',
        queuePrefix: 'bull',
        queueName: 'csv-uploads',
        handler: 'csv',
        scale: { by: 'fixed', count: 1 },
      },
      {
        id: 'p6',
        processes: { count: 1, memoryBytes: 96 * 2 ** 20 },
        since: Date.now() - 8 * minute,
        active: 1,
        done: 14,
        dead: 1,
        donePerMinute: 1.8,
        handlerMs: { p50: 31_000, p95: 190_000, p99: 192_000 },
      },
    ),
    fakePool(
      { ...base, queueName: 'سفارش‌ها', handler: 'email', scale: { by: 'fixed', count: 1 } },
      { id: 'p4', state: 'stopped', since: Date.now() - 50 * minute, done: 240 },
    ),
  ]
}

/** One that runs, and two that do not. */
export function fakeSavedPools(): SavedPool[] {
  const running = fakePools().find(({ savedId }) => savedId === 's1')
  return [
    ...(running === undefined ? [] : [{ id: 's1', config: running.config, autostart: true }]),
    {
      id: 's2',
      config: { ...base, queueName: 'sms', handler: 'sms', scale: { by: 'fixed', count: 8 } },
      autostart: true,
    },
    {
      id: 's3',
      config: {
        ...base,
        connectionId: 'prod-eu',
        queueName: 'a-queue-whose-name-was-made-by-a-machine-and-has-sixty-chars',
        handler: 'own',
        file: '/srv/handlers/a-file-whose-name-says-everything-that-it-does-and-more-than-that.js',
        scale: { by: 'size', min: 0, max: 4, jobsPerWorker: 20, clearMs: 60_000, cooldownMs: 3_000, step: 1 },
      },
      autostart: false,
    },
  ]
}

/** A queue whose jobs all are somewhere, or where one was done twice and an old worker left three. */
export function fakeAudit(ref: QueueRef, waiting: number, dead: number): PoolAudit {
  const odd = ref.name === 'sms'
  const places = { waiting, high: 0, low: 0, suspects: 2, delayed: 5, held: 9, claimed: 0, dead, done: 12_302 }
  return {
    places,
    total: Object.values(places).reduce((sum, count) => sum + count, 0),
    workers: [
      { worker: 'adas-desk:41022:8f0c', leaseMs: 12_400, held: odd ? 4 : 9, claimed: 0 },
      ...(odd ? [{ worker: 'build-7:311:c4d1', leaseMs: -8_200, held: 5, claimed: 0 }] : []),
    ],
    orphans: odd ? { count: 3, oldestAgeMs: 41 * minute } : { count: 0, oldestAgeMs: null },
    problems: odd ? ['1 job is shown as being run, and also recorded as done.'] : [],
  }
}
