import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { patience } from '../../test/patience.ts'
import { startRedis } from '../../test/redis.ts'
import type { FailureSurvey } from '../domain/failure.ts'
import { channelPolicies } from '../domain/policy.ts'
import { type PoolConfig, poolDefaults } from '../domain/pool.ts'
import { usualDraft } from '../domain/profile.ts'
import { systemIds } from '../domain/queue.ts'
import { createEngine, type Engine, type EngineOptions } from './engine.ts'
import { forkNodeProcess } from './processes/fork-process.ts'
import { memorySecretStore } from './profiles/secret-store.ts'
import { snapshot } from './snapshot-command.ts'

let folder: string
let engine: Engine | null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-engine-'))
  engine = null
})
afterEach(async () => {
  await engine?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(demo: boolean, api: EngineOptions['api'] = null) {
  engine = await createEngine({
    dataFolder: folder,
    secrets: memorySecretStore(),
    shell: 'browser',
    demo,
    notices: [],
    platform: process.platform,
    version: '0.0.0',
    fork: forkNodeProcess,
    runner: 'handler-runner.js', // no test here runs a handler
    api,
  })
  return createRouterClient(engine.router)
}

const draft = { ...usualDraft, name: 'Shop', environment: 'staging' as const }

/** A job that calls a server which answers nobody, and workers for it. */
const hungCall = (port: number) => `{"id":"9","api_url":"http://127.0.0.1:${port}/"}`
const httpPool = (connectionId: string): PoolConfig => ({
  ...poolDefaults,
  connectionId,
  system: 'http-jobs',
  queuePrefix: '',
  queueName: 'job_queue',
  handler: 'http',
  scale: { by: 'fixed', count: 1 },
})

describe('the whole engine', () => {
  it('opens on its private Redis with queues of all systems when it is a demo, and tells them live', async () => {
    const client = await start(true)
    const stop = new AbortController()
    const events = await client.telemetry.watch({}, { signal: stop.signal })
    const seen = new Set<string>()
    for await (const event of events) {
      const samples = event.type === 'snapshot' ? event.samples : event.type === 'sample' ? [event.sample] : []
      for (const { queues } of samples)
        for (const { queue, kinds } of queues) {
          if (Object.values(kinds).some((jobs) => jobs > 0)) seen.add(queue.system)
        }
      if (seen.size === systemIds.length) break
    }
    stop.abort()
    expect([...seen].sort()).toEqual([...systemIds].sort())
    expect((await client.pools.messages({ poolId: null })).length).toBeGreaterThanOrEqual(0)
    expect(engine?.statusLine(true)).toMatch(/^1 connection, \d+ queues, [\d,]+ jobs waiting, [\d,]+ done a minute$/)
    let survey: FailureSurvey | null = null
    for await (const event of await client.failures.survey({ connectionId: null, budget: 100 })) survey = event
    expect(survey).toMatchObject({ status: 'done', problems: [] })
    expect(survey?.scanned).toBeGreaterThan(survey?.groupCount ?? 0)
  })

  it('keeps policies of queues, of read-only profiles too, until their profile is removed', async () => {
    const client = await start(false)
    const url = 'redis://127.0.0.1:1'
    const { id: connectionId } = await client.profiles.save({ ...draft, readOnly: true, url })
    const queue = { system: 'laravel' as const, prefix: '', name: 'payments' }
    const policy = channelPolicies.payments
    expect(await client.policies.save({ connectionId, queue, policy })).toEqual({ queue, policy })
    expect(await client.policies.list({ connectionId })).toEqual([{ queue, policy }])
    const bad = { ...policy, priority: 11 }
    await expect(client.policies.save({ connectionId, queue, policy: bad })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    await expect(client.policies.save({ connectionId: 'nobody', queue, policy })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(client.policies.overruns({ connectionId })).rejects.toMatchObject({ code: 'NOT_OPEN' })
    await client.policies.remove({ connectionId, queue })
    expect(await client.policies.list({ connectionId })).toEqual([])
    await client.policies.save({ connectionId, queue, policy })
    await client.profiles.remove({ id: connectionId })
    await vi.waitFor(async () => expect(await client.policies.list({ connectionId })).toEqual([]), patience)
    expect(readFileSync(join(folder, 'policies.json'), 'utf8')).not.toContain(connectionId)
  })

  it('gives the channels of the demo their policies, and tells which of them have jobs that run too long', async () => {
    const client = await start(true)
    const policies = await client.policies.list({ connectionId: 'local' })
    expect(policies.map(({ queue, policy }) => [queue.name, policy.priority])).toEqual([
      ['payments', 10],
      ['notifications', 8],
      ['exports', 6],
      ['reports', 6],
      ['bulk', 2],
      ['maintenance', 1],
    ])
    const looking = new AbortController()
    const numbers = await client.telemetry.watch({}, { signal: looking.signal }) // nothing is counted while nobody looks
    for await (const { type } of numbers) {
      if (type !== 'sample') continue
      const overruns = await client.policies.overruns({ connectionId: 'local' })
      if (overruns.length < 2) continue
      expect(overruns.map(({ queue }) => queue.name).sort()).toEqual(['bulk', 'maintenance'])
      break
    }
    looking.abort()
  })

  it('answers as the old helpers did: stats, dead letters, retry by index and by content', async () => {
    const redis = await startRedis()
    try {
      const client = await start(false)
      const { id: connectionId } = await client.profiles.save({ ...draft, url: redis.url })
      await client.connections.open({ connectionId })
      const dead = (id: string) => `{"id":"${id}","attempts":3,"failedAt":"2026-01-01T00:00:00Z","error":"no"}`
      await redis.client.rpush('queue:email', '{"id":"w"}')
      await redis.client.sadd('queue:email:processing', '{"id":"p"}')
      await redis.client.rpush('queue:email:dlq', dead('a'), dead('b'), dead('c'))
      await client.telemetry.rescan({ connectionId })
      expect(await client.queues.stats({ connectionId })).toEqual({
        email: { pending: 1, processing: 1, dead_letter: 3 },
      })
      const name = 'email'
      expect(await client.queues.deadLetters({ connectionId, name, start: 1, limit: 1 })).toEqual({
        total: 3,
        entries: [dead('b')],
      })
      await client.queues.retryDeadLetter({ connectionId, name, which: { index: 0 } })
      await client.queues.retryDeadLetter({ connectionId, name, which: { content: dead('c') } })
      expect(await redis.client.lrange('queue:email', 0, -1)).toEqual([
        '{"id":"w"}',
        '{"id":"a","attempts":0}',
        '{"id":"c","attempts":0}',
      ])
      expect(await redis.client.lrange('queue:email:dlq', 0, -1)).toEqual([dead('b')])
      await expect(client.queues.retryDeadLetter({ connectionId, name, which: { index: 9 } })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      const stats = await client.redis.stats({ connectionId })
      expect(stats.keys_count).toBe(3 + 2 * 3) // each retry left its trash entry, the jobs of it and its receipt
      expect(stats.memory_used).toMatch(/^[\d.]+[KMG]$/)
      expect(stats.connected_clients).toBeGreaterThan(0)
    } finally {
      await redis.stop()
    }
  })

  it('refuses bad input at the boundary, and tells errors by their code', async () => {
    const client = await start(false)
    const queue = { system: 'plain-list' as const, prefix: 'queue:', name: 'x' }
    await expect(
      client.queues.page({ connectionId: 'local', queue, state: 'dead', offset: 0, limit: 100_000 }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(
      client.queues.page({ connectionId: 'nobody', queue, state: 'dead', offset: 0, limit: 10 }),
    ).rejects.toMatchObject({ code: 'NOT_OPEN', data: { retryable: false } })
  })

  it('writes a password into no file, and gives none back', async () => {
    const redis = await startRedis('--requirepass', 'canary-7f3a')
    try {
      const client = await start(false)
      const saved = await client.profiles.save({ ...draft, url: redis.url.replace('//', '//:canary-7f3a@') })
      expect(JSON.stringify([saved, await client.profiles.list()])).not.toContain('canary')
      expect((await client.connections.open({ connectionId: saved.id })).status).toBe('ready')
      const wrong = { ...draft, url: redis.url, secrets: { password: 'canary-wrong' } }
      expect(JSON.stringify(await client.profiles.test(wrong))).not.toContain('canary')
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name)
        if (statSync(path).isFile()) expect(readFileSync(path, 'latin1'), name).not.toContain('canary')
      }
    } finally {
      await redis.stop()
    }
  })

  it('serves the HTTP API from its start when it is asked to, about a connection of a person’s if there is one', async () => {
    const token = 'the-same-from-start-to-start'
    const client = await start(false, { port: 0, token })
    const first = engine?.api
    expect(first).toMatchObject({ address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), token })
    expect(await client.api.status()).toEqual({ ...first, connectionId: 'local' })
    await client.connections.open({ connectionId: 'local' }) // until it is there, the answer is a 503
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${first?.address}/api/queues/stats`, { headers })
    expect([answer.status, await answer.json()]).toEqual([200, {}])
    await expect(client.api.start({ connectionId: 'local', port: 0, origins: [] })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    const redis = await startRedis()
    try {
      const { id: connectionId } = await client.profiles.save({ ...draft, url: redis.url })
      await client.connections.open({ connectionId })
      await engine?.close()
      await expect(fetch(`${first?.address}/health`)).rejects.toThrow()

      const port = Number(new URL(first?.address ?? '').port)
      const again = await start(false, { port })
      expect(engine?.api?.address).toBe(first?.address)
      expect(engine?.api?.token).not.toBe(token)
      expect(await again.api.status()).toMatchObject({ connectionId })
    } finally {
      await engine?.close()
      await redis.stop()
    }
  })

  it('goes on without the HTTP API where its port is taken, and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const client = await start(false, { port })
    expect(engine?.api).toBeNull()
    const { notices } = await client.app.info()
    expect(notices).toContainEqual(`The HTTP API is off: Port ${port} is taken: choose another.`)
    expect(await client.api.status()).toEqual({ address: null, token: null, connectionId: null })
    taken.close()
    await once(taken, 'close')
    expect(await client.api.start({ connectionId: 'local', port, origins: [] })).toMatchObject({
      address: `http://127.0.0.1:${port}`,
    })
  })

  it('gives running jobs back when a connection is closed, and when its profile is removed', async () => {
    const redis = await startRedis()
    try {
      const client = await start(false)
      const { id: connectionId } = await client.profiles.save({ ...draft, url: redis.url })
      await client.connections.open({ connectionId })
      const calls = createHttpServer().listen(0, '127.0.0.1') // answers nobody
      await once(calls, 'listening')
      const job = hungCall((calls.address() as AddressInfo).port)
      await redis.client.rpush('job_queue:ready', job)
      for (const close of [
        () => client.connections.close({ connectionId }),
        () => client.profiles.remove({ id: connectionId }),
      ]) {
        await client.connections.open({ connectionId })
        const called = once(calls, 'request')
        await client.pools.start({ config: httpPool(connectionId), savedId: null })
        await called
        expect(engine?.atWork()).toEqual({ jobs: 1, processes: 0 })
        await close()
        expect(engine?.atWork()).toEqual({ jobs: 0, processes: 0 })
        expect(await redis.client.lrange('job_queue:ready', 0, -1)).toEqual([job])
      }
      calls.closeAllConnections()
      calls.close()
    } finally {
      await redis.stop()
    }
  })

  it('closes in less time when it is asked to once more', async () => {
    const redis = await startRedis()
    const calls = createHttpServer().listen(0, '127.0.0.1') // answers nobody
    try {
      await once(calls, 'listening')
      const client = await start(false)
      const { id: connectionId } = await client.profiles.save({ ...draft, url: redis.url })
      await client.connections.open({ connectionId })
      const { port } = calls.address() as AddressInfo
      await redis.client.rpush('job_queue:ready', hungCall(port))
      const called = once(calls, 'request')
      await client.pools.start({ config: httpPool(connectionId), savedId: null })
      await called
      const closing = engine?.close(60_000)
      await engine?.close(0)
      await closing
      expect(await redis.client.lrange('job_queue:ready', 0, -1)).toEqual([hungCall(port)])
    } finally {
      calls.closeAllConnections()
      calls.close()
      await redis.stop()
    }
  })

  it('takes a snapshot of a Redis for scripts, and writes nothing to it', async () => {
    const redis = await startRedis()
    try {
      await redis.client.rpush('queue:email', '{"id":1,"createdAt":1700000000000}')
      await redis.client.rpush('queues:default', '{"uuid":"u","displayName":"Ok","job":"x@call","data":{}}')
      await redis.client.config('RESETSTAT')
      const document = await snapshot(redis.url)
      expect(document).toMatchObject({ partial: false, redis: { maxmemoryPolicy: 'noeviction' } })
      expect(document.queues.map(({ system, queue, kinds }) => [system, queue, kinds.waiting]).sort()).toEqual([
        ['laravel', 'default', 1],
        ['plain-list', 'email', 1],
      ])
      expect(document.queues.find(({ queue }) => queue === 'email')?.oldestAgeMs).toBeGreaterThan(0)
      const stats = await redis.client.info('commandstats')
      expect(stats).not.toMatch(/cmdstat_(set|del|rpush|lpush|hset|zadd|sadd|expire|publish):/)
    } finally {
      await redis.stop()
    }
  })
})
