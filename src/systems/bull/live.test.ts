import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bullPeer, fillBull } from '../../../test/peers/bull.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { LiveEvent } from '../../domain/live.ts'
import { bull } from './index.ts'

const source = (name: string) => {
  const live = bull.live?.({ system: 'bull', prefix: 'bull', name })
  if (live?.type !== 'channels') throw new Error('not channels')
  return live
}

describe('what Bull publishes', () => {
  let server: TestRedis
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  it('is told of each job, and nothing of other queues', async () => {
    const { pattern, read } = source('mail')
    const listener = server.client.duplicate()
    const events: LiveEvent[] = []
    const others: string[] = []
    const last = new Promise<void>((resolve) => {
      listener.on('pmessageBuffer', (_: Buffer, channel: Buffer, message: Buffer) => {
        const event = read(String(channel), message, 1_700_000_000_000)
        if (event) events.push(event)
        else others.push(String(channel))
        if (event?.event === 'debounced') resolve()
      })
    })
    await listener.psubscribe(pattern)
    const within = bullPeer(server.port, 'mail:eu')
    await within.queue.add('ok', {})
    const peer = bullPeer(server.port, 'mail')
    const ids = await fillBull(peer)
    await peer.queue.pause()
    await peer.queue.resume()
    await peer.queue.add('ok', {}, { jobId: ids.custom })
    await peer.queue.add('ok', {}, { debounce: { id: 'id' } })
    await last
    await Promise.all([peer.close(), within.close()])
    listener.disconnect()

    const of = (id: string) => events.filter(({ jobId }) => jobId === id).map(({ event }) => event)
    expect(of(ids.ok)).toEqual(['waiting', 'active', 'progress', 'completed'])
    expect(of(ids.boom)).toEqual(['waiting', 'active', 'progress', 'active', 'progress', 'failed'])
    expect(of(ids.custom)).toEqual(['waiting', 'duplicated'])
    expect(of(ids.debounced)).toEqual(['waiting', 'debounced'])
    expect(events.filter(({ jobId }) => jobId === null).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['delayed', 'paused', 'resumed']),
    )
    const told = (event: string, jobId: string | null) =>
      events.find((each) => each.event === event && each.jobId === jobId)
    expect(told('progress', ids.ok)).toEqual({
      at: 1_700_000_000_000,
      jobId: ids.ok,
      event: 'progress',
      detail: '50',
      progress: 50,
    })
    expect(told('completed', ids.ok)?.detail).toBe(`{"done":"${ids.ok}","exact":"9007199254740993"}`)
    expect(told('failed', ids.boom)).toMatchObject({ detail: 'boom at 1', progress: null })
    for (const { event, detail } of events) if (event === 'delayed') expect(detail).toMatch(/^due 20\d\d-.*Z$/)
    expect(others.length).toBeGreaterThan(0)
    for (const channel of others) expect(channel).toMatch(/^bull:mail:eu:/)
  })

  it('may be anything, and is cut short', () => {
    const { read } = source('mail')
    const at = (channel: string, message: string | Buffer) => read(channel, Buffer.from(message), 1)
    expect(at('bull:mail:failed', `{"jobId":"1","val":"${'é🎈'.repeat(200)}"}`)?.detail).toHaveLength(300)
    expect(at('bull:mail:failed', `{"jobId":"1","val":"${'🎈'.repeat(149)}xyz🎈"}`)?.detail).toMatch(/xyz?$/u)
    expect(at('bull:mail:failed', `{"jobId":"1","val":"${'x'.repeat(299)}🎈"}`)?.detail).toBe('x'.repeat(299))
    expect(at('bull:mail:progress', '{"jobId":9007199254740993,"progress":{"step":1}}')).toMatchObject({
      jobId: '9007199254740993',
      detail: '{"step":1}',
      progress: null,
    })
    for (const message of ['', '{', '[]', 'null', Buffer.from([0xff, 0x00])]) {
      for (const event of ['completed', 'delayed', 'waiting@x', 'progress', 'drained']) {
        expect(() => at(`bull:mail:${event}`, message)).not.toThrow()
      }
    }
    for (const channel of ['', 'bull:mail:', 'bull:mail:7', 'bull:mail:constructor', 'bull:sms:completed']) {
      expect(at(channel, '1'), channel).toBeNull()
    }
  })

  it('is asked for by a pattern that means the name as it is', () => {
    expect(source('a*[b]?\\').pattern).toBe('bull:a\\*\\[b\\]\\?\\\\:*')
  })
})
