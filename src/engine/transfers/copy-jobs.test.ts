import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef, SystemId } from '../../domain/queue.ts'
import { firstRules } from '../../domain/redaction/first-rules.ts'
import { systemOf } from '../../systems/registry.ts'
import { type Copy, copierOf } from './copy-jobs.ts'

const queueOf = (system: SystemId, name: string, prefix = ''): QueueRef => ({ system, prefix, name })
const at = 1_700_000_000_000

describe('copying jobs to another environment', () => {
  let production: TestRedis
  let local: TestRedis
  let source: Redis
  let target: Redis

  beforeAll(async () => {
    production = await startRedis()
    local = await startRedis()
    source = production.client
    target = local.client
  })
  afterAll(async () => {
    await production?.stop()
    await local?.stop()
  })
  beforeEach(async () => {
    await source.flushall()
    await target.flushall()
  })

  function copyOf(from: QueueRef, state: string, into: QueueRef, more: Partial<Copy> = {}): Copy {
    return {
      from: { profile: 'Shop', system: systemOf(from.system), queue: from, state },
      into: { system: systemOf(into.system), queue: into },
      redaction: [],
      change: null,
      key: 'key',
      at,
      ...more,
    }
  }

  async function copied(copy: Copy, extra: readonly string[] = []) {
    const copier = copierOf(copy)
    if ('problem' in copier) throw new Error(copier.problem)
    const { system, queue, state } = copy.from
    const { jobs } = await system.page(testReader(source), queue, state, { offset: 0, limit: 100 })
    const items = await copier.read(testReader(source), [...jobs.map(({ ref }) => ref), ...extra])
    const outcome = await copier.add(testWriter(target), JSON.parse(JSON.stringify(items)) as typeof items)
    return { items, outcome }
  }

  it('redacts, changes and marks what it copies, as new jobs, and leaves the source as it was', async () => {
    const payload =
      '{"id":12345678901234567890,"user":{"email":"anna@example.com"},"attempts":5,"error":"x","failedAt":2}'
    await source.rpush('queue:mail:dlq', payload)
    const [from, into] = [queueOf('plain-list', 'mail', 'queue:'), queueOf('plain-list', 'mine', 'queue:')]
    const change = { type: 'assign', text: 'test = true' } as const
    const { items, outcome } = await copied(copyOf(from, 'dead', into, { redaction: firstRules, change }))
    expect(outcome).toMatchObject({ done: 1, missing: 0, refused: [] })
    expect(items[0]?.notes).toEqual(['test is new'])
    const made = await target.lindex('queue:mine', 0)
    expect(made).toMatch(
      /^{"id":12345678901234567890,"user":{"email":"redacted-\w{8}"},"attempts":0,"test":true,"sluice_copied_from":/,
    )
    expect(JSON.parse(made as string).sluice_copied_from).toMatchObject({ profile: 'Shop', queue: 'mail', at })
    expect(await source.lrange('queue:mail:dlq', 0, -1)).toEqual([payload])
  })

  it('says of each job what became of it', async () => {
    await source.rpush('queue:mail', '[1]', Buffer.from([0xff]), '{"__proto__":1}', 'no json')
    const copy = copyOf(queueOf('plain-list', 'mail', 'queue:'), 'waiting', queueOf('plain-list', 'mine', 'queue:'))
    const gone = `9:${'0'.repeat(40)}`
    const { items, outcome } = await copied(copy, [gone])
    expect(outcome).toMatchObject({ done: 3, missing: 1, gone: [gone] })
    expect(outcome.refused).toEqual([{ ref: items[1]?.ref, reason: expect.stringContaining('not text') }])
    expect(items[0]?.notes).toEqual([expect.stringContaining('no JSON object')])
    const made = await target.lrange('queue:mine', 0, -1)
    expect(made[0]).toBe('[1]')
    expect(made[1]).toMatch(/^{"__proto__":1,"sluice_copied_from":{/)
    expect(made[2]).toBe('no json')
  })

  it('copies a job of BullMQ with its name and lasting options, which the library itself reads', async () => {
    const connection = { host: '127.0.0.1', port: production.port }
    const queue = new Queue('mail', { connection })
    await queue.add('welcome', { to: 'x' }, { attempts: 7, backoff: { type: 'fixed', delay: 5 }, jobId: 'mine' })
    await queue.close()
    const ref = queueOf('bullmq', 'mail', 'bull')
    const { outcome } = await copied(copyOf(ref, 'wait', ref))
    expect(outcome).toMatchObject({ done: 1, refused: [] })
    const there = new Queue('mail', { connection: { ...connection, port: local.port } })
    const [job] = await there.getJobs(['waiting'])
    await there.close()
    expect(job).toMatchObject({ name: 'welcome', opts: { attempts: 7, backoff: { type: 'fixed', delay: 5 } } })
    expect(job?.id).not.toBe('mine')
    expect(job?.data).toMatchObject({ to: 'x', sluice_copied_from: { id: 'mine', queue: 'mail' } })
  })

  it('copies an HTTP job as a new call, and not what is kept elsewhere', async () => {
    const message =
      '{"id":"job_1","api_url":"https://a.b/c","retry_count":3,"max_retry_count":3,"error":"x","failed_at":"2026-01-01T00:00:00Z"}'
    await source.rpush('job_queue:failed', message, 'bare-id')
    const ref = queueOf('http-jobs', 'job_queue')
    const { outcome } = await copied(copyOf(ref, 'failed', ref))
    expect(outcome).toMatchObject({ done: 1, refused: [{ reason: expect.stringContaining('no payload') }] })
    const made = JSON.parse((await target.lindex('job_queue:ready', 0)) as string)
    expect(made).toMatchObject({ retry_count: 0, api_url: 'https://a.b/c' })
    expect(made.id).not.toBe('job_1')
    expect(made.error).toBeUndefined()
  })

  it('says why nothing can be copied', () => {
    const problem = (copy: Copy) => {
      const made = copierOf(copy)
      return 'problem' in made ? made.problem : null
    }
    const list = queueOf('plain-list', 'a')
    expect(problem(copyOf(list, 'dead', queueOf('bull', 'a')))).toBe(
      'Jobs of Plain list queues cannot run in Bull queues.',
    )
    const tracker = queueOf('request-tracker', 'local_request')
    expect(problem(copyOf(tracker, 'failed', tracker))).toContain('take no new jobs')
    expect(problem(copyOf(list, 'dead', list, { change: { type: 'assign', text: 'x' } }))).toContain('Line 1')
    expect(problem(copyOf(list, 'dead', list, { redaction: [{ type: 'path', find: '..', with: null }] }))).toContain(
      '..',
    )
  })
})
