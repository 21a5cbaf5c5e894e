import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { expectScanLikePage } from '../../../test/scan-like-page.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { httpJobs } from './index.ts'

const queue: QueueRef = { system: 'http-jobs', prefix: '', name: 'job_queue' }
const payloads = [
  '{"id":"a","api_url":"https://x.y/z?k=1","retry_count":1,"created_at":"2026-01-02T03:04:05Z","failed_at":"2026-01-02T03:05:05Z","error":"timeout"}',
  '{"id":"b","last_error":"late","started_at":"2026-01-02T03:04:05Z","completed_at":"0001-01-01T00:00:00Z"}',
  '{"id":"c","error_message":"x","error":null}',
  'bare-id',
  Buffer.from([0xff, 0x01]),
]

let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())

it('tells of each job what its page does', async () => {
  for (const state of ['ready', 'failed', 'completed']) await server.client.rpush(`job_queue:${state}`, ...payloads)
  await server.client.sadd('job_queue:processing', ...payloads)
  for (const [i, payload] of payloads.entries())
    await server.client.zadd('job_queue:delayed', 4_000_000_000 + i, payload)
  for (const state of ['ready', 'failed', 'completed', 'processing', 'delayed']) {
    await expectScanLikePage(server.client, httpJobs, queue, state, payloads)
  }
  expect(await httpJobs.scan(undefined as never, queue, 'nowhere', { chunk: 1, payloads: true }).next()).toMatchObject({
    done: true,
  })
})
