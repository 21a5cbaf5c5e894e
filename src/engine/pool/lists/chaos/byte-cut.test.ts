import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutEverywhere } from '../../../../../test/chaos/byte-cut.ts'
import { openTestConnection } from '../../../../../test/pool.ts'
import { startProxy, type TestProxy } from '../../../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import type { ListSystem } from '../../../../domain/pool.ts'
import type { OpenConnection } from '../../../redis/open-connection.ts'

let redis: TestRedis
let proxy: TestProxy
let direct: OpenConnection
let connection: OpenConnection

beforeAll(async () => {
  redis = await startRedis()
  proxy = await startProxy(redis.port)
  direct = await openTestConnection(redis.url)
  connection = await openTestConnection(`redis://127.0.0.1:${proxy.port}`)
})
afterAll(async () => {
  connection.close()
  direct.close()
  await proxy.close()
  await redis.stop()
})

/**
 * Every byte on one layout, every seventh on the other, whose steps differ by their keys and by what they keep of done
 * jobs; `npm run soak` takes every byte of both.
 */
const strides: readonly [ListSystem, number][] = [
  ['plain-list', 1],
  ['http-jobs', 7],
]

describe.each(strides)('a connection that is cut within a step, on %s', (system, stride) => {
  it('after any byte of the request or of the reply: each job is settled once, and runs once', async () => {
    const cuts = await cutEverywhere(redis, direct, connection, proxy, system, stride)
    expect(cuts).toBeGreaterThan(1000 / stride)
    expect(proxy.pendingCuts).toBe(0)
  }, 120_000)
})
