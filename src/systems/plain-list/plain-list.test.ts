import { describe, expect, it } from 'vitest'
import { conformance, type Expected } from '../conformance/conformance.ts'
import { plainList } from './index.ts'
import { defaultPrefix, keyOfState, keysOf } from './keys.ts'

const queueNamed = (name: string) => ({ system: 'plain-list' as const, prefix: defaultPrefix, name })

const payload = (n: number, state: string) =>
  JSON.stringify({
    id: `job-${n}`,
    type: 'welcome',
    to: `person-${n}@example.com`,
    data: { user_name: 'سارا', ledger: '9007199254740993' },
    attempts: 0,
    created_at: '2026-01-01T00:00:00Z',
    ...(state === 'dead' ? { failedAt: '2026-01-01T01:00:00Z', error: 'no answer' } : {}),
  })

let due = 1_900_000_000_000

conformance(plainList, {
  queueNamed,
  payload,
  async put(redis, queue, state, bytes) {
    const key = keyOfState(queue, state)
    if (state === 'active') await redis.sadd(key, bytes)
    else if (state === 'delayed') await redis.zadd(key, due++, bytes)
    else await redis.rpush(key, bytes)
    return undefined
  },
  async arrange(redis): Promise<Expected[]> {
    const email = queueNamed('email')
    await redis.rpush(keysOf(email).base, payload(1, 'waiting'), payload(2, 'waiting'))
    await redis.sadd(keysOf(email).processing, payload(3, 'active'))
    await redis.rpush(keysOf(email).dead, payload(4, 'dead'))
    await redis.zadd(keysOf(email).delayed, 1_900_000_000_000, payload(5, 'delayed'))
    await redis.zadd(keysOf(email).leases, 1, 'host:1:x')
    await redis.hset(keysOf(email).stats, 'done', 7)
    await redis.rpush(`${keysOf(email).base}:suspect`, payload(9, 'waiting'))
    await redis.rpush(`${keysOf(email).base}:claim:host:1:x`, payload(10, 'waiting'))
    const drained = queueNamed('only:dead')
    await redis.rpush(keysOf(drained).dead, payload(6, 'dead'))
    const bare = { system: 'plain-list' as const, prefix: '', name: 'emails' }
    await redis.rpush('emails', payload(7, 'waiting'))
    await redis.rpush('emails:dlq', payload(8, 'dead'))
    return [
      { queue: email, states: { waiting: 2, active: 1, dead: 1, delayed: 1 } },
      { queue: drained, states: { dead: 1 } },
      { queue: bare, states: { waiting: 1, dead: 1 } },
    ]
  },
  cost: { sampleCommands: (queues) => 6 * queues + 1, pageTrips: 3, jobTrips: 3 },
})

describe('sampling a great many lists', () => {
  it('looks at 200 heads a tick, and at every head in turn', () => {
    const queues = Array.from({ length: 450 }, (_, i) => queueNamed(`q${i}`))
    const looked = new Set<unknown>()
    const now = Date.now()
    for (let turn = 0; turn < 3; turn++) {
      const { commands } = plainList.sample(queues, now + turn * 1000)
      const [name, , keys, ...rest] = commands.at(-1) ?? []
      expect([name, Number(keys) <= 200]).toEqual(['EVAL', true])
      for (const key of rest) looked.add(key)
    }
    expect(looked.size).toBe(450)
  })
})
