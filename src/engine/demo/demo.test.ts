import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, openTestConnection, quick } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { queueKey, type SystemId } from '../../domain/queue.ts'
import { systemOf, systems } from '../../systems/registry.ts'
import { findOverruns } from '../policies/find-overruns.ts'
import { messagingSettings } from '../pool/handlers/settings.ts'
import { createPools } from '../pool/pools.ts'
import type { Dedicated } from '../redis/connection.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import type { Actor } from './actor.ts'
import { bullActor } from './bull.ts'
import { bullmqActor } from './bullmq.ts'
import { type Demo, demoPolicies, demoPools, fillCommands, startDemo } from './demo.ts'
import { horizonActor } from './horizon.ts'
import { httpJobsActor } from './http-jobs.ts'
import { laravelActor } from './laravel.ts'
import { messageProducer } from './messages.ts'
import { otherListsActor } from './other-lists.ts'
import { Random } from './random.ts'
import { requestsActor } from './requests.ts'

let redis: TestRedis
let connection: OpenConnection
const demos: Demo[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url, { builtIn: true })
})
afterEach(async () => {
  await Promise.all(demos.splice(0).map((demo) => demo.stop()))
  connection.close()
})

async function start(): Promise<Demo> {
  const demo = await startDemo({ connection, isPrivate: true })
  demos.push(demo)
  return demo
}

/** What each system finds in the keys that are there, and how it counts it. */
async function readings() {
  const names = await redis.client.keys('*')
  const keys = await Promise.all(names.map(async (key) => ({ key, type: await redis.client.type(key) })))
  const hints = { queues: [], trackedPrefix: 'local_request:', privateTargets: true }
  const all = await Promise.all(
    systems.map(async (system) => {
      const found = await system.detect(keys, hints, connection.reader)
      const plan = system.sample(found.map(({ queue }) => queue))
      return plan.read(await connection.reader.pipeline(plan.commands), Date.now())
    }),
  )
  return all.flat()
}

