import { afterAll, beforeAll, expect, it } from 'vitest'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { expectScanLikePage } from '../../../test/scan-like-page.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { plainList } from './index.ts'

const queue: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'mail' }
const payloads = [
  '{"id":12345678901234567890,"type":"mail","createdAt":1700000000000,"attempts":2}',
  '{"id":1,"error":"no\\nway","failedAt":"2026-01-02T03:04:05Z"}',
  '{"failed_at":1700000000,"error":null}',
  '{"error":{"message":"x"}}',
  JSON.stringify({ id: 'large', text: 'x'.repeat(3000) }),
  'no json',
  '{"cut":',
  Buffer.from([0xff, 0x00, 0x80]),
]

let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())

it('tells of each job what its page does', async () => {
  await server.client.rpush('queue:mail', ...payloads)
  await server.client.rpush('queue:mail:dlq', ...payloads)
  await server.client.sadd('queue:mail:processing', ...payloads)
  for (const [i, payload] of payloads.entries())
    await server.client.zadd('queue:mail:delayed', 1_700_000_000_000 + i, payload)
  for (const state of ['waiting', 'dead', 'active', 'delayed']) {
    await expectScanLikePage(server.client, plainList, queue, state, payloads)
  }
})

it('refuses a key of another type', async () => {
  await server.client.set('queue:odd', 'x')
  const walk = plainList.scan(testReader(server.client), { ...queue, name: 'odd' }, 'waiting', {
    chunk: 1,
    payloads: true,
  })
  await expect(walk.next()).rejects.toMatchObject({ code: 'WRONG_TYPE' })
})
