import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { birthOfPayload } from './decode.ts'
import { keysOf } from './keys.ts'

/** Queues whose heads one tick looks at; of more than these each gets its turn. Keeps the script near a millisecond. */
const headsPerTick = 200
/** How long each turn lasts: about as long as a tick. */
const turnMs = 1000
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

/** 6 O(1) commands a queue, and one script for the heads of up to 200 queues; all in the sampler's one pipeline. */
export function sample(queues: readonly QueueRef[], now = Date.now()): SamplePlan {
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
  const turns = Math.ceil(queues.length / headsPerTick)
  const first = turns === 0 ? 0 : (Math.floor(now / turnMs) % turns) * headsPerTick
  const looked = queues.slice(first, first + headsPerTick).map((queue) => keysOf(queue).base)
  return {
    commands: looked.length === 0 ? counts : [...counts, ['EVAL', headsLua, looked.length, ...looked]],
    read(replies) {
      const heads = replies[counts.length]
      return queues.map((queue, i): Reading => {
        const inTurn = i >= first && i < first + headsPerTick
        const head = inTurn ? headOf(Array.isArray(heads) ? heads[i - first] : null) : undefined
        return readingOf(queue, replies.slice(i * perQueue, (i + 1) * perQueue), head)
      })
    },
  }
}

function readingOf(queue: QueueRef, own: readonly Reply[], head: Reading['head']): Reading {
  const [waiting, active, dead, delayed, stats, workers] = own
  const wrong = own.find((reply) => reply instanceof Error)
  const count = (reply: Reply | undefined) => (typeof reply === 'number' ? reply : 0)
  const states = { waiting: count(waiting), active: count(active), delayed: count(delayed), dead: count(dead) }
  const [done, died] = Array.isArray(stats) ? stats.map((value) => (value === null ? null : Number(value))) : []
  // Counted by Sluice's own workers; there is no counter of what was added, nor of what other programs finish.
  const finished = done == null && died == null ? null : (done ?? 0) + (died ?? 0)
  return {
    queue,
    states,
    head: states.waiting === 0 ? null : head,
    totals: { added: null, finished },
    workers: typeof workers === 'number' && workers > 0 ? workers : null,
    paused: false,
    problem: wrong instanceof Error ? `A key of ${queue.prefix}${queue.name} cannot be read: ${wrong.message}` : null,
  }
}

function headOf(head: Reply | undefined): Reading['head'] {
  if (!(head instanceof Buffer)) return null
  const colon = head.indexOf(':')
  return { createdAt: birthOfPayload(head.subarray(colon + 1)), fingerprint: head.toString('latin1') }
}
