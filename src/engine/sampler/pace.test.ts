import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testProfile } from '../../../test/connection.ts'
import type { ConnectionStatus } from '../../domain/profile.ts'
import type { Command, Reply } from '../../systems/handles.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import type { Connection } from '../redis/connection.ts'
import { ConnectionLoop } from './connection-loop.ts'
import { HistoryKeeper } from './history-keeper.ts'
import { Pacing, untilNext } from './pace.ts'

const ready: ConnectionStatus = {
  connectionId: 'test',
  status: 'ready',
  since: 0,
  problem: null,
  code: null,
  remedy: null,
  servers: [],
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
    /** How much of it Redis itself needs for each pipeline, in ms. */
    work: 0,
    /** What INFO says, besides the version. */
    info: '',
    answer: ([name]: Command): Reply => {
      const emptyScan = [Buffer.from('0'), [], Buffer.alloc(0)]
      return name === 'EVAL' ? emptyScan : Buffer.from(`redis_version:7.0\r\n${redis.info}`)
    },
    ticks: () => trips.filter((commands) => commands.some(([name]) => name === 'INFO')).length,
    sweeps: () => trips.filter((commands) => commands.some(([name]) => name === 'EVAL')).length,
  }
  const reader = {
    async pipeline(commands: readonly Command[]) {
      trips.push(commands)
      if (redis.delay > 0) await new Promise((resolve) => setTimeout(resolve, redis.delay))
      let clock = 1_000_000
      return commands.map((command) => {
        if (command[0] !== 'TIME') return redis.answer(command)
        const now = [Buffer.from('1'), Buffer.from(String(clock))]
        clock += redis.work * 1000
        return now
      })
    },
  }
  const connection = {
    id: 'test',
    profile: testProfile({ url: '' }, { budgetPercent: 2 }),
    masters: () => [{ name: '', reader, has: () => true }],
    traffic: () => ({ commands: 0, bytesIn: 0, bytesOut: 0, sockets: 1 }),
    status: () => redis.status,
    onStatus(listener: (status: ConnectionStatus) => void) {
      redis.listener = listener
      return () => {}
    },
    reader,
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

  it('is one tick a second while somebody looks, one in 5 s for workers, and none when nobody wants to know', async () => {
    const { redis, loop } = imaginary()
    await pass(60_000)
    expect(redis.trips).toEqual([])
    loop.pace = 'watched'
    await pass(10_500)
    expect(redis.ticks()).toBe(11)
    loop.pace = 'held'
    await pass(25_000)
    expect(redis.ticks()).toBe(11 + 6)
    loop.pace = 'stopped'
    await pass(60_000)
    expect(redis.ticks()).toBe(11 + 6)
    loop.pace = 'watched'
    await pass(1)
    expect(redis.ticks()).toBe(11 + 6 + 1)
    await loop.close()
  })

  it('keeps to the budget of the profile, whatever the line takes', async () => {
    const { redis, loop } = imaginary()
    redis.delay = 90
    redis.work = 10 // half of 2 %: so much once a second
    loop.pace = 'watched'
    await pass(9500)
    expect(redis.ticks()).toBe(10)
    expect(loop.latest?.cost).toMatchObject({ everyMs: 1000, heldBack: false })
    redis.work = 50
    await pass(5000)
    const ticks = redis.ticks()
    await pass(50_000)
    expect(redis.ticks()).toBe(ticks + 10)
    expect(loop.latest?.cost).toMatchObject({ everyMs: 5000, heldBack: true })
    await loop.close()
  })

  it('does not mind one tick that met a busy Redis', async () => {
    const { redis, loop } = imaginary()
    loop.pace = 'watched'
    await pass(4500)
    redis.work = 2000
    await pass(1000)
    redis.work = 0
    await pass(5000)
    expect(redis.ticks()).toBe(11)
    await loop.close()
  })

  it('never begins a tick before the last one ended, and leaves a slow line half of its time', async () => {
    const { redis, loop } = imaginary()
    redis.delay = 20_000
    loop.pace = 'watched'
    await pass(20_000) // the first look for queues, which a tick waits for
    const before = redis.ticks()
    await pass(119_000)
    expect(redis.ticks()).toBe(before + 3)
    await loop.close()
  })

  it('sends a Redis that nobody looks at fewer commands, the more queues it has', async () => {
    const { redis, loop } = imaginary()
    loop.pace = 'idle'
    await pass(119_000)
    const commands = redis.trips.reduce((sum, trip) => sum + trip.length, 0)
    expect(redis.ticks()).toBe(24)
    expect(commands / 119).toBeLessThan(5)
    await loop.close()

    const pacing = new Pacing()
    for (let i = 0; i < 3; i++) pacing.note({ commands: 60, redisMs: 1, tickMs: 1 })
    expect(pacing.next('idle', 2)).toEqual({ everyMs: 24_000, heldBack: false })
    expect(pacing.next('watched', 2)).toEqual({ everyMs: 1000, heldBack: false })
    for (let i = 0; i < 3; i++) pacing.note({ commands: 10_000, redisMs: 1, tickMs: 1 })
    expect(pacing.next('idle', 2).everyMs).toBe(30_000)
  })

  it('reads connections that nobody touches together, each at its own beat at the latest from the second time on', () => {
    for (const [began, now] of [
      [1_000, 1_010],
      [12_000, 12_500],
      [20_000, 20_100], // so near to a beat that it is the one after it
      [29_999, 30_001],
    ] as const) {
      const first = now + untilNext('idle', 28_000, began, now)
      expect(first % 30_000).toBe(0)
      expect(first - began).toBeGreaterThanOrEqual(15_000)
      expect(untilNext('idle', 28_000, first, first + 12)).toBe(30_000 - 12)
    }
    expect(untilNext('watched', 1000, 5_000, 5_300)).toBe(700)
    expect(untilNext('watched', 1000, 5_000, 7_000)).toBe(0)
  })

  it('looks for queues more rarely where nobody looks and there are many keys, and at once when somebody comes back', async () => {
    const { redis, loop } = imaginary()
    redis.info = 'db0:keys=300,expires=0,avg_ttl=0\r\n'
    loop.pace = 'watched'
    await pass(1000)
    expect(redis.sweeps()).toBe(1)
    loop.pace = 'idle'
    await pass(200_000)
    const sweeps = redis.sweeps()
    expect(sweeps).toBeLessThanOrEqual(2)
    loop.pace = 'watched'
    await pass(1)
    expect(redis.sweeps()).toBe(sweeps + 1)
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
