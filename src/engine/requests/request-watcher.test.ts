import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Reply } from '../../systems/handles.ts'
import { trackerOf } from '../../systems/request-tracker/keys.ts'
import type { Connection } from '../redis/connection.ts'
import type { RequestsEvent } from './request-events.ts'
import { RequestWatcher } from './request-watcher.ts'

/** A watcher on a Redis of the imagination, so that time can be turned by hand; and all that a quick reader gets. */
async function following() {
  let say = (_channel: string, _message: Buffer): void => {}
  const connection = {
    status: () => ({ status: 'ready' }),
    onStatus: () => () => {},
    reader: {
      pipeline: async (commands: readonly (readonly unknown[])[]) =>
        commands.map(([name]): Reply => (name === 'LRANGE' ? [] : name === 'PTTL' ? 1_000_000 : 0)),
    },
    async subscribe(_patterns: readonly string[], onMessage: typeof say) {
      say = onMessage
      return async () => {}
    },
  } as unknown as Connection
  const watcher = new RequestWatcher(connection, () => [trackerOf({ trackedPrefix: '' })])
  await watcher.first
  const batches: (RequestsEvent & { type: 'changes' })[] = []
  const stop = new AbortController()
  const reading = (async () => {
    for await (const event of watcher.feed.read(stop.signal)) if (event.type === 'changes') batches.push(event)
  })()
  return {
    batches,
    publish: (hash: string, fields: object) =>
      say(`local_request_updates:${hash}`, Buffer.from(JSON.stringify({ hash, status: 'processing', ...fields }))),
    sum: (of: (batch: RequestsEvent & { type: 'changes' }) => number) =>
      batches.reduce((sum, batch) => sum + of(batch), 0),
    async stop() {
      stop.abort()
      await reading
      watcher.stop()
    },
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('a flood of messages', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('leaves in ten batches a second, each with the newest of every request once', async () => {
    const { publish, batches, sum, stop } = await following()
    for (let ms = 0; ms < 1000; ms++) {
      for (let i = 0; i < 10; i++) publish(`r${i}`, { progress: ms / 10 })
      await pass(1)
    }
    await pass(100)
    expect(batches.length).toBeLessThanOrEqual(11)
    expect(sum(({ updates }) => updates)).toBe(10_000)
    for (const { changed } of batches) expect(new Set(changed.map(({ hash }) => hash)).size).toBe(changed.length)
    expect(batches.at(-1)?.changed.map(({ progress }) => progress)).toEqual(Array(10).fill(99.9))
    await stop()
  })

  it('is read in pieces when it is about many requests', async () => {
    const { publish, batches, sum, stop } = await following()
    for (let i = 0; i < 2500; i++) publish(`r${i}`, {})
    await pass(50)
    expect(sum(({ changed }) => changed.length)).toBe(1000)
    await pass(300)
    expect(batches.map(({ changed }) => changed.length)).toEqual([1000, 1000, 500])
    expect(sum(({ updates }) => updates)).toBe(2500)
    await stop()
  })

  it('is about 5,000 requests at most: those that ended leave first, then those written longest ago', async () => {
    const { publish, batches, stop } = await following()
    const known = new Map<string, string>()
    const flood = async (from: number, to: number, status: string) => {
      for (let i = from; i < to; i++) {
        publish(`r${i}`, { status })
        if (i % 1000 === 0) await pass(200)
      }
      await pass(1000)
      for (const { changed, gone } of batches.splice(0)) {
        for (const hash of gone) known.delete(hash)
        for (const request of changed) known.set(request.hash, request.status)
      }
    }
    const left = (status: string) => [...known.values()].filter((each) => each === status).length
    await flood(0, 3500, 'processing')
    await flood(3500, 4500, 'completed')
    await flood(4500, 5200, 'processing')
    expect(left('processing')).toBe(4200)
    expect(left('completed')).toBeLessThan(1000)
    await flood(5200, 7000, 'processing')
    expect(left('completed')).toBe(0)
    expect(known.size).toBeLessThanOrEqual(5000)
    expect(known.has('r0')).toBe(false)
    expect(known.has('r6999')).toBe(true)
    await stop()
  })

  it('costs nothing when it is over', async () => {
    const { publish, batches, stop } = await following()
    publish('r', {})
    await pass(1000)
    expect(batches).toHaveLength(1)
    await stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
