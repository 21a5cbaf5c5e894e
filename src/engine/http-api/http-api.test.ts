import { mkdtempSync, rmSync } from 'node:fs'
import { request as send } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Sample } from '../../domain/sample.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { createOperatorTools } from '../operator-tools.ts'
import { memorySecretStore } from '../profiles/secret-store.ts'
import { newApiToken } from './gate.ts'
import { type HttpApi, type HttpApiOptions, startHttpApi } from './http-api.ts'

const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const token = newApiToken()
const page = 'https://console.example'

let server: TestRedis
let connection: TestConnection
let folder: string
let journal: Journal
let api: HttpApi
const cleanUp: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedis('--appendonly', 'yes')
  folder = mkdtempSync(join(tmpdir(), 'sluice-http-api-'))
  journal = await openJournal(join(folder, 'journal'))
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
  api = await start()
})
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work()
  connection.close()
})

async function start(options: Partial<HttpApiOptions> = {}): Promise<HttpApi> {
  const { operations } = await createOperatorTools({
    ...{ dataFolder: folder, secrets: memorySecretStore(), journal, connections: { get: () => connection } },
    queues: () => [],
    facts: () => null,
  })
  const started = await startHttpApi({
    port: 0,
    origins: [page],
    token,
    connection: () => connection,
    queues: async () => [email],
    operations,
    lastSample: () => null,
    ...options,
  })
  cleanUp.push(() => started.close())
  return started
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly json: unknown
}

