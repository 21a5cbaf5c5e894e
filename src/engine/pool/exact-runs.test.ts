import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { poolDefaults } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import { ExactRuns, type ExactRunView } from './exact-runs.ts'
import { messagingSettings } from './handlers/settings.ts'

let redis: TestRedis
let connection: OpenConnection
let runs: ExactRuns
const shown: string[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url)
  shown.length = 0
  runs = new ExactRuns({
    getConnection: () => connection,
    settings: messagingSettings({}),
    onMessage: ({ to }) => shown.push(to),
    startProcesses() {
      throw new Error('No handler here has processes of its own.')
    },
  })
})
afterEach(async () => {
  await runs.close()
  connection.close()
})

const common = { connectionId: 'test', file: null, limits: poolDefaults.limits }

/** The only job of a state. */
async function onlyRef(queue: QueueRef, state: string): Promise<string> {
  const { jobs } = await systemOf(queue.system).page(connection.reader, queue, state, { offset: 0, limit: 1 })
  return jobs[0]?.ref as string
}

async function viewsOf(id: string): Promise<ExactRunView[]> {
  const views: ExactRunView[] = []
  for await (const view of runs.watch(id, undefined)) views.push(view)
  return views
}

describe('a run of exactly one job', () => {
  const queue = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
  const job = '{"id":"7","type":"welcome","to":"a@example.com","data":{"user_name":"Ada"},"error":"x","attempts":2}'

  it('runs a dead one by a handler, tells how it went, and leaves it where it is', async () => {
    await redis.client.rpush('queue:email:dlq', job)
    const id = await runs.start({
      ...common,
      queue,
      state: 'dead',
      ref: await onlyRef(queue, 'dead'),
      handler: 'email',
    })
    const { record, output } = (await viewsOf(id)).at(-1) as ExactRunView
    expect(record).toMatchObject({ id: '7', name: 'welcome', attempt: 3, failure: null, endedAt: expect.any(Number) })
    expect(output.map(({ text }) => text).join()).toContain('welcome to a@example.com')
    expect(shown).toEqual(['a@example.com'])
    expect(await redis.client.lrange('queue:email:dlq', 0, -1)).toEqual([job])
    // Whoever looks later sees how it ended.
    expect((await viewsOf(id)).at(-1)?.record.key).toBe(record.key)
  })

  it('can be cancelled', async () => {
    const held: ServerResponse[] = []
    const server = createServer((_request, response) => held.push(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow`
    await redis.client.rpush('job_queue:failed', `{"id":"9","api_url":"${url}"}`)
    const calls = { system: 'http-jobs' as const, prefix: '', name: 'job_queue' }
    const id = await runs.start({
      ...common,
      queue: calls,
      state: 'failed',
      ref: await onlyRef(calls, 'failed'),
      handler: 'http',
    })
    await once(server, 'request')
    const first = (await runs.watch(id, undefined).next()).value as ExactRunView
    expect(first.record).toMatchObject({ id: '9', endedAt: null })
    runs.cancel(id)
    expect((await viewsOf(id)).at(-1)?.record.failure).toMatchObject({ message: 'It was cancelled.' })
    for (const response of held) response.destroy()
    server.close()
  })

  it('needs a job that is still there and can be read', async () => {
    await redis.client.rpush('queue:email:dlq', 'no json')
    const ref = await onlyRef(queue, 'dead')
    const asked = { ...common, queue, state: 'dead', handler: 'email' as const }
    await expect(runs.start({ ...asked, ref })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await redis.client.del('queue:email:dlq')
    await expect(runs.start({ ...asked, ref })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(runs.start({ ...asked, ref, handler: 'own' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(() => runs.cancel('none')).toThrow('not remembered')
  })
})