describe('the demo', () => {
  it('writes to the private Redis alone', async () => {
    await expect(startDemo({ connection, isPrivate: false })).rejects.toMatchObject({ code: 'READ_ONLY' })
    connection.update({ ...connection.profile, builtIn: false })
    await expect(startDemo({ connection, isPrivate: true })).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect(await redis.client.dbsize()).toBe(0)
  })

  it('fills the same at every first start, times apart', () => {
    const now = Date.now()
    expect(fillCommands(now)).toEqual(fillCommands(now))
  })

  it('holds queues of all systems, which each of them finds, counts and has no trouble with', async () => {
    await redis.client.pipeline(fillCommands(Date.now()).map(([name, ...args]) => ['call', name, ...args])).exec()
    const found = await readings()
    const named = (system: SystemId) =>
      found.filter(({ queue }) => queue.system === system).map(({ queue }) => `${queue.prefix}|${queue.name}`)
    expect(named('plain-list').sort()).toEqual(
      ['Rapports été', 'email', 'invoice:eu', 'push', 'sms', 'webhooks'].map((name) => `queue:|${name}`),
    )
    expect(named('http-jobs')).toHaveLength(1)
    expect(named('request-tracker')).toHaveLength(1)
    expect(named('laravel').sort()).toEqual(
      ['bulk', 'exports', 'maintenance', 'notifications', 'payments', 'reports'].map(
        (name) => `laravel_database_|${name}`,
      ),
    )
    expect(named('horizon')).toEqual(['laravel_horizon:|laravel'])
    expect(named('bull')).toEqual(['bull|csv-uploads'])
    expect(named('bullmq')).toEqual(['bull|pdf-statements'])
    for (const { queue, states, problem } of found) {
      expect(problem, queue.name).toBeNull()
      expect(
        Object.values(states).reduce((sum, count) => sum + count, 0),
        queue.name,
      ).toBeGreaterThan(0)
    }
    const bullmq = found.find(({ queue }) => queue.system === 'bullmq')
    for (const state of ['wait', 'prioritized', 'delayed', 'active', 'waiting-children', 'failed', 'completed']) {
      expect(bullmq?.states[state], state).toBeGreaterThan(0)
    }
  })

  it('has jobs that open, and odd ones among them', async () => {
    await redis.client.pipeline(fillCommands(Date.now()).map(([name, ...args]) => ['call', name, ...args])).exec()
    for (const { queue, states } of await readings()) {
      const system = systemOf(queue.system)
      for (const state of Object.keys(states).filter((state) => (states[state] ?? 0) > 0)) {
        const page = await system.page(connection.reader, queue, state, { offset: 0, limit: 5 })
        const first = page.jobs[0]
        if (first === undefined) continue // requests that expired have no page
        expect(
          await system.job(connection.reader, queue, state, first.ref, false),
          `${queue.name} ${state}`,
        ).not.toBeNull()
      }
    }
    const queue = { system: 'plain-list', prefix: 'queue:', name: 'webhooks' } as const
    const page = await systemOf('plain-list').page(connection.reader, queue, 'waiting', { offset: 0, limit: 50 })
    const badges = new Set(page.jobs.flatMap((job) => job.badges))
    expect([...badges].sort()).toEqual(['binary', 'invalid-json', 'large'])
    expect(Math.max(...page.jobs.map(({ bytes }) => bytes))).toBeGreaterThan(1_800_000)
  })

  it('has Laravel channels whose jobs are configured as their policies say, some of them outside', async () => {
    await redis.client.pipeline(fillCommands(Date.now()).map(([name, ...args]) => ['call', name, ...args])).exec()
    const found = await readings()
    const laravel = systemOf('laravel')
    const seen = new Set<string>()
    for (const { queue, policy } of demoPolicies()) {
      const states = found.find((reading) => queueKey(reading.queue) === queueKey(queue))?.states
      expect(states, queue.name).toBeDefined()
      for (const state of ['ready', 'delayed', 'reserved']) {
        const { jobs } = await laravel.page(connection.reader, queue, state, { offset: 0, limit: 100 })
        for (const { ref, name, maxAttempts } of jobs) {
          expect(maxAttempts).toBe(policy.tries)
          const job = await laravel.job(connection.reader, queue, state, ref, true)
          const value = (label: string) => job?.fields.find((field) => field.label === label)?.value
          expect(value('Time limit')).toBe(`${policy.timeoutSeconds} s`)
          expect(value('Back-off')).toBe(
            policy.backoffSeconds.length === 0 ? undefined : `${policy.backoffSeconds.join(',')} s`,
          )
          expect(value('Class')).toBe(name)
          expect(value('Property queue')).toBe(queue.name)
          seen.add(`${queue.name} ${name?.split('\\').at(-1)}`)
        }
      }
    }
    expect([...seen].sort()).toEqual([
      'bulk SendEmailJob',
      'exports ExportCampaignsJob',
      'exports ExportDonationsJob',
      'maintenance CleanupExpiredDataJob',
      'notifications SendEmailJob',
      'notifications SendPaymentConfirmationJob',
      'payments ProcessDonationJob',
      'payments ProcessPaymentWebhookJob',
      'payments RefundProcessingJob',
      'reports GenerateReportJob',
    ])
    const overruns = await findOverruns(connection.reader, demoPolicies(), found, systemOf)
    expect(overruns.map(({ queue, jobs }) => [queue.name, jobs]).sort()).toEqual([
      ['bulk', 2],
      ['maintenance', 1],
    ])
  })

  it('goes on from where it was when it is started again', async () => {
    await (await start()).stop()
    const before = await redis.client.get('sluice:demo')
    await redis.client.del('queue:webhooks')
    await start()
    expect(await redis.client.get('sluice:demo')).toBe(before)
    expect(await redis.client.exists('queue:webhooks')).toBe(0)
  })

  it('moves: requests tell of their progress, uploads and queues go on, workers show themselves', async () => {
    await start()
    const listener = new Redis(redis.url, { protocol: 2 })
    const heard = new Set<string>()
    listener.on('pmessage', (pattern: string) => heard.add(pattern))
    await listener.psubscribe('local_request_updates:*', 'bull:csv-uploads:progress')
    const { client } = redis
    const lastEvent = () => client.xrevrange('bull:pdf-statements:events', '+', '-', 'COUNT', 1)
    const first = await lastEvent()
    const done = await client.llen('job_queue:completed')
    const pushed = await client.lindex('queue:push', 0)
    await eventually('requests and uploads progress', () => heard.size === 2)
    await eventually('calls are made', async () => (await client.llen('job_queue:completed')) > done)
    await eventually('pushes go out', async () => (await client.lindex('queue:push', 0)) !== pushed)
    await eventually('statements are rendered', async () => JSON.stringify(await lastEvent()) !== JSON.stringify(first))
    const clients = String(await client.client('LIST'))
    expect(clients).toContain('name=bull:Y3N2LXVwbG9hZHM=')
    expect(clients).toContain('name=bull:cGRmLXN0YXRlbWVudHM=:w:renderer-1')
    listener.disconnect()
  })

  it('is served by its pools', async () => {
    await start()
    const pools = createPools({
      ...{ getConnection: () => connection, settings: messagingSettings({}, 5), timing: quick },
      startProcesses() {
        throw new Error('No handler of the demo has processes of its own.')
      },
    })
    for (const config of demoPools('test')) await pools.start(config)
    await eventually('messages are shown', () => pools.messages(null).length >= 60)
    expect(new Set(pools.messages(null).map(({ channel }) => channel))).toEqual(new Set(['email', 'sms']))
    await pools.close()
  })
})

describe('a demo that is left on', () => {
  const actors: [string, () => Actor][] = [
    ['messages', messageProducer],
    ['other lists', otherListsActor],
    ['http jobs', httpJobsActor],
    ['requests', requestsActor],
    ['laravel', laravelActor],
    ['horizon', horizonActor],
    ['bull', bullActor],
    ['bullmq', bullmqActor],
  ]
  let writer: Dedicated
  beforeEach(async () => {
    writer = await connection.dedicated('demo')
    await writer.pipeline(fillCommands(Date.now()))
  })

  /** No list, set or hash holds more than this, and there are no more keys, however long it runs. */
  it.each(actors)('stays small: %s', async (_name, make) => {
    const random = new Random(7)
    let now = Date.now()
    const size = async () => {
      const script = `local most = 0
        for _, key in ipairs(redis.call('KEYS', '*')) do
          local kind = redis.call('TYPE', key).ok
          local count = { list = 'LLEN', zset = 'ZCARD', set = 'SCARD', hash = 'HLEN', stream = 'XLEN' }
          if count[kind] then most = math.max(most, redis.call(count[kind], key)) end
        end
        return { redis.call('DBSIZE'), most }`
      return (await redis.client.eval(script, 0)) as [number, number]
    }
    let actor = make()
    for (let turn = 0; turn < 700; turn++) {
      if (turn === 350) actor = make() // a restart in between
      now += actor.everyMs * 8
      await actor.turn(writer, random, now)
    }
    const [keys, most] = await size()
    expect(keys).toBeLessThan(900)
    expect(most).toBeLessThan(1_300)
  })
})
