import type { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { awkwardNames, conformance } from '../conformance/conformance.ts'
import { baseOf, keyOfState, placeOf, statesOf } from '../shared/hashed-jobs/layout.ts'
import { bullmq } from './index.ts'
import { layout } from './keys.ts'

const queueNamed = (name: string, prefix = 'bull') => ({ system: 'bullmq' as const, prefix, name })
type Queue = ReturnType<typeof queueNamed>

/** Writes a job as BullMQ's scripts leave it in a state; ids and times only grow. */
async function put(redis: Redis, queue: Queue, state: string, data: Buffer | string): Promise<undefined> {
  const place = placeOf(layout, state)
  if (place === null) throw new Error(state)
  const base = baseOf(queue)
  const id = await redis.incr(`${base}id`)
  const at = 1_700_000_000_000 + id
  const ended = state === 'failed' || state === 'completed'
  // Only version 5 has this list.
  const version = state === 'paused' ? 'bullmq:5.81.5' : 'bullmq:6.7.0'
  await redis.hset(`${base}meta`, { 'opts.maxLenEvents': 10_000, version, ...(state === 'paused' && { paused: 1 }) })
  await redis.xadd(`${base}events`, '*', 'event', 'added', 'jobId', id)
  await redis.hset(base + id, {
    name: 'csv',
    data,
    opts: '{"attempts":3}',
    timestamp: at,
    delay: 0,
    priority: state === 'prioritized' ? 3 : 0,
    ...(ended || state === 'active' ? { processedOn: at + 5, ats: 1, atm: 1 } : {}),
    ...(ended ? { finishedOn: at + 9 } : {}),
    ...(state === 'failed' ? { failedReason: 'no', stacktrace: '["Error: no\\n    at x"]' } : {}),
  })
  const key = keyOfState(layout, queue, state)
  if (place.type === 'list') await redis.lpush(key, id)
  else if (state === 'delayed') await redis.zadd(key, (at + 1e12) * 4096 + (id & 4095), id)
  else await redis.zadd(key, state === 'prioritized' ? 3 * 2 ** 32 + id : at + 9, id)
  return undefined
}

const payload = (n: number) => JSON.stringify({ file: `upload-${n}.csv`, userId: 9007199254740993n.toString(), n })

conformance(bullmq, {
  queueNamed,
  payload,
  put: (redis, queue, state, bytes) => put(redis, queue as Queue, state, bytes),
  names: awkwardNames.filter((name) => !name.includes(':')), // BullMQ refuses a colon in a queue's name
  async arrange(redis) {
    const busy = queueNamed('csv-uploads')
    for (const [n, state] of statesOf(layout).entries())
      for (let i = 0; i <= n; i++) await put(redis, busy, state, payload(i))
    const braced = queueNamed('mail', '{app}')
    await put(redis, braced, 'wait', payload(1))
    await redis.hset(`${baseOf(braced)}meta`, 'paused', '1')
    const fresh = queueNamed('fresh')
    await redis.hset(`${baseOf(fresh)}meta`, { 'opts.maxLenEvents': 10_000, version: 'bullmq:6.7.0' })
    const deep = queueNamed('sms', 'shop:prod')
    await put(redis, deep, 'failed', payload(1))
    await redis.del(`${baseOf(deep)}meta`) // evicted
    return [
      { queue: busy, states: Object.fromEntries(statesOf(layout).map((state, n) => [state, n + 1])) },
      { queue: braced, states: { wait: 1 } },
      { queue: fresh, states: {} },
      { queue: deep, states: { failed: 1 } },
    ]
  },
  // One script counts, one looks at heads; and the same for the queues whose prefix is a hash tag.
  cost: { sampleCommands: (queues) => (queues > 1 ? 4 : 2), pageTrips: 2, jobTrips: 1 },
})

describe('sampling a great many queues', () => {
  it('looks at 200 heads a tick, at every head in turn, and says whose turn it was not', () => {
    const queues = Array.from({ length: 450 }, (_, i) => queueNamed(`q${i}`))
    const looked = new Set<unknown>()
    for (let turn = 0; turn < 3; turn++) {
      const { commands, read } = bullmq.sample(queues, 1_700_000_000_000 + turn * 1000)
      expect(commands).toHaveLength(9 + 1)
      const [name, , keys, ...rest] = commands.at(-1) ?? []
      expect([name, Number(keys) <= 200 * 3]).toEqual(['EVAL', true])
      const own = rest.slice(Number(keys))
      for (const base of own) looked.add(base)
      const replies = commands.map((_, i) =>
        i < 9
          ? Array.from({ length: 50 }, () => Buffer.from(Array(14).fill(1).join('\n')))
          : own.map(() => [Buffer.from('7'), Buffer.from('99')]),
      )
      const heads = read(replies, 0).map(({ queue, head }) => (head === undefined ? null : baseOf(queue)))
      expect(heads.filter((base) => base !== null)).toEqual(own)
    }
    expect(looked.size).toBe(450)
  })
  it('asks each hash tag by a script of its own, as a cluster demands', () => {
    const queues = [queueNamed('{a}1'), queueNamed('b'), queueNamed('c', '{a}'), queueNamed('d')]
    const scripts = bullmq.sample(queues).commands
    const tagged = [
      ['bull:{a}1:', '{a}:c:'],
      ['bull:b:', 'bull:d:'],
    ]
    expect(scripts.map(([, , keys, ...rest]) => rest.slice(Number(keys)))).toEqual([...tagged, ...tagged])
  })
})
