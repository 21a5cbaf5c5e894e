import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bullmqPeer, fillBullmq } from '../../../test/peers/bullmq.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { bullmq } from './index.ts'

const live = bullmq.live?.({ system: 'bullmq', prefix: '', name: 'mail' })
if (live?.type !== 'stream') throw new Error('not a stream')
const { key, read } = live

describe.each([5, 6] as const)('what BullMQ %i tells in its stream', (version) => {
  let server: TestRedis
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  it('is told of each job', async () => {
    const peer = bullmqPeer(version, server.port, 'mail')
    const ids = await fillBullmq(peer)
    await peer.queue.pause()
    await peer.queue.add('ok', {}, { deduplication: { id: 'id' } })
    await (await peer.queue.getJob(ids.plain))?.remove()
    const entries = (await server.client.xrangeBuffer(key, '-', '+')) as [Buffer, Buffer[]][]
    await peer.close()
    const events = entries.map(([id, fields]) => read(String(id), fields))
    expect(events).not.toContain(null)
    expect(events).toHaveLength(entries.length)
    const of = (id: string) => events.filter((event) => event?.jobId === id).map((event) => event?.event)
    expect(of(ids.ok)).toEqual(['added', 'waiting', 'active', 'progress', 'completed'])
    expect(of(ids.boom).slice(-3)).toEqual(['progress', 'failed', 'retries-exhausted'])
    expect(of(ids.plain)).toEqual(['added', 'waiting', 'removed'])
    const told = (name: string, id: string | null) =>
      events.find((event) => event?.event === name && event.jobId === id)
    expect(told('added', ids.ok)).toEqual({
      at: Number(String(entries[0]?.[0]).split('-')[0]),
      jobId: ids.ok,
      event: 'added',
      detail: 'ok',
      progress: null,
    })
    expect(told('progress', ids.ok)).toMatchObject({ detail: '50', progress: 50 })
    expect(told('progress', ids.boom)).toMatchObject({ detail: '{"step":"half","of":2}', progress: null })
    expect(told('completed', ids.ok)?.detail).toBe(`{"done":"${ids.ok}","exact":"9007199254740993"}`)
    expect(told('failed', ids.boom)?.detail).toBe('boom at 1')
    expect(told('active', ids.ok)?.detail).toBe('was waiting')
    expect(told('waiting', ids.ok)?.detail).toBeNull()
    expect(told('delayed', ids.later)?.detail).toMatch(/^due 20\d\d-.*Z$/)
    expect(told('deduplicated', ids.unique)?.detail).toMatch(/^deduplicationId id, deduplicatedJobId \d+$/)
    expect(told('paused', null)).toMatchObject({ detail: null })
  })
})

describe('entries that nobody should have written', () => {
  const entry = (id: string, ...fields: string[]) =>
    read(
      id,
      fields.map((field) => Buffer.from(field)),
    )
  it('are passed over, or shown as they are', () => {
    expect(entry('1-0')).toBeNull()
    expect(entry('1-0', 'jobId', '7')).toBeNull()
    expect(entry('x-0', 'event', 'added')).toBeNull()
    expect(entry('7-0', 'event')).toBeNull()
    expect(entry('7-1', 'event', 'greeted', 'whom', 'Ada', 'odd')).toEqual({
      at: 7,
      jobId: null,
      event: 'greeted',
      detail: 'whom Ada',
      progress: null,
    })
    expect(entry('7-1', 'event', 'delayed', 'jobId', '1', 'delay', 'soon')?.detail).toBeNull()
    expect(entry('7-1', 'event', 'failed', 'jobId', '1', 'failedReason', 'x'.repeat(9000))?.detail).toHaveLength(300)
  })
})
