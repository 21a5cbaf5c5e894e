import { readdirSync, readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { JobSummary } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { conformance } from '../conformance/conformance.ts'
import { seenKeys } from '../conformance/keyspace.ts'
import type { Reader } from '../handles.ts'
import { laravel } from './index.ts'
import { isState, keyOfState, notifyKey } from './keys.ts'

const prefix = 'laravel_database_'
const queueNamed = (name: string): QueueRef => ({ system: 'laravel', prefix, name })

function payload(n: number): string {
  return JSON.stringify({
    uuid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    displayName: 'App\\Jobs\\SendReceipt',
    job: 'Illuminate\\Queue\\CallQueuedHandler@call',
    maxTries: 3,
    data: { commandName: 'App\\Jobs\\SendReceipt', command: `O:20:"App\\Jobs\\SendReceipt":1:{s:1:"n";i:${n};}` },
    id: `id-${n}`,
    attempts: 0,
  })
}

let due = 1_900_000_000

conformance(laravel, {
  queueNamed,
  payload,
  async put(redis, queue, state, bytes) {
    if (!isState(state)) throw new Error(state)
    if (state !== 'ready') await redis.zadd(keyOfState(queue, state), due++, bytes)
    else await redis.rpush(keyOfState(queue, state), bytes)
    return undefined
  },
  async arrange(redis) {
    const usual = queueNamed('default')
    await redis.rpush(keyOfState(usual, 'ready'), payload(1), payload(2))
    await redis.rpush(notifyKey(usual), '1', '1')
    await redis.zadd(keyOfState(usual, 'delayed'), 1_900_000_000, payload(3))
    await redis.zadd(keyOfState(usual, 'reserved'), 1_900_000_000, payload(4), 1_600_000_000, payload(5))
    await redis.rpush('queues:alone', payload(6))
    await redis.zadd('shop-queues:{later}:delayed', 1_900_000_000, payload(7))
    await redis.rpush('queues:drained:notify', '1')
    return [
      { queue: usual, states: { ready: 2, delayed: 1, reserved: 2 } },
      { queue: { ...usual, prefix: '', name: 'alone' }, states: { ready: 1 } },
      { queue: { ...usual, prefix: 'shop-', name: '{later}' }, states: { delayed: 1 } },
      { queue: { ...usual, prefix: '', name: 'drained' }, states: {} },
    ]
  },
  cost: { sampleCommands: 4, pageTrips: 1, jobTrips: 1 },
})

interface Recorded {
  version: string
  origin: string
  jobs: {
    state: string
    score?: number
    payload: string
    summary: Partial<JobSummary>
    fields: Record<string, string>
  }[]
}

const folder = new URL('../../../test/recorded/', import.meta.url)
const recordings = readdirSync(folder)
  .filter((file) => /^laravel-.*\.json$/.test(file))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recorded)

