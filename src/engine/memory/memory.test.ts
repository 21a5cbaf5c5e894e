import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { memoryByQueue } from './memory-by-queue.ts'
import { redisStats } from './redis-stats.ts'

let server: TestRedis
let connection: TestConnection
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
})
afterEach(() => connection.close())

const queue = (name: string): QueueRef => ({ system: 'plain-list', prefix: 'queue:', name })
const usage = async (...keys: string[]) => {
  const sizes = await Promise.all(keys.map((key) => server.client.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

/** A system with one key a job: `jobs:N` hashes beside the list. */
const keyPerJob: QueueSystem = {
  ...plainList,
  async jobKeys(_reader, { name }, sampleSize) {
    const total = await server.client.llen(`queue:${name}`)
    return { total, keys: Array.from({ length: Math.min(total, sampleSize) }, (_, i) => `jobs:${name}:${i}`) }
  },
}

describe('memoryByQueue', () => {
  it('weighs all keys of every queue in two round trips', async () => {
    await server.client.rpush('queue:email', ...Array.from({ length: 500 }, (_, i) => 'x'.repeat(100) + i))
    await server.client.rpush('queue:email:dlq', 'dead')
    await server.client.rpush('queue:sms', 'x')
    const before = await writeCalls(server.client)
    const trips = connection.reader.trips
    const memory = await memoryByQueue(connection.reader, [queue('email'), queue('sms'), queue('gone')], [plainList])
    expect(connection.reader.trips).toBe(trips + 2)
    expect(memory.map(({ queue: { name }, jobs, estimated }) => [name, jobs, estimated])).toEqual([
      ['email', 501, false],
      ['sms', 1, false],
      ['gone', 0, false],
    ])
    const exact = await usage('queue:email', 'queue:email:dlq')
    expect(memory[0]?.bytes).toBeGreaterThan(exact * 0.8)
    expect(memory[0]?.bytes).toBeLessThan(exact * 1.2)
    expect(memory[2]?.bytes).toBe(0)
    expect(await writeCalls(server.client)).toEqual(before)
  })

  it('weighs some of the jobs’ own keys, reckons the rest from them, and says so', async () => {
    for (let i = 0; i < 200; i++) {
      await server.client.rpush('queue:many', String(i))
      await server.client.hset(`jobs:many:${i}`, 'data', 'x'.repeat(1000))
    }
    await server.client.rpush('queue:few', '0')
    await server.client.hset('jobs:few:0', 'data', 'x'.repeat(1000))
    const [many, few, none] = await memoryByQueue(
      connection.reader,
      [queue('many'), queue('few'), queue('none')],
      [keyPerJob],
    )
    const one = await usage('jobs:many:7')
    expect(many?.estimated).toBe(true)
    expect(many?.bytes).toBeGreaterThan(200 * one * 0.9)
    expect(many?.bytes).toBeLessThan(200 * one * 1.2 + 10_000)
    expect(few).toMatchObject({ estimated: false, jobs: 1 })
    expect(none).toMatchObject({ estimated: false, bytes: 0 })
  })

  it('refuses in a sentence where the user may not weigh keys', async () => {
    await server.client.rpush('queue:email', 'x')
    const limited = await openAsUser(server, ['-memory'])
    await expect(memoryByQueue(limited.reader, [queue('email')], [plainList])).rejects.toMatchObject({
      code: 'NO_PERMISSION',
      message: 'This Redis user may not run MEMORY USAGE.',
    })
    limited.close()
  })
})

describe('redisStats', () => {
  it('answers as the old helper did', async () => {
    await server.client.set('a', '1')
    const { keys_count, memory_used, connected_clients, info } = await redisStats(connection.masters())
    expect(keys_count).toBe(1)
    expect(memory_used).toMatch(/^\d+(\.\d+)?[KMG]$/)
    expect(connected_clients).toBe(info.clients)
    expect(info.clients).toBeGreaterThanOrEqual(2)
  })
  it('refuses in a sentence where the user may not run INFO', async () => {
    const limited = await openAsUser(server, ['-info'])
    await expect(redisStats(limited.masters())).rejects.toMatchObject({ code: 'NO_PERMISSION' })
    limited.close()
  })
})
