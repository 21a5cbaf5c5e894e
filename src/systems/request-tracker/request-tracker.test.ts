import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countingReader, testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { conformance } from '../conformance/conformance.ts'
import type { Reader } from '../handles.ts'
import { requestTracker } from './index.ts'
import {
  channelOf,
  channelPattern,
  hashOfChannel,
  listKey,
  newestLooked,
  queueOfBase,
  requestKey,
  trackerOf,
} from './keys.ts'
import { stateOf } from './status.ts'

const statusIn: Record<string, string> = { otp: 'otp_required', other: 'captcha_solving' }

function payload(n: number, state: string): string {
  return JSON.stringify({
    hash: `req_${n}`,
    service_slug: 'credit-score-rating',
    status: statusIn[state] ?? state,
    step: 'captcha_solving',
    progress: 50,
    current_message: 'حل کپچا...',
    estimated_duration: 150,
    request_data: { status: 'failed', national_id: '0012345678' },
    user_id: 123,
    started_at: '2024-01-01T12:00:00Z',
    expires_at: '2024-01-01T12:30:00Z',
  })
}

let made = 0

/** As the application does it: SETEX, then LPUSH. */
async function track(redis: Redis, queue: QueueRef, bytes: Buffer | string): Promise<string> {
  const hash = `req_${made++}`
  await redis.setex(requestKey(queue, hash), 1800, bytes)
  await redis.lpush(listKey(queue), hash)
  return hash
}

/** The state in which a payload is shown: by its status, if it has one at all. */
function shownIn(bytes: Buffer): string | undefined {
  try {
    const { status } = JSON.parse(bytes.toString()) as { status?: unknown }
    return typeof status === 'string' ? stateOf(status) : 'other'
  } catch {
    return 'other'
  }
}

conformance(requestTracker, {
  queueNamed: (name) => queueOfBase(`${name}:local_request`),
  payload,
  fillable: ['pending', 'processing', 'otp', 'other', 'failed', 'completed', 'cancelled'],
  async put(redis, queue, _state, bytes) {
    await track(redis, queue, bytes)
    return shownIn(bytes)
  },
  async arrange(redis) {
    const usual = trackerOf({ trackedPrefix: '' })
    for (const [n, state] of ['pending', 'processing', 'processing', 'otp', 'other', 'failed', 'cancelled'].entries()) {
      await track(redis, usual, payload(n, state))
    }
    await redis.lpush(listKey(usual), 'req_expired_1', 'req_expired_2', 'req_expired_1')
    const prefixed = queueOfBase('app_database_local_request')
    await track(redis, prefixed, payload(9, 'completed').replace('completed', 'SUCCESS'))
    const byHand = queueOfBase('import')
    await track(redis, byHand, '{"progress":10}')
    return [
      {
        queue: usual,
        states: { pending: 1, processing: 2, otp: 1, other: 1, failed: 1, cancelled: 1, expired: 2 },
      },
      { queue: prefixed, states: { completed: 1 } },
      { queue: byHand, states: { other: 1 } },
    ]
  },
  hints: { queues: [{ system: 'request-tracker', prefix: '', name: 'import' }], trackedPrefix: 'local_request:' },
  cost: { sampleCommands: 1, pageTrips: 1, jobTrips: 1 },
})

