import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, openTestConnection, quick } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type PoolConfig, type PoolStatus, poolAuditSchema, poolDefaults, poolStatusSchema } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import { messagingSettings } from './handlers/settings.ts'
import { MessageRing } from './message-ring.ts'
import { MinuteCounter } from './minute-counter.ts'
import { createPools, type Pools } from './pools.ts'

let redis: TestRedis
let connection: OpenConnection
let pools: Pools
const logs: string[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url)
  logs.length = 0
  pools = createPools({
    getConnection(id) {
      if (id !== connection.id) throw new SluiceError('NOT_OPEN')
      return connection
    },
    settings: messagingSettings({ MSG91_AUTH_KEY: 'key' }),
    startProcesses: noProcesses,
    timing: quick,
    log: (line) => logs.push(line),
  })
})
afterEach(async () => {
  await pools.close(0)
  connection.close()
})

const noProcesses = () => {
  throw new Error('No handler here has processes of its own.')
}
const config: PoolConfig = {
  ...poolDefaults,
  connectionId: 'test',
  system: 'plain-list',
  queueName: 'email',
  queuePrefix: 'queue:',
  handler: 'email',
  scale: { by: 'fixed', count: 2 },
}
const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const calls: PoolConfig = {
  ...config,
  system: 'http-jobs',
  queuePrefix: '',
  queueName: 'job_queue',
  handler: 'http',
  backoff: { kind: 'given', delaysMs: [1] },
}
const job = (id: number) => `{"id":"${id}","type":"welcome","to":"u${id}@example.com","data":{"user_name":"U${id}"}}`

