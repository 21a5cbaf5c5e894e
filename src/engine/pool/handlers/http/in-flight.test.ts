import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, openTestConnection } from '../../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import { poolConfigSchema, poolDefaults } from '../../../../domain/pool.ts'
import { mostOf } from '../../../../domain/scale.ts'
import type { OpenConnection } from '../../../redis/open-connection.ts'
import { layoutOf } from '../../lists/layout.ts'
import { createListPool, type ListPool, listPoolDefaults } from '../../lists/list-pool.ts'
import { auditQueue } from '../../lists/queue-control.ts'
import { httpHandler } from './http-handler.ts'

const layout = layoutOf('http-jobs', '', 'job_queue')
const jobs = 500

let redis: TestRedis
let connection: OpenConnection
let pool: ListPool
/** The API that jobs call: answers nothing until it is told to. */
let api: Server
let base: string
let held: ServerResponse[]

beforeEach(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
  held = []
  api = createServer((_, response) => held.push(response))
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
})
afterEach(async () => {
  await pool.stop(0)
  connection.close()
  api.closeAllConnections()
  await new Promise((resolve) => api.close(resolve))
  await redis.stop()
})

const entries = async (key: string | null) =>
  (await redis.client.lrange(key ?? '', 0, -1)).map((text) => JSON.parse(text))

describe('500 HTTP jobs', () => {
  it('are all under way before the first is answered, while the worker stays alive and Redis answers', async () => {
    const names = { connectionId: 'c', system: 'http-jobs', queuePrefix: '', queueName: 'job_queue' } as const
    const { scale } = poolConfigSchema.parse({
      ...poolDefaults,
      ...names,
      handler: 'http',
      scale: { by: 'fixed', count: jobs },
    })
    const message = (_: unknown, i: number) =>
      `{"id":"j${i}","api_url":"${base}/${i}","max_retry_count":0,"retry_count":0,"timeout":90}`
    await redis.client.rpush(layout.waiting, ...Array.from({ length: jobs }, message))
    const handler = httpHandler({ privateTargets: () => true })
    const config = { ...listPoolDefaults, ...names, concurrency: mostOf(scale) }
    pool = createListPool({ connection, handler, config, timing: { leaseMs: 1500, beatMs: 100 } })
    await pool.start()
    await eventually('all arrived', () => held.length === jobs)
    expect(pool.active).toBe(jobs)
    const { worker } = pool
    const step = async () => Number.parseInt((await redis.client.hget(layout.workers + worker, 'last')) ?? '', 10)
    const first = await step()
    await eventually('the lease was renewed, time and again', async () => (await step()) >= first + 4)
    const { workers } = await auditQueue(connection.reader, layout)
    expect(workers).toMatchObject([{ worker, held: jobs, claimed: 0 }])
    expect(pool.worker).toBe(worker)

    for (const [i, response] of held.entries()) response.writeHead(i % 2 === 0 ? 200 : 422).end()
    await eventually('all settled', () => pool.done + pool.dead === jobs)
    expect(held).toHaveLength(jobs)
    expect({ done: pool.done, dead: pool.dead, retried: pool.retried }).toEqual({ done: 250, dead: 250, retried: 0 })
    const done = await entries(layout.completed)
    const failed = await entries(layout.dead)
    expect(new Set([...done, ...failed].map(({ id }) => id)).size).toBe(jobs)
    for (const entry of done) {
      expect(entry).toEqual({
        ...{ id: entry.id, api_url: entry.api_url, max_retry_count: 0, retry_count: 0, timeout: 90 },
        completed_at: expect.stringMatching(/Z$/),
        status_code: 200,
        duration_ms: expect.any(Number),
      })
    }
    for (const entry of failed) {
      const error = `${base.slice(7)}/${entry.id.slice(1)} answered 422`
      expect(entry).toMatchObject({ retry_count: 1, error, status_code: 422, duration_ms: expect.any(Number) })
    }
  })
})
