import Bull from 'bull'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testProfile } from '../../../../test/connection.ts'
import { RunningClock } from '../../../../test/running-clock.ts'
import { type Sentinels, startSentinels } from '../../../../test/servers/sentinels.ts'
import { asSluiceError, SluiceError } from '../../../domain/errors.ts'
import { type OpenConnection, openConnection } from '../open-connection.ts'
import { reachOf } from './reach.ts'

const push = { name: 'push', lua: "return redis.call('RPUSH', KEYS[1], ARGV[1])" }
const secrets: Record<string, string> = { password: 'canary-redis', sentinelPassword: 'canary-sentinel' }
let sentinels: Sentinels
let connection: OpenConnection

beforeAll(async () => {
  sentinels = await startSentinels({
    password: secrets.password ?? '',
    sentinelPassword: secrets.sentinelPassword ?? '',
  })
  const [first, ...others] = sentinels.ports.map((port) => ({ host: '127.0.0.1', port }))
  const profile = testProfile(
    { url: `redis://127.0.0.1:${first?.port}` },
    { topology: { kind: 'sentinel', master: 'mymaster', others, username: null, tls: false } },
  )
  const ssh = {
    dial: async () => {
      throw new SluiceError('INTERNAL')
    },
  }
  connection = openConnection({
    profile,
    reach: reachOf({ profile, secret: async (name) => secrets[name] ?? null, ssh }),
  })
  await connection.tried
})
afterAll(async () => {
  connection.close()
  await sentinels.stop()
})

/** What a server holds of a list, over its plain client. */
async function listAt(port: number, key: string): Promise<string[]> {
  const server = sentinels.servers.find((each) => each.port === port)
  return (await server?.client.lrange(key, 0, -1)) ?? []
}

/** How many clients of the libraries a server has. */
async function poolClientsAt(port: number): Promise<number> {
  const server = sentinels.servers.find((each) => each.port === port)
  return String(await server?.client.client('LIST')).split('name=sluice:pool ').length - 1
}

describe('a failover', () => {
  it('is followed while one reads and writes: nothing is written twice, and nothing hangs', async () => {
    const done: string[] = []
    const unknown: string[] = []
    const clock = new RunningClock()
    let slowest = 0
    let stop = false
    async function timed<T>(work: () => Promise<T>): Promise<T | SluiceError> {
      const started = clock.now()
      const result = await work().catch(asSluiceError)
      slowest = Math.max(slowest, clock.now() - started)
      return result
    }
    async function write() {
      for (let at = 0; !stop; at++) {
        const result = await timed(async () => connection.writer().run(push, ['written'], [`w${at}`]))
        if (!(result instanceof SluiceError)) done.push(`w${at}`)
        else if (result.code === 'OUTCOME_UNKNOWN') unknown.push(`w${at}`)
        if (result instanceof SluiceError) await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    async function read() {
      while (!stop) {
        await timed(() => connection.reader.pipeline([['LLEN', 'written']]))
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    const running = [write(), read()]
    await expect.poll(() => done.length).toBeGreaterThan(20)
    const port = await sentinels.failover()
    await expect.poll(() => connection.status().servers).toEqual([`127.0.0.1:${port}`])
    const before = done.length
    await expect.poll(() => done.length).toBeGreaterThan(before + 20)
    stop = true
    await Promise.all(running)
    clock.stop()

    const kept = await listAt(port, 'written')
    expect(new Set(kept).size).toBe(kept.length)
    // What the old master took and could not pass on is lost with it; nothing is there that nobody wrote.
    expect(kept.every((each) => done.includes(each) || unknown.includes(each))).toBe(true)
    expect(kept).toContain(done.at(-1))
    expect(slowest).toBeLessThan(10_000)
    expect(connection.status()).toMatchObject({ status: 'ready', problem: null })
  })

  it('is followed by the workers of bull and bullmq', async () => {
    const options = await connection.clientOptions('pool', () => true)
    const seen: string[] = []
    const work = (job: { name: string; data: unknown }) => void seen.push((job.data as { at: string }).at)
    const old = new Bull('old', { redis: options })
    old.on('error', () => {})
    void old.process(async (job) => work(job)).catch(() => {})
    const queue = new Queue('new', { connection: options })
    queue.on('error', () => {})
    const worker = new Worker('new', async (job) => work(job), { connection: options, drainDelay: 1 })
    worker.on('error', () => {})
    try {
      await Promise.all([old.add({ at: 'bull before' }), queue.add('x', { at: 'bullmq before' })])
      await expect.poll(() => [...seen].sort()).toEqual(['bull before', 'bullmq before'])

      const clients = await poolClientsAt(await sentinels.masterPort())
      expect(clients).toBeGreaterThan(3)
      const port = await sentinels.failover()
      // Until the old master hears of it, what it takes is lost with it: that is so with any client of Sentinels.
      await expect.poll(() => poolClientsAt(port)).toBe(clients)
      await Promise.all([old.add({ at: 'bull after' }), queue.add('x', { at: 'bullmq after' })])
      await expect.poll(() => seen.length).toBe(4)
      expect([...seen].sort()).toEqual(['bull after', 'bull before', 'bullmq after', 'bullmq before'])
      const server = sentinels.servers.find((each) => each.port === port)
      await expect.poll(() => server?.client.zcard('bull:new:completed')).toBe(2)
      await expect.poll(() => server?.client.zcard('bull:old:completed')).toBe(2)
    } finally {
      await Promise.allSettled([old.close(true), worker.close(true), queue.close()])
    }
  })
})