describe('pools', () => {
  it('run the e-mails and SMS of a connection, and keep what they showed', async () => {
    await redis.client.rpush('queue:email', job(1), job(2))
    await redis.client.rpush('queue:sms', '{"id":"s","type":"otp","to":"+919876543210","data":{"otp":"482913"}}')
    const email = await pools.start(config)
    const sms = await pools.start({ ...config, queueName: 'sms', handler: 'sms' })
    expect(email).toMatchObject({ state: 'running', mode: 'dev', problem: null, config })
    expect(sms.problem).toContain('MSG91_SENDER_ID')
    await eventually('all shown', () => pools.messages(null).length === 3)
    expect(pools.messages(email.id).map(({ to }) => to)).toEqual(['u2@example.com', 'u1@example.com'])
    expect(pools.messages(sms.id)).toMatchObject([{ channel: 'sms', type: 'otp', outcome: 'previewed' }])
    expect(pools.output(email.id).read({ search: 'WELCOME to u1@example.com', after: 0 }).lines).toHaveLength(1)
    for (const status of pools.list()) expect(poolStatusSchema.parse(status)).toEqual(status)
  })

  it('are told of at each change, at most 4 times a second', async () => {
    await redis.client.rpush('queue:email', ...Array.from({ length: 300 }, (_, i) => job(i)))
    const events: PoolStatus[][] = []
    const stop = new AbortController()
    const reading = (async () => {
      for await (const list of pools.feed.read(stop.signal, () => pools.list())) events.push(list)
    })()
    const started = Date.now()
    await pools.start(config)
    await eventually('the end is told', () => events.at(-1)?.[0]?.done === 300)
    stop.abort()
    await reading
    expect(events[0]).toEqual([])
    expect(events.length).toBeLessThanOrEqual(2 + (Date.now() - started) / 250)
  })

  it('run once on a queue, and a stopped one gives way to the next', async () => {
    const first = await pools.start(config)
    await expect(pools.start(config)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(pools.start({ ...config, queuePrefix: 'queue:em', queueName: 'ail' })).rejects.toThrow('already')
    await expect(pools.start({ ...config, system: 'http-jobs' })).rejects.toThrow('already') // its own keys are the same
    expect(() => pools.remove(first.id)).toThrow('still runs')
    expect(await pools.stop(first.id)).toMatchObject({ state: 'stopped' })
    const other = await pools.start({ ...config, system: 'http-jobs', queuePrefix: '', queueName: 'email' })
    await pools.stop(other.id)
    pools.remove(other.id)
    const second = await pools.start(config)
    expect(pools.list().map(({ id }) => id)).toEqual([second.id])
    await pools.stop(second.id)
    pools.remove(second.id)
    expect(pools.list()).toEqual([])
    expect(() => pools.remove(second.id)).toThrow(SluiceError)
    await expect(pools.stop('none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('that cannot start say why, and stand there as failed', async () => {
    await redis.client.set('queue:email', 'text')
    await expect(pools.start(config)).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    expect(pools.list()).toMatchObject([{ state: 'failed', problem: expect.stringContaining('is a string') }])
    await expect(pools.start({ ...config, connectionId: 'other' })).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })

  it('of one connection stop together', async () => {
    await pools.start(config)
    await pools.start({ ...config, queueName: 'sms', handler: 'sms' })
    await pools.stopConnection('another')
    expect(pools.list().map(({ state }) => state)).toEqual(['running', 'running'])
    await pools.stopConnection('test')
    expect(pools.list().map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  })
})

describe('a paused queue', () => {
  it('begins no job until it is resumed, and says so', async () => {
    const { id, paused } = await pools.start(config)
    expect(paused).toBe(false)
    await eventually('it waits in Redis', async () => /blocked_clients:1/.test(await redis.client.info('clients')))
    await pools.pause(id)
    await eventually('paused is told', () => pools.list()[0]?.paused === true)
    await redis.client.rpush('queue:email', job(1), job(2))
    await pools.stop(id)
    const { id: next } = await pools.start(config)
    await eventually('the next pool knows it too', () => pools.list()[0]?.paused === true)
    expect(await redis.client.llen('queue:email')).toBe(2)
    await pools.resume(next)
    await eventually('all shown', () => pools.messages(next).length === 2)
    await eventually('going on is told', () => pools.list()[0]?.paused === false)
  })

  it('takes a connection that may write', async () => {
    const { id } = await pools.start(config)
    const before = connection
    connection = await openTestConnection(redis.url, { readOnly: true })
    await expect(pools.pause(id)).rejects.toMatchObject({ code: 'READ_ONLY' })
    await expect(pools.resume(id)).rejects.toMatchObject({ code: 'READ_ONLY' })
    connection.close()
    connection = before
    await expect(pools.pause('none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await redis.client.exists('queue:email:meta')).toBe(0)
  })
})

describe('the audit', () => {
  it('counts where all jobs are, while a pool runs and without one', async () => {
    await redis.client.rpush('queue:email', job(1), '{"id":"x","type":"nope","to":"u@example.com"}')
    const { id } = await pools.start(config)
    await eventually('both ended', () => pools.list()[0]?.done === 1 && pools.list()[0]?.dead === 1)
    const audit = await pools.audit('test', email)
    expect(poolAuditSchema.parse(audit)).toEqual(audit)
    expect(audit).toMatchObject({ places: { waiting: 0, held: 0, dead: 1, done: 1 }, total: 2, problems: [] })
    expect(audit.workers).toHaveLength(1)
    await pools.stop(id)
    await redis.client.rpush('queue:email', job(3))
    expect(await pools.audit('test', email)).toMatchObject({ places: { waiting: 1 }, total: 3, workers: [] })
    const jobs = await pools.audit('test', { system: 'http-jobs', prefix: '', name: 'job_queue' })
    expect(jobs).toMatchObject({ total: 0, problems: [] })
  })

  it('is for queues that pools work on, over an open connection', async () => {
    const bull: QueueRef = { system: 'bull', prefix: 'bull', name: 'email' }
    await expect(pools.audit('test', bull)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(pools.audit('other', email)).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })
})

describe('a pool on HTTP jobs', () => {
  it('calls each URL, keeps what is done and what failed, and renders no message', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers['idempotency-key']} ${request.headers['x-attempt']}`)
      response.writeHead(request.url === '/ok' ? 200 : request.url === '/gone' ? 410 : 503).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const message = (id: string, path: string) =>
      JSON.stringify({ id, api_url: `${base}/${path}`, max_retry_count: 1, retry_count: 0 })
    await redis.client.rpush('job_queue:ready', message('a', 'ok'), message('b', 'gone'), message('c', 'busy'))
    const { id, mode } = await pools.start(calls)
    await eventually('all ended', () => pools.list()[0]?.done === 1 && pools.list()[0]?.dead === 2)
    server.close()
    expect(mode).toBe('live')
    expect(asked.sort()).toEqual(['/busy c 1', '/busy c 2', '/gone b 1', '/ok a 1'])
    expect(await redis.client.llen('job_queue:completed')).toBe(1)
    const failed = (await redis.client.lrange('job_queue:failed', 0, -1)).map((text) => JSON.parse(text))
    expect(failed.map((entry) => entry.error).sort()).toEqual([
      expect.stringMatching(/\/busy answered 503$/),
      expect.stringMatching(/\/gone answered 410$/),
    ])
    expect(pools.messages(id)).toEqual([])
    expect(pools.list()[0]?.handlerMs?.p99).toBeGreaterThan(0)
  })

  it('calls nothing in private networks where its profile does not allow that', async () => {
    connection.close()
    connection = await openTestConnection(redis.url, { privateTargets: false })
    const url = 'http://127.0.0.1:9/metadata'
    await redis.client.rpush('job_queue:ready', JSON.stringify({ id: 'a', api_url: url, max_retry_count: 5 }))
    const { id } = await pools.start(calls)
    await eventually('it failed', () => pools.list()[0]?.dead === 1)
    const [entry = ''] = await redis.client.lrange('job_queue:failed', 0, -1)
    expect(JSON.parse(entry)).toMatchObject({ retry_count: 1, error: expect.stringContaining('in a private network') })
    const { value } = await pools.jobs(id, undefined).next()
    expect(value?.ended).toMatchObject([{ id: 'a', failure: { kind: 'threw' } }])
    expect(
      pools
        .output(id)
        .read({ search: 'private network', after: 0 })
        .lines.map(({ from }) => from),
    ).toEqual(['log', 'sluice'])
  })
})

describe('a stop', () => {
  it('waits for what runs, and gives it back when it is told not to wait any longer', async () => {
    const held: ServerResponse[] = []
    const server = createServer((_request, response) => held.push(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const message = JSON.stringify({ id: 'a', api_url: url })
    await redis.client.rpush('job_queue:ready', message)
    const { id } = await pools.start(calls)
    await once(server, 'request')
    const stopping = pools.stop(id)
    await eventually('it drains', () => pools.list()[0]?.state === 'draining')
    expect(await redis.client.llen('job_queue:ready')).toBe(0)
    expect(await pools.stop(id, true)).toMatchObject({ state: 'stopped', active: 0 })
    expect(await stopping).toMatchObject({ state: 'stopped' })
    expect(await redis.client.lrange('job_queue:ready', 0, -1)).toEqual([message])
    for (const response of held) response.destroy()
    server.close()
  })
})

describe('a pool that is scaled', () => {
  it('begins with its least, and is followed until it stops', async () => {
    const followed: number[] = []
    let isFollowed = false
    pools = createPools({
      getConnection: () => connection,
      settings: messagingSettings({}),
      startProcesses: noProcesses,
      timing: quick,
      follow(_config, pool) {
        isFollowed = true
        pool.setConcurrency(7)
        followed.push(pool.concurrency)
        return () => {
          isFollowed = false
        }
      },
    })
    const scale = { by: 'size', min: 2, max: 9, jobsPerWorker: 1, clearMs: 1000, cooldownMs: 500, step: 1 } as const
    const { id } = await pools.start({ ...config, scale })
    expect([isFollowed, followed, pools.list()[0]?.concurrency]).toEqual([true, [7], 7])
    await pools.stop(id)
    expect(isFollowed).toBe(false)
    await pools.start({ ...config, scale: { by: 'fixed', count: 3 } })
    expect([isFollowed, pools.list()[0]?.concurrency]).toEqual([false, 3])
  })
})

describe('the ring of messages', () => {
  it('keeps the newest', () => {
    const ring = new MessageRing(3)
    const message = {
      channel: 'sms',
      type: 'otp',
      to: '1',
      subject: null,
      text: '',
      html: null,
      outcome: 'sent',
    } as const
    for (const poolId of ['a', 'b', 'a', 'b']) ring.add({ ...message, poolId, error: null, attempt: 1 })
    expect(ring.list(null).map(({ poolId }) => poolId)).toEqual(['b', 'a', 'b'])
    expect(ring.list('a')).toHaveLength(1)
  })
})

describe('the count of the last minute', () => {
  it('forgets what is older, and starts anew when the clock is set back', () => {
    let now = 1_000_000
    const counter = new MinuteCounter(() => now)
    const at = (ms: number) => {
      now = ms
      return counter.perMinute
    }
    counter.add()
    counter.add()
    now += 30_000
    counter.add()
    expect(counter.perMinute).toBe(3)
    expect(at(1_059_999)).toBe(3)
    expect(at(1_060_000)).toBe(1)
    expect(at(1_090_000)).toBe(0)
    counter.add()
    expect(at(2_000_000)).toBe(0)
    counter.add()
    expect(at(1_000_000)).toBe(0)
  })
})
