import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testProfile } from '../../../test/connection.ts'
import type { ConnectionStatus } from '../../domain/profile.ts'
import type { Command, Reply } from '../../systems/handles.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import type { Connection } from '../redis/connection.ts'
import { ConnectionLoop } from './connection-loop.ts'
import { HistoryKeeper } from './history-keeper.ts'

const ready: ConnectionStatus = {
  connectionId: 'test',
  status: 'ready',
  since: 0,
  problem: null,
  writable: true,
  unlockedUntil: null,
}

/** A Redis of the imagination, so that time can be turned by hand. */
function imaginary() {
  const trips: (readonly Command[])[] = []
  const redis = {
    trips,
    /** How long an answer takes, in ms. */
    delay: 0,
    status: ready,
    listener: (_status: ConnectionStatus) => {},
    answer: ([name]: Command): Reply => {
      const emptyScan = [Buffer.from('0'), [], Buffer.alloc(0)]
      return name === 'EVAL' ? emptyScan : Buffer.from('redis_version:7.0')
    },
    ticks: () => trips.filter((commands) => commands.some(([name]) => name === 'INFO')).length,
    sweeps: () => trips.filter((commands) => commands.some(([name]) => name === 'EVAL')).length,
  }
  const connection = {
    id: 'test',
    profile: testProfile({ url: '' }),
    status: () => redis.status,
    onStatus(listener: (status: ConnectionStatus) => void) {
      redis.listener = listener
      return () => {}
    },
    reader: {
      async pipeline(commands: readonly Command[]) {
        trips.push(commands)
        if (redis.delay > 0) await new Promise((resolve) => setTimeout(resolve, redis.delay))
        return commands.map(redis.answer)
      },
    },
  } as unknown as Connection
  const loop = new ConnectionLoop(connection, [plainList], new HistoryKeeper(null, () => {}), () => {})
  return { redis, loop }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('the pace of a loop', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is one tick a second while somebody watches, one in 5 s while somebody holds, and none otherwise', async () => {
    const { redis, loop } = imaginary()
    await pass(60_000)
    expect(redis.trips).toEqual([])
    loop.pace = 'watched'
    await pass(10_500)
    expect(redis.ticks()).toBe(11)
    loop.pace = 'held'
    await pass(25_000)
    expect(redis.ticks()).toBe(11 + 6)
    loop.pace = 'idle'
    await pass(60_000)
    expect(redis.ticks()).toBe(11 + 6)
    loop.pace = 'watched'
    await pass(1)
    expect(redis.ticks()).toBe(11 + 6 + 1)
    await loop.close()
  })

  it('is slower when ticks are slow, and no tick begins before the last one ended', async () => {
    const { redis, loop } = imaginary()
    redis.delay = 90
    loop.pace = 'watched'
    await pass(9500)
    expect(redis.ticks()).toBe(10)
    redis.delay = 400
    await pass(1000)
    const ticks = redis.ticks()
    await pass(40_000)
    expect(redis.ticks()).toBe(ticks + 10)
    redis.delay = 20_000
    await pass(30_000)
    const before = redis.ticks()
    await pass(90_000)
    expect(redis.ticks()).toBe(before + 3)
    await loop.close()
  })

  it('looks for queues every 15 s', async () => {
    const { redis, loop } = imaginary()
    loop.pace = 'watched'
    await pass(46_000)
    expect(redis.sweeps()).toBe(4)
    await loop.close()
  })

  it('asks nothing while Redis is away, and at once when it is back', async () => {
    const { redis, loop } = imaginary()
    loop.pace = 'watched'
    await pass(500)
    redis.status = { ...ready, status: 'reconnecting' }
    await pass(60_000)
    expect(redis.ticks()).toBe(1)
    redis.status = ready
    redis.listener(ready)
    await pass(1)
    expect(redis.ticks()).toBe(2)
    await loop.close()
  })

  it('backs off while Redis answers with errors', async () => {
    const { redis, loop } = imaginary()
    redis.answer = () => {
      throw new Error('out of order')
    }
    loop.pace = 'watched'
    await pass(30_500)
    expect(redis.ticks()).toBe(5) // after 0, 2, 6, 14 and 30 s
    await loop.close()
  })
})
