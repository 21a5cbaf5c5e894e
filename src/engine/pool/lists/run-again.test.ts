import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../../test/free-run.ts'
import { eventually, openTestConnection, quick } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { httpJobs } from '../../../systems/http-jobs/index.ts'
import type { TrashSlot, WriteActions } from '../../../systems/system.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import { httpHandler } from '../handlers/http/http-handler.ts'
import { layoutOf } from './layout.ts'
import { createListPool, type ListPool, listPoolDefaults } from './list-pool.ts'
import { auditQueue } from './queue-control.ts'

const queue: QueueRef = { system: 'http-jobs', prefix: '', name: 'job_queue' }
const layout = layoutOf('http-jobs', '', 'job_queue')
const write = httpJobs.write as Required<WriteActions>

let redis: TestRedis
let connection: OpenConnection
let workers: ListPool | null = null
let entries = 0
const slot = (): TrashSlot => ({ key: `sluice:trash:t${++entries}`, ttlMs: 60_000 })
const frozen = (queue: QueueRef, state: string) => httpJobs.freeze(connection.reader, queue, state)

/** The API that jobs call: says 200 or what it is told, and notes who called and for which time. */
let api: Server
let base: string
let calls: string[]
let answer: (id: string, time: number) => number

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url)
  calls = []
  const times = new Map<string, number>()
  api = createServer(({ headers }, response) => {
    const id = String(headers['idempotency-key'])
    const time = (times.get(id) ?? 0) + 1
    times.set(id, time)
    calls.push(`${id} ${headers['x-attempt']}`)
    response.writeHead(answer(id, time)).end()
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
})
afterEach(async () => {
  await workers?.stop(0)
  workers = null
  connection.close()
  api.closeAllConnections()
  await new Promise((resolve) => api.close(resolve))
})

async function start(concurrency: number): Promise<ListPool> {
  const names = { system: 'http-jobs', queuePrefix: '', queueName: 'job_queue' } as const
  const backoff = { kind: 'given', delaysMs: [1] } as const
  const config = { ...listPoolDefaults, ...names, concurrency, backoff }
  workers = createListPool({ connection, handler: httpHandler({ privateTargets: () => true }), config, timing: quick })
  await workers.start()
  return workers
}

const message = (id: string) =>
  `{"id":"${id}","job_id":9007199254740993,"api_url":"${base}/${id}","max_retry_count":1,"retry_count":0}`
async function refsOf(state: string): Promise<string[]> {
  const { jobs } = await httpJobs.page(connection.reader, queue, state, { offset: 0, limit: 200 })
  return jobs.map(({ ref }) => ref)
}

describe('HTTP jobs that an operator runs again', () => {
  it('are called again by an idle worker, with all their tries, failed or completed', async () => {
    answer = (id, time) => (id === 'a' && time <= 3 ? 503 : 200)
    await redis.client.rpush(layout.waiting, message('a'))
    await start(1)
    await eventually('out of tries', async () => (await redis.client.llen('job_queue:failed')) === 1)
    const retried = await write.retry(connection.writer(), queue, 'failed', await refsOf('failed'), 'keep', slot())
    expect(retried).toEqual({ done: 1, missing: 0, refused: [] })
    await eventually('done', async () => (await redis.client.llen('job_queue:completed')) === 1)
    expect(calls).toEqual(['a 1', 'a 2', 'a 1', 'a 2'])
    const done = (await redis.client.lrange('job_queue:completed', 0, -1)).map((text) => JSON.parse(text))
    expect(done).toMatchObject([{ id: 'a', retry_count: 1, status_code: 200 }])
    expect(done[0]).not.toHaveProperty('error')
    expect(done[0]).not.toHaveProperty('failed_at')

    await write.retry(connection.writer(), queue, 'completed', await refsOf('completed'), 'keep', slot())
    await eventually('done again', async () => calls.length === 5 && (await refsOf('completed')).length === 1)
    // It was done, so a server that knows the key would do nothing.
    expect(calls.at(-1)).toBe('a#1 1')
    await write.duplicate(connection.writer(), queue, 'completed', await refsOf('completed'))
    await eventually('its copy too', async () => (await refsOf('completed')).length === 2)
    expect(calls.at(-1)).toMatch(/^job_[0-9a-f-]{36} 1$/)
  })

  it('are all accounted for while workers run: none lost, none twice in a place', async () => {
    const ids = Array.from({ length: 240 }, (_, i) => `j${i}`)
    answer = (_, time) => (time === 1 ? 410 : 200)
    await redis.client.rpush(layout.waiting, ...ids.map(message))
    const pool = await start(8)
    const writer = connection.writer()
    let ran = 0
    // Each job fails once for good; what an operator may do with it until it is done, in turn.
    for (let turn = 0; pool.done < ids.length; turn++) {
      const refs = await refsOf('failed')
      if (turn % 4 === 0) {
        const trash = slot()
        const { done } = await write.remove(writer, queue, 'failed', refs.slice(0, 10), trash)
        if (done > 0) expect(await write.restore(writer, queue, 'failed', trash, freeRun)).toMatchObject({ done })
      } else if (turn % 4 === 1 && refs.length > 0) {
        const trash = slot()
        const { done } = await write.purge(writer, queue, 'failed', await frozen(queue, 'failed'), trash, freeRun)
        if (done > 0) expect(await write.restore(writer, queue, 'failed', trash, freeRun)).toMatchObject({ done })
      } else if (turn % 4 === 2)
        ran += (await write.retry(writer, queue, 'failed', refs.slice(0, 25), 'keep', slot())).done
      else
        ran += (await write.retryAll(writer, queue, 'failed', await frozen(queue, 'failed'), slot(), 'keep', freeRun))
          .done
    }
    expect(ran).toBe(ids.length)
    await eventually('the last is written down', async () => (await redis.client.llen('job_queue:completed')) === 240)
    const { places, total, orphans, problems } = await auditQueue(connection.reader, layout)
    expect({ places, total }).toMatchObject({
      places: { waiting: 0, suspects: 0, delayed: 0, dead: 0, held: 0, claimed: 0, done: 240 },
      total: 240,
    })
    expect({ orphans, problems }).toEqual({ orphans: { count: 0, oldestAgeMs: null }, problems: [] })
    const done = (await redis.client.lrange('job_queue:completed', 0, -1)).map((text) => JSON.parse(text).id)
    expect(new Set(done).size).toBe(240)
    expect(calls).toHaveLength(480)
    // What retries keep for Undo ends by itself.
    for (const kept of await redis.client.keys('sluice:trash:*'))
      expect(await redis.client.pttl(kept)).toBeGreaterThan(0)
  })
})
