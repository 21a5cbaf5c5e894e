import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { readFields, setField } from '../../domain/json-text.ts'
import type { NewRequest, RequestChange } from '../../domain/request.ts'
import { queueOfBase } from '../../systems/request-tracker/keys.ts'
import { changeRequest } from './change-request.ts'
import { cleanUpRequests } from './clean-up.ts'
import { createRequest } from './create-request.ts'
import { updateRequest } from './update-request.ts'

const tracker = queueOfBase('local_request')
const request: NewRequest = {
  service: 'credit-score-rating',
  serviceId: 7,
  data: ' { "national_code": "0012345678", "account": 9223372036854775807, "amount": 1500.50 } ',
  estimatedDuration: 150,
  userId: '9223372036854775807',
  sessionId: null,
}
const otherMembers = ['started_at', 'updated_at', 'expires_at']

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

const stored = async (hash: string) => (await server.client.get(`local_request:${hash}`)) ?? ''
const change = (hash: string, what: RequestChange) => changeRequest(connection.writer(), [tracker], hash, what)
const create = async (changes: Partial<NewRequest> = {}) =>
  (await createRequest(connection.writer(), tracker, { ...request, ...changes })).hash

/** What one channel says from now on. */
async function listening(hash: string): Promise<string[]> {
  const heard: string[] = []
  const ear = new Redis({ port: server.port, host: '127.0.0.1' })
  cleanUp.push(() => ear.disconnect())
  ear.on('message', (_channel, message) => heard.push(message))
  await ear.subscribe(`local_request_updates:${hash}`)
  return heard
}

/** What the application's own bot does, by its own client: read, change, write whole, tell. */
async function botUpdate(client: Redis, hash: string, fields: object): Promise<void> {
  const read = JSON.parse((await client.get(`local_request:${hash}`)) ?? 'null')
  const text = JSON.stringify({ ...read, ...fields })
  await client.setex(`local_request:${hash}`, 1800, text)
  await client.publish(`local_request_updates:${hash}`, text)
}

