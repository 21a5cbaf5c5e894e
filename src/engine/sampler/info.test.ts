import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { redisStatsSchema } from '../../domain/sample.ts'
import { canEvictQueues, parseInfo } from './info.ts'

describe('parseInfo', () => {
  let server: TestRedis
  beforeAll(async () => {
    server = await startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru')
  })
  afterAll(() => server?.stop())

  it('reads what a real server tells', async () => {
    await server.client.set('a', '1')
    await server.client.select(3)
    await server.client.set('b', '1')
    await server.client.set('c', '1')
    const { stats, rssBytes, usedMemoryHuman } = parseInfo(await server.client.info())
    expect(redisStatsSchema.parse(stats)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+/),
      maxMemoryBytes: 100 * 1024 * 1024,
      maxmemoryPolicy: 'allkeys-lru',
      policyCanEvictQueues: true,
      keys: 3,
      clients: 1,
      role: 'master',
    })
    expect(stats.usedMemoryBytes).toBeGreaterThan(100_000)
    expect(rssBytes).toBeGreaterThan(100_000)
    expect(usedMemoryHuman).toMatch(/^\d+(\.\d+)?[KM]$/)
  })
  it('makes the best of a server that tells little', () => {
    const { stats } = parseInfo('# Server\r\nredis_version:3.2\r\nbroken line\r\n')
    expect(redisStatsSchema.parse(stats)).toMatchObject({ version: '3.2', keys: 0, maxmemoryPolicy: 'unknown' })
  })
})

describe('canEvictQueues', () => {
  it.each([
    ['allkeys-lru', true],
    ['allkeys-lfu', true],
    ['allkeys-random', true],
    ['volatile-lru', false],
    ['volatile-ttl', false],
    ['noeviction', false],
    ['unknown', false],
  ])('%s: %s', (policy, can) => expect(canEvictQueues(policy)).toBe(can))
})