describe('a tracker', () => {
  const tracker = trackerOf({ trackedPrefix: 'local_request:' })
  let server: TestRedis
  let redis: Redis
  let reader: Reader

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
    reader = testReader(redis)
  })
  afterAll(() => server?.stop())
  beforeEach(() => redis.flushall())

  async function reading() {
    const plan = requestTracker.sample([tracker])
    return plan.read(await reader.pipeline(plan.commands), Date.now())[0]
  }
  const page = (state: string, offset = 0, limit = 50, by = reader) =>
    requestTracker.page(by, tracker, state, { offset, limit })

  const statuses: readonly [string, string, string][] = [
    [
      'a status behind nested ones',
      '{"data":{"status":"failed"},"list":[{"status":"done"}],"status":"pending"}',
      'pending',
    ],
    [
      'a status behind text with quotes and braces',
      '{"m":"\\"status\\":\\"failed\\" {[","status":"completed"}',
      'completed',
    ],
    ['escapes in a key', '{"a\\"status":"failed","status":"cancelled"}', 'cancelled'],
    ['blanks and case', ' {\n "hash" : "x" ,\t"status" : " Processing " }', 'processing'],
    ['only a nested status', '{"data":{"status":"failed"}}', 'other'],
    ['a status that is no text', '{"status":7}', 'other'],
    ['an array', '["status","failed"]', 'other'],
    ['cut-off JSON', '{"status":"fai', 'other'],
    ['an empty object', '{}', 'other'],
  ]
  it.each(statuses)('counts %s where the page shows it', async (_, json, state) => {
    await track(redis, tracker, json)
    expect((await reading())?.states).toMatchObject({ [state]: 1 })
    const { jobs } = await page(state)
    expect(jobs).toHaveLength(1)
    expect(await requestTracker.job(reader, tracker, state, jobs[0]?.ref ?? '', false)).toMatchObject({ state })
  })

  it('finds the status of a request whose data goes on beyond what is read', async () => {
    await track(redis, tracker, `{"status":"processing","result_data":"${'x'.repeat(100_000)}"}`)
    await track(redis, tracker, `{"result_data":"${'x'.repeat(100_000)}","status":"processing"}`)
    const found = await reading()
    expect(found?.states).toMatchObject({ processing: 1, other: 1 })
    expect(found?.problem).toContain('1 of them hold their status behind other data')
    expect((await page('other')).partial).toBe(found?.problem)
  })

  it('decodes no more requests in one script than it says', async () => {
    for (let n = 0; n < 40; n++) await track(redis, tracker, `{"data":{},"status":"processing","n":${n}}`)
    expect(await reading()).toMatchObject({ states: { processing: 32, other: 8 } })
  })

  it('shows waiting requests oldest first and all others newest first', async () => {
    const hashes: string[] = []
    for (const state of ['pending', 'pending', 'failed', 'failed']) {
      hashes.push(await track(redis, tracker, payload(1, state)))
    }
    const ids = async (state: string) => (await page(state)).jobs.map(({ id }) => id)
    expect(await ids('pending')).toEqual([hashes[0], hashes[1]])
    expect(await ids('failed')).toEqual([hashes[3], hashes[2]])
  })

  it('tells how old the oldest waiting request is', async () => {
    expect((await reading())?.head).toBeNull()
    for (const started_at of ['2024-01-01T12:00:00Z', '2024-01-01T12:05:00Z']) {
      await track(redis, tracker, JSON.stringify({ status: 'pending', started_at }))
      await track(redis, tracker, '{"status":"processing","started_at":"2023-01-01T12:00:00Z"}')
    }
    expect((await reading())?.head).toEqual({ createdAt: Date.parse('2024-01-01T12:00:00Z'), fingerprint: null })
  })

  it('shows an expired request without data, and opens it while it is listed', async () => {
    const hash = await track(redis, tracker, payload(1, 'processing'))
    await redis.del(requestKey(tracker, hash))
    const [row] = (await page('expired')).jobs
    expect(row).toMatchObject({ id: hash, badges: ['no-data'], bytes: 0 })
    const opened = await requestTracker.job(reader, tracker, 'expired', row?.ref ?? '', false)
    expect(opened).toMatchObject({ state: 'expired', payload: { text: '' } })
    await redis.del(listKey(tracker))
    expect(await requestTracker.job(reader, tracker, 'expired', row?.ref ?? '', false)).toBeNull()
  })

  it('shows a key of the wrong type, and a hash that is not text, as rows', async () => {
    await redis.lpush(listKey(tracker), 'wrong', Buffer.from([0xff, 0x00]))
    await redis.hset(requestKey(tracker, 'wrong'), 'status', 'pending')
    const wrong = (await page('other')).jobs
    expect(wrong).toMatchObject([{ id: 'wrong', badges: ['wrong-type'] }])
    expect(await requestTracker.job(reader, tracker, 'other', wrong[0]?.ref ?? '', true)).toMatchObject({ id: 'wrong' })
    const [binary] = (await page('expired')).jobs
    expect(await requestTracker.job(reader, tracker, 'expired', binary?.ref ?? '', true)).not.toBeNull()
  })

  it('stays bounded by the newest requests, and says when more may be alive', async () => {
    const many = newestLooked + 100
    for (let n = 0; n < many; n++) await track(redis, tracker, payload(n, 'processing'))
    const busy = await reading()
    expect(busy?.states.processing).toBe(newestLooked)
    expect(busy?.problem).toContain(`newest ${newestLooked} of ${many}`)
    const counting = countingReader(reader)
    const last = await page('processing', newestLooked - 5, 50, counting)
    expect([last.total, last.jobs.length, last.partial]).toEqual([newestLooked, 5, busy?.problem])
    expect(counting.bytes).toBeLessThan(5 * 1000)

    // The last ones looked at have expired, so the older ones have too: nothing is missing.
    for (const hash of await redis.lrange(listKey(tracker), 10, -1)) await redis.del(requestKey(tracker, hash))
    const quiet = await reading()
    expect(quiet).toMatchObject({ states: { processing: 10, expired: newestLooked - 10 }, problem: null })
    expect((await page('processing')).partial).toBeNull()
    expect((await page('expired')).partial).toContain(`newest ${newestLooked} of ${many}`)
  })

  it('names keys of live requests, for memory figures', async () => {
    const hashes: string[] = []
    for (let n = 0; n < 5; n++) hashes.push(await track(redis, tracker, payload(n, 'completed')))
    await redis.lpush(listKey(tracker), 'expired')
    expect(await requestTracker.jobKeys?.(reader, tracker, 2)).toEqual({
      keys: [requestKey(tracker, hashes[4] as string), requestKey(tracker, hashes[3] as string)],
      total: 5,
    })
  })

  it('says that a list of the wrong type is one', async () => {
    await redis.set(listKey(tracker), 'x')
    expect((await reading())?.problem).toContain('local_requests_list')
    expect((await page('pending')).partial).toBe(
      'local_requests_list is a string, but this queue system keeps a list there.',
    )
  })

  it('hears the channels of its own requests alone, whatever its name', async () => {
    const odd = queueOfBase('a*[b]?-c\\local_request')
    const heard: string[] = []
    const subscriber = redis.duplicate()
    await subscriber.psubscribe(channelPattern(odd))
    const done = new Promise<void>((resolve) =>
      subscriber.on('pmessage', (_pattern, channel: string) => {
        const hash = hashOfChannel(odd, channel)
        heard.push(hash ?? channel)
        if (hash === 'last') resolve()
      }),
    )
    await redis.publish('aXb?-c\\local_request_updates:foreign', '{}')
    await redis.publish(channelOf(odd, 'req:1'), '{}')
    await redis.publish(channelOf(odd, 'last'), '{}')
    await done
    subscriber.disconnect()
    expect(heard).toEqual(['req:1', 'last'])
    expect(hashOfChannel(tracker, 'local_request_updates:')).toBeNull()
    expect(hashOfChannel(tracker, 'other')).toBeNull()
  })

  it('is not there for keys of other types, or for the keys of other programs', async () => {
    const seen = [
      { key: 'local_request:lock', type: 'hash' },
      { key: 'local_requests_list', type: 'set' },
      { key: 'local_requests', type: 'list' },
      { key: 'request:1', type: 'string' },
    ]
    expect(await requestTracker.detect(seen, { queues: [], trackedPrefix: '' }, reader)).toEqual([])
    const request = [{ key: 'local_request:req_1', type: 'string' }]
    expect(await requestTracker.detect(request, { queues: [], trackedPrefix: '' }, reader)).toEqual([
      { queue: tracker, evidence: '1 key local_request:…' },
    ])
    const byHand = { queues: [], trackedPrefix: 'request:' }
    expect((await requestTracker.detect(seen, byHand, reader)).map(({ queue }) => queue.name)).toEqual(['request'])
  })

  it('goes by the name that a person set', () => {
    expect(trackerOf({ trackedPrefix: '' })).toEqual(trackerOf({ trackedPrefix: 'local_request' }))
    expect(trackerOf({ trackedPrefix: 'app_local_request:' })).toMatchObject({ prefix: 'app_', name: 'local_request' })
    const imports = trackerOf({ trackedPrefix: 'import_job:' })
    expect([listKey(imports), requestKey(imports, 'h'), channelOf(imports, 'h')]).toEqual([
      'import_jobs_list',
      'import_job:h',
      'import_job_updates:h',
    ])
  })
})