/** One call, as a bot makes it. */
async function call(path: string, init: RequestInit = {}, on: HttpApi = api): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...init.headers }
  const response = await fetch(on.address + path, { ...init, headers })
  const body = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body, json: isJson ? JSON.parse(body) : null }
}
const post = (path: string, body: object | string = {}) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
/** A bare request, which may name any host. */
const statusFor = (headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { port } = new URL(api.address)
    const request = send({ host: '127.0.0.1', port, path: '/health', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.once('error', reject)
    request.end()
  })

const begin = async (body: object = {}) => {
  const { json, status } = await post('/api/local-requests', {
    service_slug: 'credit-score-rating',
    request_data: { national_code: '0012345678' },
    estimated_duration: 150,
    ...body,
  })
  expect(status).toBe(201)
  return (json as { hash: string }).hash
}
const store = (hash: string, fields: object) =>
  server.client.setex(`local_request:${hash}`, 1800, JSON.stringify({ hash, ...fields }))

describe('requests', () => {
  it('begin, with all digits, and are told with the fields that pages know', async () => {
    const { status, json } = await post(
      '/api/local-requests',
      '{"service_slug":"credit","user_id":9223372036854775807,"request_data":{"id": 9007199254740993, "b":1, "1":2}}',
    )
    expect(status).toBe(201)
    const { hash } = json as { hash: string }
    const text = await server.client.get(`local_request:${hash}`)
    expect(text).toContain('"request_data":{"id": 9007199254740993, "b":1, "1":2}')
    expect(text).toContain('"user_id":9223372036854775807')
    expect((await call(`/api/local-requests/${hash}/status`)).json).toEqual({
      hash,
      service_slug: 'credit',
      status: 'pending',
      step: 'initializing',
      progress: 0,
      current_message: null,
      estimated_remaining_time: expect.any(Number),
      requires_otp: false,
      otp_data: null,
      result_data: null,
      error_message: null,
      started_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
    })
  })

  it('cost one GET a status', async () => {
    const hash = await begin()
    await server.client.config('RESETSTAT')
    for (let n = 0; n < 5; n++) await call(`/api/local-requests/${hash}/status`)
    const stats = await server.client.info('commandstats')
    expect(stats).toContain('cmdstat_get:calls=5,')
    expect(stats.match(/cmdstat_(?!get|config|info|ping)\w+/g)).toBeNull()
  })

  it('tell what the application wrote: time left in seconds, result, error', async () => {
    const started_at = new Date().toISOString()
    await store('req_a', {
      status: 'processing',
      progress: 40,
      estimated_duration: 150,
      started_at,
      updated_at: started_at,
    })
    const running = await call('/api/local-requests/req_a/status')
    expect(running.json).toMatchObject({ status: 'processing', progress: 40, requires_otp: false })
    const { estimated_remaining_time: left } = running.json as { estimated_remaining_time: number }
    expect(left).toBeGreaterThan(80)
    expect(left).toBeLessThanOrEqual(90)
    await server.client.setex(
      'local_request:req_b',
      1800,
      '{"hash":"req_b","status":"completed","result_data":{"id":9007199254740993,"n":12,"half":0.5,"long":0.1234567890123456789,"s":"a\\"1234567890123456789"}}',
    )
    expect((await call('/api/local-requests/req_b/status')).json).toMatchObject({
      estimated_remaining_time: 0,
      result_data: {
        id: '9007199254740993',
        n: 12,
        half: 0.5,
        long: '0.1234567890123456789',
        s: 'a"1234567890123456789',
      },
    })
    await store('req_c', { status: 'failed', progress: 70, error_message: 'کپچا حل نشد' })
    expect((await call('/api/local-requests/req_c/status')).json).toMatchObject({
      error_message: 'کپچا حل نشد',
      progress: 70,
      result_data: null,
    })
  })

  it('say so where what is stored is broken, without showing it', async () => {
    for (const text of ['{"status":"completed","result_data":{"secret', 'secret', '[1]']) {
      await server.client.set('local_request:req_a', text)
      const { status, body } = await call('/api/local-requests/req_a/status')
      expect(status).toBe(500)
      expect(body).not.toContain('secret')
    }
    await server.client.del('local_request:req_a')
    await server.client.lpush('local_request:req_a', 'x')
    expect((await call('/api/local-requests/req_a/status')).status).toBe(409)
  })

  it('are cancelled, and take a code that nobody reads back', async () => {
    const hash = await begin()
    expect((await post(`/api/local-requests/${hash}/otp`, { otp: '1' })).status).toBe(409)
    await store(hash, { status: 'otp_required', otp_data: { mobile: '0912***' } })
    expect((await post(`/api/local-requests/${hash}/resend-otp`)).json).toMatchObject({
      requires_otp: true,
      otp_data: { mobile: '0912***', resend_count: 1 },
    })
    const answered = await post(`/api/local-requests/${hash}/otp`, { otp: '004711' })
    expect(answered.json).toMatchObject({ status: 'processing', requires_otp: false })
    expect(answered.body).not.toContain('004711')
    expect(JSON.parse((await server.client.get(`local_request:${hash}`)) ?? '').otp_data.otp).toBe('004711')
    expect((await post(`/api/local-requests/${hash}/cancel`)).json).toMatchObject({ status: 'cancelled' })
    const again = await post(`/api/local-requests/${hash}/cancel`)
    expect(again).toMatchObject({ status: 409, json: { message: 'This request is cancelled already.' } })
  })

  it.each(['status', 'cancel', 'otp', 'resend-otp'])('answer 404 to %s of one that expired', async (what) => {
    const path = `/api/local-requests/req_gone/${what}`
    const { status, json } = await (what === 'status' ? call(path) : post(path, { otp: '1' }))
    expect(status).toBe(404)
    expect(json).toMatchObject({ code: 'NOT_FOUND', message: 'There is no such request, or it has expired.' })
  })

  it('answer 503 with a sentence while Redis is away, and go on when it is back', async () => {
    const hash = await begin()
    await server.kill()
    const read = await call(`/api/local-requests/${hash}/status`)
    const written = await post(`/api/local-requests/${hash}/cancel`)
    const health = await call('/health')
    await server.start()
    expect(read).toMatchObject({
      status: 503,
      json: {
        code: 'SERVICE_UNAVAILABLE',
        message: 'Redis is not reachable at the moment.',
        data: { retryable: true },
      },
    })
    expect([written.status, health.status]).toEqual([503, 503])
    await expect.poll(async () => (await call(`/api/local-requests/${hash}/status`)).status).toBe(200)
    expect((await call('/health')).json).toEqual({ status: 'ok', problem: null })
  })

  it('answer 503 while no connection is open, 403 where it may not write', async () => {
    const none = await start({ connection: () => null })
    expect(await call('/api/local-requests/req_a/status', {}, none)).toMatchObject({
      status: 503,
      json: { message: 'Sluice has no connection to Redis open.' },
    })
    const reading = await openTestConnection(server, { readOnly: true })
    cleanUp.push(() => reading.close())
    await store('req_a', { status: 'pending' })
    const api2 = await start({ connection: () => reading })
    const refused = await call('/api/local-requests/req_a/cancel', { method: 'POST' }, api2)
    expect(refused).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
  })

  it.each<[string, object | string, number]>([
    ['no service', { request_data: {} }, 400],
    ['data that is no object', { service_slug: 'a', request_data: [] }, 400],
    ['no JSON', '{', 400],
    ['megabytes', { service_slug: 'a', request_data: { a: 'x'.repeat(3 * 1024 * 1024) } }, 413],
  ])('are not begun with %s', async (_what, body, status) => {
    expect((await post('/api/local-requests', body)).status).toBe(status)
    expect(await server.client.exists('local_requests_list')).toBe(0)
  })

  it('are not begun by what a form of a page may send', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"service_slug":"a","request_data":{}}',
    }
    expect((await call('/api/local-requests', init)).status).toBe(415)
  })
})

