import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { RequestChange } from '../../../domain/request.ts'
import { queueOfBase } from '../../../systems/request-tracker/keys.ts'
import { changeRequest } from '../../requests/change-request.ts'
import { createRequest } from '../../requests/create-request.ts'
import { type Handler, HandlerError } from '../handler.ts'
import { requestHandler } from '../handlers/request/request-handler.ts'
import { createRequestPool, type RequestPool, type RequestPoolConfig, requestPoolDefaults } from './request-pool.ts'
import type { RequestTiming } from './request-timing.ts'

const tracker = queueOfBase('local_request')
const quick: RequestTiming = { leaseMs: 800, beatMs: 50, lookMs: 30_000, progressMs: 10 }

let server: TestRedis
let connection: TestConnection
const cleanUp: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
})
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work()
  connection.close()
})

async function startPool(
  handler: Handler,
  config: Partial<RequestPoolConfig> = {},
  timing: Partial<RequestTiming> = {},
  on: TestConnection = connection,
): Promise<RequestPool> {
  const pool = createRequestPool({
    connection: on,
    handler,
    config: {
      ...requestPoolDefaults,
      queueName: 'local_request',
      queuePrefix: '',
      backoff: { kind: 'given', delaysMs: [20] },
      ...config,
    },
    timing: { ...quick, ...timing },
  })
  cleanUp.push(() => pool.stop(0))
  await pool.start()
  return pool
}

const create = async (data: object = { n: 1 }) =>
  (
    await createRequest(connection.writer(), tracker, {
      service: 'credit',
      serviceId: null,
      data: JSON.stringify(data),
      estimatedDuration: 60,
      userId: null,
      sessionId: null,
    })
  ).hash
const change = (hash: string, what: RequestChange) => changeRequest(connection.writer(), [tracker], hash, what)
const stored = async (hash: string) => JSON.parse((await server.client.get(`local_request:${hash}`)) ?? 'null')
const ends = (hash: string, fields: object) => expect.poll(() => stored(hash), { interval: 10 }).toMatchObject(fields)
const claimed = async () => [
  ...(await server.client.zrange('local_request_claims', '0', '-1')),
  ...(await server.client.hkeys('local_request_claimers')),
]
/** A handler that goes on until it is told to, or aborted. */
function held() {
  const begun: string[] = []
  const reasons: string[] = []
  let release = (_result: string) => {}
  const released = new Promise<string>((resolve) => {
    release = resolve
  })
  const handler: Handler = (job, { signal }) => {
    begun.push(job.id ?? '')
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason.message)
        reject(signal.reason)
      })
      void released.then(resolve)
    })
  }
  return { begun, reasons, handler, release }
}

