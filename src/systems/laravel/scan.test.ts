import { afterAll, beforeAll, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { expectScanLikePage } from '../../../test/scan-like-page.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { laravel } from './index.ts'

const queue: QueueRef = { system: 'laravel', prefix: 'shop_', name: 'mail' }
const payloads = [
  '{"uuid":"u1","displayName":"App\\\\Mail","job":"A@b","attempts":1,"createdAt":1700000000,"data":{}}',
  JSON.stringify({ uuid: 'u2', job: 'B', data: 'x'.repeat(9000), attempts: 2, pushedAt: '1700000000.1234' }),
  'no json',
]

let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())

it('tells of each job what its page does', async () => {
  await server.client.rpush('shop_queues:mail', ...payloads)
  for (const [i, payload] of payloads.entries()) {
    await server.client.zadd('shop_queues:mail:delayed', 4_000_000_000 + i, payload)
    await server.client.zadd('shop_queues:mail:reserved', 4_000_000_000 + i, payload)
  }
  for (const state of ['ready', 'delayed', 'reserved']) {
    await expectScanLikePage(server.client, laravel, queue, state, payloads)
  }
})
