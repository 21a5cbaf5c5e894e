import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OpenEngine } from './engine.ts'
import { baseOf, connect, listProducer } from './list.ts'
import { Slots } from './slots.ts'

/** Jobs a call, as many as a pool of ours takes at most; it, too, holds two such loads. */
const batch = 256
const leaseMs = 15_000

/**
 * The least one script can do and still keep what a worker holds: renew the lease, end what is done, take the next and
 * record it, with the set of jobs being run as a view. It knows no retry, no delay, no limit, and loses jobs when an
 * answer is lost, because it cannot tell a repeated call from a new one.
 */
const stepLua = `
local base, processing, held, leases = unpack(KEYS)
redis.call('ZADD', leases, ARGV[2], ARGV[1])
if #ARGV > 4 then
  redis.call('SREM', processing, unpack(redis.call('HMGET', held, unpack(ARGV, 5))))
  redis.call('HDEL', held, unpack(ARGV, 5))
end
local taken = redis.call('LPOP', base, ARGV[3])
if not taken or #taken == 0 then return {} end
local record = {}
for i, payload in ipairs(taken) do
  record[2 * i - 1] = ARGV[4] + i
  record[2 * i] = payload
end
redis.call('HSET', held, unpack(record))
redis.call('SADD', processing, unpack(taken))
return taken`

export const openBareBatch: OpenEngine = async (port, queue) => {
  const base = baseOf(queue)
  const keys = [base, `${base}:processing`, `${base}:w:bench`, `${base}:leases`]
  const producer = connect(port)
  const client = connect(port)
  const digest = String(await client.script('LOAD', stepLua))
  return {
    ...listProducer(producer, queue),
    async work({ concurrency, handler, done }) {
      let finished: number[] = []
      let last = 0
      const slots = new Slots<{ seq: number; payload: string }>(concurrency, handler, ({ seq }) => finished.push(seq))
      const step = async () => {
        const ending = finished
        finished = []
        const want = slots.waiting > batch ? 0 : batch // one load to run while Redis prepares the next
        const until = Date.now() + leaseMs
        const taken = await client.evalsha(digest, keys.length, ...keys, 'bench', until, want, last, ...ending)
        const jobs = (taken as string[]).map((payload, i) => ({ seq: last + 1 + i, payload }))
        last += jobs.length
        slots.give(jobs)
        if (ending.length > 0) done(ending.length)
        if (jobs.length === 0) await nextTurn()
      }
      const run = async () => {
        for (;;) await step()
      }
      run().catch(() => {}) // ends with its connection
    },
    async close() {
      for (const each of [producer, client]) each.disconnect()
    },
  }
}