describe('a pool on requests', () => {
  it('does what waits, oldest first, and what comes, and writes down the results to the last digit', async () => {
    const before = [await create({ n: 1 }), await create({ n: 2 }), await create({ n: 3 })]
    const order: (string | null)[] = []
    const pool = await startPool(
      async (job) => {
        order.push(job.id)
        return `{"id": 9007199254740993, "n": ${job.data.n}}`
      },
      { concurrency: 1 },
    )
    await ends(before[2] ?? '', { status: 'completed', progress: 100, result_data: { n: 3 } })
    expect(order).toEqual(before)
    const later = await create({ n: 4 })
    await ends(later, { status: 'completed' })
    expect(await server.client.get(`local_request:${later}`)).toContain(
      '"result_data":{"id": 9007199254740993, "n": 4}',
    )
    await expect.poll(() => pool.done).toBe(4)
    expect(pool).toMatchObject({ active: 0, dead: 0, donePerMinute: 4, problem: null, state: 'running' })
    expect(await claimed()).toEqual([])
  })

  it('notices what the application puts there without a word, and leaves alone what is under way elsewhere', async () => {
    const pool = await startPool(async () => '1')
    await server.client.setex('local_request:req_theirs', 1800, '{"hash":"req_theirs","status":"processing"}')
    await server.client.setex('local_request:req_new', 1800, '{"hash":"req_new","status":"pending","request_data":{}}')
    await server.client.lpush('local_requests_list', 'req_theirs', 'req_new')
    await ends('req_new', { status: 'completed', result_data: 1 })
    expect((await stored('req_theirs')).status).toBe('processing')
    expect(pool.done).toBe(1)
  })

  it('tells progress, and ends with the last of it when a try fails', async () => {
    const heard: { progress: number; current_message: string }[] = []
    const hash = await create()
    const ear = new Redis({ port: server.port, host: '127.0.0.1' })
    cleanUp.push(() => ear.disconnect())
    ear.on('message', (_channel, message) => heard.push(JSON.parse(message)))
    await ear.subscribe(`local_request_updates:${hash}`)
    await startPool(async (_job, context) => {
      context.progress({ percent: 30, done: null, total: null, failed: null, message: 'half way' })
      await expect.poll(() => heard.some(({ progress }) => progress === 30)).toBe(true)
      context.progress({ percent: null, done: 3, total: 4, failed: null, message: null })
      context.progress({ percent: null, done: 4, total: 5, failed: null, message: 'nearly' })
      throw new HandlerError('No such person.', { retryable: false, result: '{"code": 7}' })
    })
    await ends(hash, {
      status: 'failed',
      progress: 80,
      error_message: 'No such person.',
      error_data: { code: 7 },
      attempts: 1,
    })
    expect(heard.find(({ progress }) => progress === 30)).toMatchObject({
      current_message: 'half way',
      step: 'initializing',
    })
  })

  it('tries again as often as it may, and keeps count', async () => {
    const attempts: number[] = []
    const hash = await create()
    const pool = await startPool(
      async (_job, { attempt }) => {
        attempts.push(attempt)
        throw new Error(`not yet (${attempt})`)
      },
      { maxAttempts: 3 },
    )
    await ends(hash, { status: 'failed', attempts: 3, error_message: 'not yet (3)', last_error: 'not yet (2)' })
    expect(attempts).toEqual([1, 2, 3])
    await expect.poll(() => pool.dead).toBe(1)
    expect(pool).toMatchObject({ retried: 2, done: 0 })
    expect(await claimed()).toEqual([])
  })

  it('keeps within its limit a second', async () => {
    for (let n = 0; n < 6; n++) await create({ n })
    const began: number[] = []
    const pool = await startPool(
      async () => {
        began.push(performance.now())
      },
      { ratePerSecond: 20 },
    )
    await expect.poll(() => pool.done).toBe(6)
    // Two may come at once after a pause; the other four 50 ms apart.
    expect((began.at(-1) ?? 0) - (began[0] ?? 0)).toBeGreaterThan(120)
  })

  it('believes a service that ended the request by its own word', async () => {
    const hash = await create()
    const pool = await startPool(async (job) => {
      await change(job.id ?? '', { type: 'complete', result: '{"by":"bot"}' })
      return '{"by":"pool"}'
    })
    await expect.poll(() => pool.done).toBe(1)
    expect((await stored(hash)).result_data).toEqual({ by: 'bot' })
    expect(await claimed()).toEqual([])
  })

  it('looks every second where it may not subscribe', async () => {
    const limited = await openAsUser(server, ['-psubscribe', '-subscribe'])
    cleanUp.push(() => limited.close())
    const { handler, reasons, begun } = held()
    const pool = await startPool(handler, {}, {}, limited)
    expect(pool.problem).toContain('may not subscribe')
    const hash = await create()
    await expect.poll(() => begun).toEqual([hash])
    await change(hash, { type: 'cancel' })
    await expect.poll(() => reasons).toEqual(['The request was cancelled.'])
  })
})

