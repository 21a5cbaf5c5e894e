import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { emptyPolicy } from '../../domain/policy.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import { findOverruns } from './find-overruns.ts'

let server: TestRedis
let connection: TestConnection
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
})
afterEach(() => connection.close())

const policy = { ...emptyPolicy, timeoutSeconds: 60 }

/** A BullMQ job that a worker took so many seconds ago. */
async function running(name: string, id: string, seconds: number): Promise<void> {
  const started = Date.now() - seconds * 1000
  const fields = { name: 'work', data: '{}', opts: '{}', timestamp: String(started), processedOn: String(started) }
  await server.client.hset(`bull:${name}:${id}`, fields)
  await server.client.lpush(`bull:${name}:active`, id)
}

const bullmq = (name: string): QueueRef => ({ system: 'bullmq', prefix: 'bull', name })
const find = (queue: QueueRef, states: Record<string, number>, timeoutSeconds: number | null = 60) =>
  findOverruns(connection.reader, [{ queue, policy: { ...policy, timeoutSeconds } }], [{ queue, states }], systemOf)

it('finds the jobs that run longer than the timeout, and how long the oldest does', async () => {
  await running('video', '1', 30)
  await running('video', '2', 61)
  await running('video', '3', 300)
  const [overrun, ...others] = await find(bullmq('video'), { active: 3 })
  expect(others).toEqual([])
  expect(overrun).toMatchObject({ queue: bullmq('video'), jobs: 2, atLeast: false })
  expect(overrun?.longestMs).toBeGreaterThanOrEqual(300_000)
  expect(overrun?.longestMs).toBeLessThan(400_000)
})

it('says that there may be more where more run than it looks at', async () => {
  for (let id = 1; id <= 201; id++) await running('video', String(id), 300)
  expect(await find(bullmq('video'), { active: 201 })).toMatchObject([{ jobs: 200, atLeast: true }])
})

it('takes an overdue job of Laravel, which keeps no time of start, for one that runs too long', async () => {
  const queue: QueueRef = { system: 'laravel', prefix: 'shop_', name: 'bulk' }
  const now = Math.floor(Date.now() / 1000)
  const job = (id: string) =>
    JSON.stringify({ uuid: id, displayName: 'Mail', job: 'x@call', data: {}, id, attempts: 1 })
  await server.client.zadd('shop_queues:bulk:reserved', now - 5, job('a'), now + 500, job('b'))
  expect(await find(queue, { reserved: 2 })).toEqual([{ queue, jobs: 1, atLeast: false, longestMs: null }])
})

it('reads nothing for queues without a timeout, without running jobs, or that are not there', async () => {
  await running('video', '1', 300)
  const calls = async () =>
    /cmdstat_(evalsha|eval|lrange|hmget|hgetall):/.test(await server.client.info('commandstats'))
  await server.client.config('RESETSTAT')
  expect(await find(bullmq('video'), { active: 1 }, null)).toEqual([])
  expect(await find(bullmq('video'), { active: 0, wait: 5 })).toEqual([])
  expect(await findOverruns(connection.reader, [{ queue: bullmq('video'), policy }], [], systemOf)).toEqual([])
  expect(await calls()).toBe(false)
  expect(await find(bullmq('video'), { active: 1 })).toHaveLength(1)
  expect(await calls()).toBe(true)
})