describe('laravel', () => {
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

  it.each(recordings)('reads what $version stores', async ({ jobs }) => {
    for (const { state, score, payload: stored, summary, fields } of jobs) {
      await redis.flushall()
      const queue = queueNamed('recorded')
      if (!isState(state)) throw new Error(state)
      if (score === undefined) await redis.rpush(keyOfState(queue, state), stored)
      else await redis.zadd(keyOfState(queue, state), score, stored)
      const found = await laravel.detect(await seenKeys(redis), { queues: [], trackedPrefix: '' }, reader)
      expect(found.map((each) => each.queue)).toEqual([queue])
      const [row] = (await laravel.page(reader, queue, state, { offset: 0, limit: 10 })).jobs
      expect(row).toMatchObject(summary)
      const detail = await laravel.job(reader, queue, state, row?.ref ?? '', false)
      expect(detail?.payload.text).toBe(stored)
      expect(Object.fromEntries(detail?.fields.map(({ label, value }) => [label, value]) ?? [])).toMatchObject(fields)
    }
  })

  it('was recorded from more than one version', () => {
    expect(recordings.length).toBeGreaterThanOrEqual(4)
  })

  it('marks reserved jobs whose time is over, and delayed ones that nobody moves', async () => {
    const queue = queueNamed('late')
    const now = Math.floor(Date.now() / 1000)
    await redis.zadd(keyOfState(queue, 'reserved'), now - 1, payload(1), now + 60, payload(2))
    await redis.zadd(keyOfState(queue, 'delayed'), now - 3600, payload(3), now - 5, payload(4))
    const badges = async (state: string) =>
      (await laravel.page(reader, queue, state, { offset: 0, limit: 10 })).jobs.map((row) => row.badges)
    expect(await badges('reserved')).toEqual([['overdue'], []])
    expect(await badges('delayed')).toEqual([['overdue'], []])
  })

  it('tells how old the next job is where it says when it was pushed, behind a large command too', async () => {
    const queue = queueNamed('aged')
    const born = `{"job":"X@call","uuid":"u","data":{"command":"${'x'.repeat(20_000)}","createdAt":5},"createdAt":1764547200,"id":"i","attempts":4}`
    await redis.rpush(keyOfState(queue, 'ready'), born)
    const plan = laravel.sample([queue])
    const [reading] = plan.read(await reader.pipeline(plan.commands), Date.now())
    expect(reading?.head).toEqual({
      createdAt: 1_764_547_200_000,
      fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    const [row] = (await laravel.page(reader, queue, 'ready', { offset: 0, limit: 1 })).jobs
    expect(row).toMatchObject({ attempts: 4, createdAt: 1_764_547_200_000 })
  })

  it('lists and opens a job whose serialized command is hostile', async () => {
    const queue = queueNamed('hostile')
    const commands = [
      `O:1:"A":1:{s:1:"a";${'a:1:{i:0;'.repeat(50_000)}`,
      'O:999999999:"A":999999999:{',
      'O:1:"A":1:{s:999999999:"a";i:1;}',
      'O:1:"A":2:{s:1:"a";r:1;s:1:"b";R:99999;}',
      '\u0000'.repeat(1000),
    ]
    for (const command of commands) {
      const stored = { ...JSON.parse(payload(1)), data: { commandName: 'A', command } }
      await redis.rpush(keyOfState(queue, 'ready'), JSON.stringify(stored))
    }
    const { jobs } = await laravel.page(reader, queue, 'ready', { offset: 0, limit: 10 })
    expect(jobs.map(({ name }) => name)).toEqual(Array(5).fill('App\\Jobs\\SendReceipt'))
    for (const { ref } of jobs) {
      const fields = (await laravel.job(reader, queue, 'ready', ref, true))?.fields
      expect(fields).toContainEqual({ label: 'Class', value: 'A', mono: true })
    }
  })

  it('believes a lone list only when it holds what Laravel writes', async () => {
    await redis.rpush('queues:groceries', '{"displayName":"milk"}')
    await redis.rpush('queues:old', '{"job":"Handler@fire","data":[],"attempts":1}')
    await redis.rpush('queues:string', '{"job":"Handler@fire","displayName":"Handler","data":[]}')
    await redis.rpush('queues:odd:notify', 'hello')
    const found = await laravel.detect(await seenKeys(redis), { queues: [], trackedPrefix: '' }, reader)
    expect(found.map(({ queue }) => queue.name)).toEqual(['string'])
  })

  it('takes names for what they are when it may not look inside', async () => {
    const refusing: Reader = {
      pipeline: async (commands) => commands.map(() => new Error("NOPERM this user has no permissions to run 'eval'")),
      call: reader.call,
    }
    const keys = ['queues:a', 'app_database_queues:b', 'myqueues:c'].map((key) => ({ key, type: 'list' }))
    const found = await laravel.detect(keys, { queues: [], trackedPrefix: '' }, refusing)
    expect(found.map(({ queue }) => queue.name)).toEqual(['a', 'b'])
  })

  it('knows a queue that a person named, once', async () => {
    await redis.rpush('queues:mail', payload(1))
    const hints = { queues: [{ system: 'laravel', prefix: '', name: 'mail' }], trackedPrefix: '' }
    const found = await laravel.detect(await seenKeys(redis), hints, reader)
    expect(found).toEqual([{ queue: { system: 'laravel', prefix: '', name: 'mail' }, evidence: 'named by hand' }])
  })
})
