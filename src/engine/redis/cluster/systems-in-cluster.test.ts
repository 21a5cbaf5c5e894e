import type { Redis } from 'ioredis'
import { afterAll } from 'vitest'
import { openTestConnection } from '../../../../test/connection.ts'
import { startCluster } from '../../../../test/servers/cluster.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { bullmq } from '../../../systems/bullmq/index.ts'
import { layout } from '../../../systems/bullmq/keys.ts'
import { acts, type Place } from '../../../systems/conformance/acts.ts'
import { httpJobs } from '../../../systems/http-jobs/index.ts'
import { keyOfState as httpKey, isState as isHttpState } from '../../../systems/http-jobs/keys.ts'
import { laravel } from '../../../systems/laravel/index.ts'
import { isState, keyOfState as laravelKey } from '../../../systems/laravel/keys.ts'
import { plainList } from '../../../systems/plain-list/index.ts'
import { keyOfState as listKey } from '../../../systems/plain-list/keys.ts'
import { baseOf, keyOfState, placeOf } from '../../../systems/shared/hashed-jobs/layout.ts'

/** All queues have this hash tag; the systems work through a connection to the whole cluster. */
const tag = '{app}'

/** One cluster for all of them. */
let shared: ReturnType<typeof open> | null = null

async function open() {
  const cluster = await startCluster()
  const connection = await openTestConnection(cluster.profile, cluster.profile)
  return { cluster, connection }
}

afterAll(async () => {
  const { cluster, connection } = (await shared) ?? {}
  connection?.close()
  await cluster?.stop()
})

const inCluster: Place = {
  tag,
  async start() {
    shared ??= open()
    const { cluster, connection } = await shared
    const master = cluster.masters[cluster.masterOf(tag)]
    if (master === undefined) throw new Error('no master')
    return { client: master.client, writer: connection.writer(), stop: async () => {} }
  },
}

const cost = { sampleCommands: 0, pageTrips: 0, jobTrips: 0 }
const arrange = async () => []
const payload = (n: number, state: string) =>
  JSON.stringify({
    id: `job-${n}`,
    type: 'welcome',
    ledger: '9007199254740993',
    attempts: 0,
    ...(state === 'dead' ? { failedAt: '2026-01-01T01:00:00Z', error: 'no answer' } : {}),
  })
let due = 1_900_000_000_000

acts(
  plainList,
  {
    ...{ arrange, cost, payload },
    queueNamed: (name) => ({ system: 'plain-list', prefix: 'queue:', name: `${tag}${name}` }),
    async put(redis, queue, state, bytes) {
      const key = listKey(queue, state)
      if (state === 'active') await redis.sadd(key, bytes)
      else if (state === 'delayed') await redis.zadd(key, due++, bytes)
      else await redis.rpush(key, bytes)
      return undefined
    },
  },
  inCluster,
)

acts(
  laravel,
  {
    ...{ arrange, cost },
    queueNamed: (name) => ({ system: 'laravel', prefix: 'app_database_', name: `${tag}${name}` }),
    payload: (n) =>
      JSON.stringify({
        uuid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        displayName: 'App\\Jobs\\SendReceipt',
        job: 'Illuminate\\Queue\\CallQueuedHandler@call',
        data: { commandName: 'App\\Jobs\\SendReceipt', command: `O:20:"App\\Jobs\\SendReceipt":1:{s:1:"n";i:${n};}` },
        id: `id-${n}`,
        attempts: 0,
      }),
    async put(redis, queue, state, bytes) {
      if (!isState(state)) throw new Error(state)
      if (state !== 'ready') await redis.zadd(laravelKey(queue, state), due++ / 1000, bytes)
      else await redis.rpush(laravelKey(queue, state), bytes)
      return undefined
    },
  },
  inCluster,
)

acts(
  httpJobs,
  {
    ...{ arrange, cost },
    queueNamed: (name) => ({ system: 'http-jobs', prefix: '', name: `${tag}${name}` }),
    payload: (n, state) =>
      JSON.stringify({
        ...{ id: `job_${n}`, job_id: 456 + n, api_url: 'https://api.example.com/v1', max_retry_count: 3 },
        ...{ retry_count: state === 'failed' ? 3 : 0, created_at: '2024-01-01T00:00:00Z', timeout: 90 },
      }),
    async put(redis, queue, state, bytes) {
      if (!isHttpState(state)) throw new Error(state)
      const key = httpKey(queue, state)
      if (state === 'processing') await redis.sadd(key, bytes)
      else if (state === 'delayed') await redis.zadd(key, due++ / 1000, bytes)
      else await redis.rpush(key, bytes)
      return undefined
    },
  },
  inCluster,
)

/** Writes a job as BullMQ's scripts leave it in a state. */
async function putBullmq(redis: Redis, queue: QueueRef, state: string, data: Buffer): Promise<undefined> {
  const place = placeOf(layout, state)
  if (place === null) throw new Error(state)
  const base = baseOf(queue)
  const id = await redis.incr(`${base}id`)
  const at = 1_700_000_000_000 + id
  const ended = state === 'failed' || state === 'completed'
  const version = state === 'paused' ? 'bullmq:5.81.5' : 'bullmq:6.7.0'
  await redis.hset(`${base}meta`, { 'opts.maxLenEvents': 10_000, version, ...(state === 'paused' && { paused: 1 }) })
  await redis.hset(base + id, {
    ...{ name: 'csv', data, opts: '{"attempts":3}', timestamp: at, delay: 0 },
    priority: state === 'prioritized' ? 3 : 0,
    ...(ended || state === 'active' ? { processedOn: at + 5, ats: 1, atm: 1 } : {}),
    ...(ended ? { finishedOn: at + 9 } : {}),
    ...(state === 'failed' ? { failedReason: 'no', stacktrace: '["Error: no"]' } : {}),
  })
  const key = keyOfState(layout, queue, state)
  if (place.type === 'list') await redis.lpush(key, id)
  else if (state === 'delayed') await redis.zadd(key, (at + 1e12) * 4096 + (id & 4095), id)
  else await redis.zadd(key, state === 'prioritized' ? 3 * 2 ** 32 + id : at + 9, id)
  return undefined
}

acts(
  bullmq,
  {
    ...{ arrange, cost, put: putBullmq },
    queueNamed: (name) => ({ system: 'bullmq', prefix: tag, name }),
    payload: (n) => JSON.stringify({ file: `upload-${n}.csv`, n }),
  },
  inCluster,
)