describe('a Redis that may drop live requests', () => {
  const limit = (bytes: string, policy: string) =>
    server.client.config('SET', 'maxmemory', bytes, 'maxmemory-policy', policy)
  afterEach(() => limit('0', 'noeviction'))

  it('is refused, unless that is accepted', async () => {
    await limit('100mb', 'allkeys-lru')
    await expect(startPool(async () => '1')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    const pool = await startPool(async () => '1', { acceptsEviction: true })
    expect(pool.problem).toContain('allkeys-lru')
  })

  it('is told of where only keys with a time to live go', async () => {
    await limit('100mb', 'volatile-ttl')
    expect((await startPool(async () => '1')).problem).toContain('volatile-ttl')
    await limit('0', 'volatile-ttl')
    expect((await startPool(async () => '1')).problem).toBeNull()
  })
})

describe('a running request', () => {
  it('is aborted when it is cancelled, and nothing is written over that', async () => {
    const { handler, begun, reasons } = held()
    const pool = await startPool(handler, {}, { beatMs: 60_000, leaseMs: 120_000 })
    const hash = await create()
    await expect.poll(() => begun).toEqual([hash])
    await change(hash, { type: 'cancel' })
    await expect.poll(() => pool.active).toBe(0)
    expect(reasons).toEqual(['The request was cancelled.'])
    expect((await stored(hash)).status).toBe('cancelled')
    expect(pool).toMatchObject({ done: 0, dead: 0, retried: 0 })
    expect(await claimed()).toEqual([])
  })

  it('is aborted when it expired', async () => {
    const { handler, begun, reasons } = held()
    const pool = await startPool(handler)
    const hash = await create()
    await expect.poll(() => begun).toEqual([hash])
    await server.client.del(`local_request:${hash}`)
    await expect.poll(() => pool.active).toBe(0)
    expect(reasons).toEqual(['The request expired.'])
    expect(await claimed()).toEqual([])
  })

  it('goes back as pending when the pool stops before it is done, and to the next pool', async () => {
    const { handler, begun, reasons } = held()
    const pool = await startPool(handler)
    const hash = await create()
    await expect.poll(() => begun).toEqual([hash])
    await pool.stop(0)
    expect(pool.state).toBe('stopped')
    expect(reasons).toEqual(['The pool stopped.'])
    expect(await stored(hash)).toMatchObject({ status: 'pending' })
    await startPool(async () => '2')
    await ends(hash, { status: 'completed', result_data: 2 })
    expect(await stored(hash)).not.toHaveProperty('worker_deaths')
  })

  it('is finished by a pool that drains', async () => {
    const { handler, begun, release } = held()
    const pool = await startPool(handler)
    const hash = await create()
    await expect.poll(() => begun).toEqual([hash])
    const stopping = pool.stop()
    expect(pool.state).toBe('draining')
    release('"done"')
    await stopping
    expect(await stored(hash)).toMatchObject({ status: 'completed', result_data: 'done' })
  })

  it('stays with its worker while Redis is away for a moment', async () => {
    const kept = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    cleanUp.push(() => kept.stop())
    const on = await openTestConnection(kept)
    cleanUp.push(() => on.close())
    const { handler, begun, release } = held()
    const pool = await startPool(handler, {}, {}, on)
    await kept.client.setex('local_request:req_a', 1800, '{"hash":"req_a","status":"pending"}')
    await kept.client.lpush('local_requests_list', 'req_a')
    await expect.poll(() => begun).toEqual(['req_a'])
    await kept.kill()
    release('1')
    await expect.poll(() => pool.problem).not.toBeNull()
    await kept.start()
    await expect.poll(() => pool.done).toBe(1)
    expect(begun).toEqual(['req_a'])
  })
})

describe('several pools', () => {
  it('never do a request twice', async () => {
    const done: string[] = []
    const others = await Promise.all([openTestConnection(server), openTestConnection(server)])
    cleanUp.push(() => others.map((one) => one.close()))
    const handler: Handler = async (job) => {
      done.push(job.id ?? '')
      await new Promise((resolve) => setImmediate(resolve))
      return 'null'
    }
    const before = await Promise.all(Array.from({ length: 100 }, (_, n) => create({ n })))
    const pools = await Promise.all([connection, ...others].map((on) => startPool(handler, { concurrency: 5 }, {}, on)))
    const after = await Promise.all(Array.from({ length: 100 }, (_, n) => create({ n })))
    await expect.poll(() => pools.reduce((sum, pool) => sum + pool.done, 0)).toBe(200)
    expect(done.toSorted()).toEqual([...before, ...after].sort())
    expect(pools.every((pool) => pool.recovered === 0)).toBe(true)
    expect(await claimed()).toEqual([])
  })

  /** A pool in a process of its own that takes a request and holds it. */
  async function startVictim(): Promise<ChildProcess> {
    const program = new URL('../../../../test/hold-requests.ts', import.meta.url).pathname
    const child = spawn(process.execPath, ['--import', 'tsx', program, server.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cleanUp.push(() => child.kill('SIGKILL'))
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    return child
  }

  it('take over what a killed worker held, once its lease is over', async () => {
    const hash = await create()
    const victim = await startVictim()
    expect((await stored(hash)).status).toBe('processing')
    const pool = await startPool(async () => '"saved"')
    victim.kill('SIGKILL')
    await ends(hash, { status: 'completed', result_data: 'saved', worker_deaths: 1 })
    await expect.poll(() => pool.done).toBe(1)
    expect(pool.recovered).toBe(1)
    expect(await claimed()).toEqual([])
  })

  it('bury a request that three workers were gone with', async () => {
    await server.client.setex('local_request:req_a', 1800, '{"hash":"req_a","status":"processing","worker_deaths":2}')
    await server.client.zadd('local_request_claims', 1, 'req_a')
    await server.client.hset('local_request_claimers', 'req_a', 'host:1:gone')
    let runs = 0
    const pool = await startPool(async () => {
      runs++
    })
    await ends('req_a', { status: 'failed', error_message: expect.stringContaining('3 workers were gone') })
    expect(runs).toBe(0)
    expect(pool.dead).toBe(1)
  })

  it('count for nothing once their lease went to another', async () => {
    const { handler, begun, reasons } = held()
    const pool = await startPool(handler)
    const hash = await create()
    await expect.poll(() => begun).toEqual([hash])
    await server.client.hset('local_request_claimers', hash, 'host:1:other')
    await expect.poll(() => pool.active).toBe(0)
    expect(reasons).toEqual([expect.stringContaining('went to another')])
    expect((await stored(hash)).status).toBe('processing')
  })
})

describe('with the local API', () => {
  let api: Server
  let url: string
  let calls: { body: string; aborted: boolean }[]
  let answer: (call: number) => { status?: number; body: string; delayMs?: number } | null

  beforeEach(async () => {
    calls = []
    api = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const call = { body, aborted: false }
      calls.push(call)
      response.once('close', () => {
        call.aborted = !response.writableFinished
      })
      const said = answer(calls.length)
      if (said === null) return // never answers
      setTimeout(() => response.writeHead(said.status ?? 200).end(said.body), said.delayMs ?? 0)
    })
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/run`
  })
  afterEach(() => {
    api.closeAllConnections()
    api.close()
  })
  const start = (timeoutMs = 5000, config: Partial<RequestPoolConfig> = {}) =>
    startPool(requestHandler({ url, timeoutMs }), config)

  it('posts the data as stored, and keeps the whole answer', async () => {
    answer = () => ({ body: '{"status":"success","id":9007199254740993}', delayMs: 50 })
    await start()
    await server.client.setex(
      'local_request:req_a',
      1800,
      '{"hash":"req_a","service_slug":"credit","status":"pending","request_data":{"id": 9007199254740993, "x": 1.0}}',
    )
    await server.client.lpush('local_requests_list', 'req_a')
    await ends('req_a', { status: 'completed' })
    expect(await server.client.get('local_request:req_a')).toContain(
      '"result_data":{"status":"success","id":9007199254740993}',
    )
    expect(calls[0]?.body).toBe('{"id": 9007199254740993, "x": 1.0,"requestHash":"req_a","service":"credit"}')
  })

  it('asks for a code, waits without a slot, takes the code, a wrong one too, and another', async () => {
    answer = (call) => {
      if (call === 1) return { body: '{"status":"otp_required","otp_data":{"mobile":"0912***"}}' }
      const { otp, resendOtp, plain } = JSON.parse(calls[call - 1]?.body ?? '')
      if (plain) return { body: '{"status":"success"}' }
      if (resendOtp) return { body: '{"status":"otp_required"}' }
      return { body: otp === '004711' ? '{"status":"success"}' : '{"status":"otp_required","otp_data":{"wrong":1}}' }
    }
    await start(5000, { concurrency: 1 })
    const hash = await create()
    await ends(hash, { status: 'otp_required', requires_otp: true, otp_data: { mobile: '0912***' } })
    // The one slot is free meanwhile.
    await ends(await create({ plain: true }), { status: 'completed' })
    await change(hash, { type: 'submit-otp', otp: '1' })
    await ends(hash, { status: 'otp_required', otp_data: { wrong: 1 } })
    await change(hash, { type: 'resend-otp' })
    await expect.poll(() => calls.at(-1)?.body).toContain('"resendOtp":true')
    await expect.poll(async () => (await stored(hash)).otp_data.resend_count).toBeUndefined()
    // Typed in by the application's own code, whole and without a word of ours.
    const now = await stored(hash)
    const text = JSON.stringify({ ...now, status: 'processing', requires_otp: false, otp_data: { otp: '004711' } })
    await server.client.setex(`local_request:${hash}`, 1800, text)
    await server.client.publish(`local_request_updates:${hash}`, text)
    await ends(hash, { status: 'completed' })
    expect(calls.map(({ body }) => JSON.parse(body).otp).filter(Boolean)).toEqual(['1', '004711'])
  })

  it('ends the call when the request is cancelled', async () => {
    answer = () => null
    await start()
    const hash = await create()
    await expect.poll(() => calls.length).toBe(1)
    await change(hash, { type: 'cancel' })
    await expect.poll(() => calls[0]?.aborted).toBe(true)
    expect((await stored(hash)).status).toBe('cancelled')
  })

  it.each<[string, { status?: number; body: string } | null, number, string]>([
    ['an error', { body: '{"status":"error","message":"کد ملی نادرست است"}' }, 1, 'کد ملی نادرست است'],
    ['an error worth another try', { body: '{"status":"error","message":"busy","retryable":true}' }, 2, 'busy'],
    ['503', { status: 503, body: 'down' }, 2, 'answered 503'],
    ['422 with words', { status: 422, body: '{"message":"no plate"}' }, 1, 'no plate'],
    ['what is no JSON', { body: '<html>' }, 1, 'what is no JSON'],
    ['no status', { body: '{"ok":1}' }, 1, 'without a status'],
    ['nothing', null, 2, 'did not answer within 0.1 s'],
  ])('fails by %s', async (_what, said, tries, words) => {
    answer = () => said
    await start(100, { maxAttempts: 2 })
    const hash = await create()
    await ends(hash, { status: 'failed', error_message: expect.stringContaining(words), attempts: tries })
    expect(calls).toHaveLength(tries)
  })

  it('says that it cannot be reached', async () => {
    api.close()
    await start(5000, { maxAttempts: 1 })
    await ends(await create(), { status: 'failed', error_message: expect.stringContaining('ECONNREFUSED') })
  })
})
