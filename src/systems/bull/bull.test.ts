import type { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { conformance } from '../conformance/conformance.ts'
import { baseOf, keyOfState, placeOf, statesOf } from '../shared/hashed-jobs/layout.ts'
import { bull } from './index.ts'
import { layout } from './keys.ts'

const queueNamed = (name: string, prefix = 'bull') => ({ system: 'bull' as const, prefix, name })
type Queue = ReturnType<typeof queueNamed>

/** Writes a job as Bull's scripts leave it in a state; ids and times only grow. */
async function put(redis: Redis, queue: Queue, state: string, data: Buffer | string): Promise<undefined> {
  const place = placeOf(layout, state)
  if (place === null) throw new Error(state)
  const base = baseOf(queue)
  const id = await redis.incr(`${base}id`)
  const at = 1_700_000_000_000 + id
  const ended = state === 'failed' || state === 'completed'
  await redis.hset(base + id, {
    name: 'csv',
    data,
    opts: '{"attempts":3,"delay":0,"timestamp":1700000000000}',
    timestamp: at,
    delay: 0,
    priority: 0,
    ...(ended || state === 'active' ? { processedOn: at + 5, attemptsMade: 1 } : {}),
    ...(ended ? { finishedOn: at + 9 } : {}),
    ...(state === 'failed' ? { failedReason: 'no', stacktrace: '["Error: no\\n    at x"]' } : {}),
  })
  if (state === 'paused') await redis.multi().set(`${base}meta-paused`, '1').hset(`${base}meta`, 'paused', '1').exec()
  const key = keyOfState(layout, queue, state)
  if (place.type === 'list') await redis.lpush(key, id)
  else await redis.zadd(key, state === 'delayed' ? (at + 1e12) * 4096 + (id & 4095) : at + 9, id)
  return undefined
}

const payload = (n: number) => JSON.stringify({ file: `upload-${n}.csv`, userId: 9007199254740993n.toString(), n })

conformance(bull, {
  queueNamed,
  payload,
  put: (redis, queue, state, bytes) => put(redis, queue as Queue, state, bytes),
  async arrange(redis) {
    const busy = queueNamed('csv:uploads')
    for (const [n, state] of statesOf(layout).entries())
      for (let i = 0; i <= n; i++) await put(redis, busy, state, payload(i))
    await redis.set(`${baseOf(busy)}stalled-check`, '1', 'PX', 60_000)
    const paused = queueNamed('mail', '{app}')
    await put(redis, paused, 'paused', payload(1))
    await redis.set(`${baseOf(paused)}meta-paused`, '1')
    await redis.hset(`${baseOf(paused)}meta`, 'paused', '1')
    const drained = queueNamed('drained')
    await redis.set(`${baseOf(drained)}id`, '17')
    const deep = queueNamed('sms', 'shop:prod')
    await put(redis, deep, 'failed', payload(1))
    return [
      { queue: busy, states: Object.fromEntries(statesOf(layout).map((state, n) => [state, n + 1])) },
      { queue: paused, states: { paused: 1 } },
      { queue: drained, states: {} },
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
      const { commands, read } = bull.sample(queues, 1_700_000_000_000 + turn * 1000)
      expect(commands).toHaveLength(9 + 1)
      const [name, , keys, ...rest] = commands.at(-1) ?? []
      expect([name, Number(keys) <= 200 * 2]).toEqual(['EVAL', true])
      const own = rest.slice(Number(keys))
      for (const base of own) looked.add(base)
      const replies = commands.map((_, i) =>
        i < 9
          ? Array.from({ length: 50 }, () => Buffer.from(Array(11).fill(1).join('\n')))
          : own.map(() => [Buffer.from('7'), Buffer.from('99')]),
      )
      const heads = read(replies, 0).map(({ queue, head }) => (head === undefined ? null : baseOf(queue)))
      expect(heads.filter((base) => base !== null)).toEqual(own)
    }
    expect(looked.size).toBe(450)
  })
  it('asks each hash tag by a script of its own, as a cluster demands', () => {
    const queues = [queueNamed('{a}1'), queueNamed('b'), queueNamed('c', '{a}'), queueNamed('d')]
    const scripts = bull.sample(queues).commands
    const tagged = [
      ['bull:{a}1:', '{a}:c:'],
      ['bull:b:', 'bull:d:'],
    ]
    expect(scripts.map(([, , keys, ...rest]) => rest.slice(Number(keys)))).toEqual([...tagged, ...tagged])
  })
})