describe('a new request', () => {
  it('is pending, listed, and holds what it was given to the last digit', async () => {
    const hash = await create()
    expect(hash).toMatch(/^req_[A-Za-z0-9]{32}$/)
    const text = await stored(hash)
    expect(Object.keys(JSON.parse(text))).toEqual([
      ...['hash', 'service_slug', 'status', 'step', 'progress', 'current_message', 'estimated_duration'],
      ...['requires_otp', 'request_data', 'otp_data', 'result_data', 'service_id', 'user_id', 'session_id'],
      ...otherMembers,
    ])
    expect(text).toContain(`"request_data":${request.data.trim()},`)
    expect(text).toContain('"user_id":9223372036854775807,')
    expect(JSON.parse(text)).toMatchObject({ hash, status: 'pending', progress: 0, estimated_duration: 150 })
    expect(await server.client.lrange('local_requests_list', 0, -1)).toEqual([hash])
    expect(await server.client.ttl(`local_request:${hash}`)).toBeGreaterThan(1790)
    expect(await server.client.ttl('local_requests_list')).toBeGreaterThan(1790)
    const second = await create({ userId: 'abc', serviceId: null })
    expect(await server.client.lrange('local_requests_list', 0, -1)).toEqual([second, hash])
    expect(JSON.parse(await stored(second))).toMatchObject({ user_id: 'abc', service_id: null })
  })

  it('is refused when its data is no object, and where the list is none; nothing is left behind', async () => {
    for (const data of ['', '[]', '{', '1']) {
      await expect(create({ data })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    await server.client.set('local_requests_list', 'text')
    await expect(create()).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    expect(await server.client.keys('*')).toEqual(['local_requests_list'])
  })
})

describe('a change', () => {
  it('goes with what the application writes on the other side, from the first word to the last', async () => {
    const hash = await create()
    const heard = await listening(hash)
    await change(hash, { type: 'progress', progress: 30, step: 'authentication', message: 'ارسال درخواست...' })
    await botUpdate(server.client, hash, { progress: 50, step: 'captcha_solving', current_message: 'حل کپچا...' })
    await change(hash, { type: 'require-otp', data: '{"mobile":"0912***4567"}' })
    expect(JSON.parse(await stored(hash))).toMatchObject({
      status: 'otp_required',
      requires_otp: true,
      progress: 50,
      current_message: 'حل کپچا...',
      otp_data: { mobile: '0912***4567', requested_at: expect.any(String) },
    })
    await change(hash, { type: 'resend-otp' })
    await change(hash, { type: 'submit-otp', otp: '004711' })
    expect(JSON.parse(await stored(hash))).toMatchObject({
      status: 'processing',
      requires_otp: false,
      otp_data: { mobile: '0912***4567', resend_count: 1, otp: '004711', submitted_at: expect.any(String) },
    })
    await change(hash, { type: 'complete', result: '{"score": 9007199254740993}' })
    const text = await stored(hash)
    expect(text).toContain('"result_data":{"score": 9007199254740993}')
    expect(JSON.parse(text)).toMatchObject({ status: 'completed', progress: 100, completed_at: expect.any(String) })
    await expect.poll(() => heard.length).toBe(6)
    expect(heard.at(-1)).toBe(text)
  })

  it('keeps every byte that it is not about, and renews its life and that of its list', async () => {
    const before =
      '{ "hash":"req_a",\n "status" : "pending" ,"progress":5, "id":9007199254740993, "x": 1.0, "name":"\\u0645\\/" }'
    await server.client.set('local_request:req_a', before, 'EX', 60)
    await server.client.lpush('local_requests_list', 'req_a')
    await server.client.expire('local_requests_list', 60)
    await change('req_a', { type: 'progress', progress: 4, step: null, message: null })
    const after = await stored('req_a')
    expect(after.replace(/,"updated_at":"[^"]+","expires_at":"[^"]+"/, '')).toBe(
      before.replace('"pending"', '"processing"').replace('"progress":5', '"progress":4'),
    )
    expect(await server.client.ttl('local_request:req_a')).toBeGreaterThan(1790)
    expect(await server.client.ttl('local_requests_list')).toBeGreaterThan(1790)
  })

  it('fails a request with a sentence and what belongs to it', async () => {
    const hash = await create()
    await change(hash, { type: 'fail', error: 'سامانه پاسخگو نیست', data: '{"code": 12345678901234567890}' })
    const text = await stored(hash)
    expect(text).toContain('"error_data":{"code": 12345678901234567890}')
    expect(JSON.parse(text)).toMatchObject({
      status: 'failed',
      error_message: 'سامانه پاسخگو نیست',
      current_message: 'سامانه پاسخگو نیست',
      failed_at: expect.any(String),
    })
  })

  const progress: RequestChange = { type: 'progress', progress: 50, step: null, message: null }
  it.each<[string, object, RequestChange, string]>([
    ['progress of one that ended', { status: 'completed' }, progress, 'This request is completed already.'],
    ['a second end', { status: 'failed' }, { type: 'complete', result: '1' }, 'This request is failed already.'],
    ['a code of one that ended', { status: 'cancelled' }, { type: 'resend-otp' }, 'This request is cancelled already.'],
    ['a code that none asked for', {}, { type: 'submit-otp', otp: '1' }, 'This request needs no code now.'],
    ['another code that none asked for', {}, { type: 'resend-otp' }, 'This request needs no code now.'],
    ['a result that is no JSON', {}, { type: 'complete', result: '{' }, 'The result is not JSON.'],
    ['a question that is no object', {}, { type: 'require-otp', data: '[]' }, expect.stringContaining('JSON object')],
  ])('is refused: %s', async (_what, fields, what, reason) => {
    const text = JSON.stringify({ hash: 'req_a', status: 'processing', ...fields })
    await server.client.setex('local_request:req_a', 1800, text)
    expect(await change('req_a', what)).toEqual({
      done: 0,
      missing: 0,
      refused: [{ ref: 'req_a', reason }],
      journalId: null,
    })
    expect(await stored('req_a')).toBe(text)
  })

  it('counts a request that is gone as missing', async () => {
    expect(await change('req_gone', progress)).toMatchObject({ done: 0, missing: 1 })
    expect(await server.client.exists('local_request:req_gone')).toBe(0)
  })

  it('is written for a user who may neither publish nor touch the list', async () => {
    const hash = await create()
    const limited = await openAsUser(server, ['resetkeys', '~local_request:*', 'resetchannels'])
    cleanUp.push(() => limited.close())
    expect(await changeRequest(limited.writer(), [tracker], hash, progress)).toMatchObject({ done: 1 })
    expect(JSON.parse(await stored(hash)).progress).toBe(50)
  })
})

describe('8 writers at once, 10,000 updates', () => {
  const writers = 8
  const updates = 10_000
  /** Each update counts one up, so that a lost one is missing in the end. */
  const countUp = (text: string) => {
    const { updates: count } = readFields(text, ['updates'])
    return { text: setField(text, 'updates', String(Number(count ?? 0) + 1)) }
  }
  const counted = async () => Number(JSON.parse(await stored('req_a')).updates)
  beforeEach(() =>
    server.client.setex('local_request:req_a', 1800, '{"hash":"req_a","status":"processing","updates":0}'),
  )

  it('lose none as Sluice writes', async () => {
    const connections = await Promise.all(Array.from({ length: writers }, () => openTestConnection(server)))
    cleanUp.push(() => connections.map((one) => one.close()))
    await Promise.all(
      connections.map(async (one) => {
        for (let n = 0; n < updates / writers; n++) await updateRequest(one.writer(), [tracker], 'req_a', countUp)
      }),
    )
    expect(await counted()).toBe(updates)
  })

  it('lose many as the application writes: read, change, write', async () => {
    const clients = Array.from({ length: writers }, () => new Redis({ port: server.port, host: '127.0.0.1' }))
    cleanUp.push(() => clients.map((one) => one.disconnect()))
    await Promise.all(
      clients.map(async (client) => {
        for (let n = 0; n < updates / writers; n++) {
          const { updates: count } = JSON.parse((await client.get('local_request:req_a')) ?? '')
          await botUpdate(client, 'req_a', { updates: count + 1 })
        }
      }),
    )
    expect(await counted()).toBeLessThan(updates / 2)
  })

  it('never undo a cancellation', async () => {
    const connections = await Promise.all(Array.from({ length: writers }, () => openTestConnection(server)))
    cleanUp.push(() => connections.map((one) => one.close()))
    let refused = 0
    const working = connections.map(async (one) => {
      for (let n = 0; refused < writers && n < updates; n++) {
        const what: RequestChange = { type: 'progress', progress: n % 100, step: `step ${n}`, message: null }
        const outcome = await changeRequest(one.writer(), [tracker], 'req_a', what)
        if (outcome.refused.length === 0) continue
        refused++
        return
      }
    })
    expect(await change('req_a', { type: 'cancel' })).toMatchObject({ done: 1 })
    await Promise.all(working)
    expect(refused).toBe(writers)
    expect(JSON.parse(await stored('req_a')).status).toBe('cancelled')
  })
})

describe('cleaning up', () => {
  const live = (hash: string) => server.client.setex(`local_request:${hash}`, 1800, `{"status":"pending"}`)

  it('takes out what expired, keeps the order of the rest and the life of the list', async () => {
    const hashes = Array.from({ length: 2300 }, (_, i) => `req_${i}`)
    await server.client.rpush('local_requests_list', ...hashes)
    await server.client.expire('local_requests_list', 900)
    const alive = hashes.filter((_, i) => i % 7 === 0 || i < 3 || i > 2295)
    for (const hash of alive) await live(hash)
    await server.client.zadd('local_request_claims', 1, 'req_1', 1, 'req_8')
    await server.client.hset('local_request_claimers', 'req_8', 'worker')
    const outcome = await cleanUpRequests(connection.writer(), tracker)
    expect(outcome).toMatchObject({ done: hashes.length - alive.length, missing: 0, refused: [] })
    expect(await server.client.lrange('local_requests_list', 0, -1)).toEqual(alive)
    expect(await server.client.ttl('local_requests_list')).toBeLessThanOrEqual(900)
    expect(await server.client.ttl('local_requests_list')).toBeGreaterThan(800)
    expect(await server.client.zrange('local_request_claims', '0', '-1')).toEqual(['req_1'])
    expect(await server.client.exists('local_request_claimers')).toBe(0)
    expect(await cleanUpRequests(connection.writer(), tracker)).toMatchObject({ done: 0 })
  })

  it('loses no request that is created meanwhile, by whomever', async () => {
    await server.client.rpush('local_requests_list', ...Array.from({ length: 5000 }, (_, i) => `gone_${i}`))
    const created: string[] = []
    let over = false
    const creating = (async () => {
      while (!over || created.length < 10) {
        created.push(await create())
        const hash = `app_${created.length}`
        await live(hash)
        await server.client.lpush('local_requests_list', hash)
        created.push(hash)
      }
    })()
    const outcome = await cleanUpRequests(connection.writer(), tracker).finally(() => {
      over = true
    })
    await creating
    expect(outcome).toMatchObject({ done: 5000 })
    expect(await server.client.lrange('local_requests_list', 0, -1)).toEqual(created.reverse())
  })

  it('looks at so many of the oldest at most', async () => {
    await server.client.rpush('local_requests_list', 'new_1', 'new_2', 'old_1', 'old_2', 'old_3')
    expect(await cleanUpRequests(connection.writer(), tracker, 3)).toMatchObject({ done: 3 })
    expect(await server.client.lrange('local_requests_list', 0, -1)).toEqual(['new_1', 'new_2'])
    expect(await cleanUpRequests(connection.writer(), tracker)).toMatchObject({ done: 2 })
    expect(await cleanUpRequests(connection.writer(), tracker)).toMatchObject({ done: 0 })
  })
})
