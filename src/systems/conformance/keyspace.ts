import type { Redis } from 'ioredis'
import type { SystemId } from '../../domain/queue.ts'
import type { SeenKey } from '../system.ts'

/** Every key with its type, as discovery hands them to `detect`. */
export async function seenKeys(redis: Redis): Promise<SeenKey[]> {
  const keys: string[] = []
  let cursor = '0'
  do {
    const [next, batch] = await redis.scan(cursor, 'COUNT', 1000)
    cursor = next
    keys.push(...batch)
  } while (cursor !== '0')
  return Promise.all([...new Set(keys)].sort().map(async (key) => ({ key, type: await redis.type(key) })))
}

/** Keys that belong to one system alone: foreign to all the others. */
const siblings: Record<SystemId, (redis: Redis) => Promise<unknown>> = {
  'plain-list': (redis) =>
    redis
      .pipeline()
      .rpush('queue:email', '{"id":"1","type":"welcome","data":{}}')
      .rpush('queue:email:processing', '{"id":"2","type":"welcome","data":{}}')
      .rpush('queue:email:dlq', '{"id":"3","type":"welcome","data":{},"failedAt":"2025-01-01T00:00:00Z","error":"x"}')
      .exec(),
  'http-jobs': (redis) =>
    redis
      .pipeline()
      .rpush('job_queue:ready', '{"id":"1","job_id":"2","url":"http://localhost/"}')
      .sadd('job_queue:processing', '1')
      .rpush('job_queue:failed', '{"id":"3"}')
      .exec(),
  'request-tracker': (redis) =>
    redis
      .pipeline()
      .setex('local_request:req_A', 1800, '{"hash":"req_A","status":"processing","progress":10}')
      .lpush('local_requests_list', 'req_A')
      .exec(),
  laravel: (redis) =>
    redis
      .pipeline()
      .rpush('laravel_database_queues:default', '{"uuid":"u","displayName":"Ok","job":"Ok@handle","data":{}}')
      .rpush('laravel_database_queues:default:notify', '1')
      .zadd('queues:mail:delayed', 1893456000, '{"uuid":"v","displayName":"Ok","job":"Ok@handle","data":{}}')
      .exec(),
  horizon: (redis) =>
    redis
      .pipeline()
      .hset('laravel_horizon:0c3a2f52-93a5-4e5f-8f4b-6a1a52c9c111', {
        id: 'x',
        status: 'failed',
        payload: '{"job":"A"}',
      })
      .zadd('laravel_horizon:failed_jobs', -1_730_000_000.1234, '0c3a2f52-93a5-4e5f-8f4b-6a1a52c9c111')
      .zadd('laravel_horizon:pending_jobs', -1_730_000_000.1234, '0c3a2f52-93a5-4e5f-8f4b-6a1a52c9c112')
      .sadd('laravel_horizon:measured_queues', 'laravel_horizon:queue:default')
      .hset('laravel_horizon:queue:default', { throughput: 3, runtime: 12.5 })
      .zadd('laravel_horizon:supervisors', 1_730_000_000, 'host-1:supervisor-1')
      .rpush('laravel_horizon:commands:host-1:supervisor-1', '{"command":"X","options":[]}')
      .exec(),
  bull: (redis) =>
    redis
      .pipeline()
      .set('bull:csv:id', '2')
      .lpush('bull:csv:wait', '2')
      .zadd('bull:csv:failed', 1_700_000_000_000, '1')
      .hset('bull:csv:1', { name: '__default__', data: '{}', opts: '{}', timestamp: '1700000000000' })
      .hset('bull:csv:2', { name: '__default__', data: '{}', opts: '{}', timestamp: '1700000000000' })
      .exec(),
  bullmq: (redis) =>
    redis
      .pipeline()
      .set('bull:modern:id', '1')
      .hset('bull:modern:meta', { 'opts.maxLenEvents': '10000', version: 'bullmq:5.81.5' })
      .xadd('bull:modern:events', '*', 'event', 'added', 'jobId', '1')
      .lpush('bull:modern:wait', '1')
      .hset('bull:modern:1', { name: 'x', data: '{}', opts: '{}', timestamp: '1700000000000' })
      .exec(),
}

/** Fills the database with what other programs keep there: caches, sessions, near misses, and the other queue systems. */
export async function seedForeignKeys(redis: Redis, own: SystemId): Promise<void> {
  await redis
    .pipeline()
    .set('session:8f14e45f', '{"user":1}')
    .set('counter', '41')
    .hset('cache:users:1', { name: 'Ada' })
    .zadd('leaderboard', 10, 'ada', 20, 'grace')
    .sadd('tags', 'a', 'b')
    .rpush('notes', 'first', 'second')
    .rpush('queues', 'not a Laravel queue')
    .rpush('queues:shopping', 'milk', 'bread')
    .set('queue', 'a string')
    .hset('queue:settings', { size: '1' })
    .rpush('things:ready', 'a lone list')
    .set('order:17:failed', 'yes')
    .zadd('report:delayed', 1, 'monday')
    .set('user:id', '99')
    .hset('page:meta', { title: 'Home' })
    .xadd('page:events', '*', 'seen', '1')
    .exec()
  for (const [id, seed] of Object.entries(siblings)) if (id !== own) await seed(redis)
}

/** Calls so far of every command that can change data (scripts' inner calls included), and of PUBLISH. */
export async function writeCalls(redis: Redis): Promise<Record<string, number>> {
  const info = await redis.info('commandstats')
  const calls = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, count]) => ({
    name: (name as string).split('|')[0] as string,
    count: Number(count),
  }))
  const described = (await redis.call('COMMAND', 'INFO', ...calls.map(({ name }) => name))) as unknown[][]
  const writes: Record<string, number> = {}
  for (const [i, { name, count }] of calls.entries()) {
    const flags = described[i]?.[2]
    if (name === 'publish' || (Array.isArray(flags) && flags.includes('write')))
      writes[name] = (writes[name] ?? 0) + count
  }
  return writes
}
