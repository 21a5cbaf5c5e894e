import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { birthOfPayload } from './decode.ts'
import { keysOf } from './keys.ts'

/** Queues whose heads one script looks at: keeps each script far below 10 ms. */
const headsPerScript = 500
/** The beginning of a head's payload that is read to find its time of birth. */
const headBytes = 512

const headsLua = `
local heads = {}
for i, key in ipairs(KEYS) do
  local v = redis.pcall('LINDEX', key, 0)
  heads[i] = type(v) == 'string' and (#v .. ':' .. string.sub(v, 1, ${headBytes})) or false
end
return heads`

const perQueue = 6

/** 6 O(1) commands a queue, and one script for the heads of every 500 queues; all in the sampler's one pipeline. */
export function sample(queues: readonly QueueRef[]): SamplePlan {
  const now = Date.now()
  const counts = queues.flatMap((queue): Command[] => {
    const keys = keysOf(queue)
    return [
      ['LLEN', keys.base],
      ['SCARD', keys.processing],
      ['LLEN', keys.dead],
      ['ZCARD', keys.delayed],
      ['HMGET', keys.stats, 'done', 'dead'],
      ['ZCOUNT', keys.leases, now, '+inf'],
    ]
  })
  const heads: Command[] = []
  for (let from = 0; from < queues.length; from += headsPerScript) {
    const keys = queues.slice(from, from + headsPerScript).map((queue) => keysOf(queue).base)
    heads.push(['EVAL', headsLua, keys.length, ...keys])
  }
  return {
    commands: [...counts, ...heads],
    read(replies) {
      return queues.map((queue, i): Reading => {
        const own = replies.slice(i * perQueue, (i + 1) * perQueue)
        const page = replies[counts.length + Math.floor(i / headsPerScript)]
        return readingOf(queue, own, Array.isArray(page) ? page[i % headsPerScript] : null)
      })
    },
  }
}

function readingOf(queue: QueueRef, own: readonly Reply[], head: Reply | undefined): Reading {
  const [waiting, active, dead, delayed, stats, workers] = own
  const wrong = own.find((reply) => reply instanceof Error)
  const count = (reply: Reply | undefined) => (typeof reply === 'number' ? reply : 0)
  const states = { waiting: count(waiting), active: count(active), delayed: count(delayed), dead: count(dead) }
  const [done, died] = Array.isArray(stats) ? stats.map((value) => (value === null ? null : Number(value))) : []
  // The counters exist once a pool of Sluice has served the queue; others that serve it too do not count there, so
  // what was added is only known from depth.
  const finished = done == null && died == null ? null : (done ?? 0) + (died ?? 0)
  return {
    queue,
    states,
    head: head instanceof Buffer ? headOf(head) : null,
    totals: { added: finished === null ? null : finished + states.waiting + states.active + states.delayed, finished },
    workers: typeof workers === 'number' && workers > 0 ? workers : null,
    paused: false,
    problem: wrong instanceof Error ? `A key of ${queue.prefix}${queue.name} cannot be read: ${wrong.message}` : null,
  }
}

function headOf(head: Buffer): Reading['head'] {
  const colon = head.indexOf(':')
  return { createdAt: birthOfPayload(head.subarray(colon + 1)), fingerprint: head.toString('latin1') }
}