describe('queues', () => {
  it('tell their counts and dead letters, and take one back', async () => {
    const job = (n: number) =>
      JSON.stringify({ id: `j${n}`, type: 'welcome', attempts: 3, failedAt: 'x', error: 'down' })
    await server.client.rpush('queue:email', 'a', 'b')
    await server.client.rpush('queue:email:dlq', job(0), job(1), job(2))
    expect((await call('/api/queues/stats')).json).toEqual({ email: { pending: 2, processing: 0, dead_letter: 3 } })
    expect((await call('/api/queues/email/dead-letters')).json).toEqual({ total: 3, jobs: [job(0), job(1), job(2)] })
    expect((await call('/api/queues/email/dead-letters?start=1&limit=1')).json).toEqual({ total: 3, jobs: [job(1)] })
    expect((await call('/api/queues/email/dead-letters?limit=101')).status).toBe(400)
    expect((await post('/api/queues/email/dead-letters/1/retry')).json).toEqual({ retried: 1 })
    expect(await server.client.lrange('queue:email:dlq', 0, -1)).toEqual([job(0), job(2)])
    expect(await server.client.llen('queue:email')).toBe(3)
    expect((await post('/api/queues/email/dead-letters/9/retry')).status).toBe(404)
  })
})

describe('who may call', () => {
  it('is who brings the token', async () => {
    const path = '/api/queues/stats'
    for (const authorization of ['', 'Bearer', 'Bearer x', `Bearer ${token}x`, `Basic ${token}`, token]) {
      const { status, headers } = await call(path, { headers: { authorization } })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await call('/metrics', { headers: { authorization: '' } })).status).toBe(401)
    expect((await call('/openapi.json', { headers: { authorization: '' } })).status).toBe(401)
    expect((await call('/health', { headers: { authorization: '' } })).status).toBe(200)
    expect((await call(path)).status).toBe(200)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(newApiToken()).not.toBe(token)
  })

  it('is slowed down: guesses, calls and changes, each by its own count', async () => {
    api = await start({ limits: { callsPerSecond: 5, writesPerSecond: 1, wrongPerMinute: 3 } })
    const wrong = () => call('/metrics', { headers: { authorization: 'Bearer guess' } })
    const seen = []
    for (let n = 0; n < 5; n++) seen.push((await wrong()).status)
    expect(seen).toEqual([401, 401, 401, 429, 429])
    expect((await post('/api/local-requests/req_a/cancel')).status).toBe(404)
    const late = await post('/api/local-requests/req_a/cancel')
    expect(late.status).toBe(429)
    expect(late.headers.get('retry-after')).toBe('1')
    const calls = await Promise.all(Array.from({ length: 12 }, () => call('/api/queues/stats')))
    expect(calls.map(({ status }) => status).filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(calls.some(({ status }) => status === 200)).toBe(true)
  })

  it('is no page that is not listed', async () => {
    const preflight = (origin: string) =>
      call('/api/queues/stats', {
        method: 'OPTIONS',
        headers: { origin, authorization: '', 'access-control-request-method': 'POST' },
      })
    const allowed = await preflight(page)
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe(page)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization')
    const answered = await call('/api/queues/stats', { headers: { origin: page } })
    expect(answered.status).toBe(200)
    expect(answered.headers.get('access-control-allow-origin')).toBe(page)
    expect(answered.headers.get('vary')).toBe('origin')
    for (const origin of ['https://evil.example', 'null', `${page}.evil.example`, api.address]) {
      expect((await preflight(origin)).status).toBe(403)
      const refused = await call('/api/queues/stats', { headers: { origin } })
      expect(refused.status).toBe(403)
      expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('is nobody who thinks that this is another server', async () => {
    const { port } = new URL(api.address)
    expect(await statusFor({ host: `127.0.0.1:${port}` })).toBe(200)
    expect(await statusFor({ host: `localhost:${port}` })).toBe(200)
    for (const host of ['127.0.0.1', `evil.example:${port}`, 'localhost:1', `127.0.0.1:${port}.evil.example`]) {
      expect(await statusFor({ host })).toBe(403)
    }
  })

  it('is told apart before anything starts: origins and ports', async () => {
    for (const origin of ['console.example', 'https://a.example/path', '*', 'null']) {
      await expect(start({ origins: [origin] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    await expect(start({ port: Number(new URL(api.address).port) })).rejects.toThrow(/is taken/)
  })
})

describe('what it tells of itself', () => {
  it('is an OpenAPI document with every path that is served', async () => {
    const { json } = await call('/openapi.json')
    const document = json as { openapi: string; paths: Record<string, Record<string, { responses: object }>> }
    expect(document.openapi).toMatch(/^3\.1/)
    const served = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(served.sort()).toEqual([
      'get /api/local-requests/{hash}/status',
      'get /api/queues/stats',
      'get /api/queues/{name}/dead-letters',
      'get /health',
      'get /metrics',
      'get /openapi.json',
      'post /api/local-requests',
      'post /api/local-requests/{hash}/cancel',
      'post /api/local-requests/{hash}/otp',
      'post /api/local-requests/{hash}/resend-otp',
      'post /api/queues/{name}/dead-letters/{index}/retry',
    ])
    const status = document.paths['/api/local-requests/{hash}/status']?.get
    expect(Object.keys(status?.responses ?? {})).toEqual(expect.arrayContaining(['200', '404', '503']))
    expect(JSON.stringify(status)).toContain('estimated_remaining_time')
    expect(json).toMatchObject({ servers: [{ url: api.address }], security: [{ token: [] }] })
    // Every reference leads somewhere.
    for (const [, ref = ''] of JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      expect(ref.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], json)).toBeDefined()
    }
  })

  it('are figures, without a question to Redis', async () => {
    const sample = {
      at: 5000,
      queues: [{ queue: email, states: { waiting: 12, dead: 3 } }],
    } as unknown as Sample
    api = await start({ lastSample: () => sample })
    await call('/api/local-requests/req_gone/status')
    await call('/nowhere')
    await server.client.config('RESETSTAT')
    const { body, headers } = await call('/metrics')
    expect(headers.get('content-type')).toContain('text/plain')
    expect(body).toContain('sluice_queue_jobs{system="plain-list",queue="queue:email",state="waiting"} 12')
    expect(body).toContain('sluice_api_calls_total{route="requests.status",status="404"} 1')
    expect(body).toContain('sluice_api_calls_total{route="other",status="404"} 1')
    expect(body).toContain('sluice_api_call_seconds_count{route="requests.status"} 1')
    expect(body).toContain('sluice_sample_timestamp_seconds 5')
    expect((await server.client.info('commandstats')).match(/cmdstat_(?!config|info|ping)\w+/g)).toBeNull()
  })

  it('ends with it: nothing answers once it is closed', async () => {
    await api.close()
    await expect(call('/health')).rejects.toThrow()
  })
})
