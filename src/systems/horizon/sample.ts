import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { countedStates, keyOf, setOfState, supervisorLives } from './keys.ts'

/** Supervisors of one installation that are asked. */
const mostSupervisors = 100

/**
 * Processes, living supervisors and how many of them are paused, by the server's clock. KEYS: supervisors. ARGV: what
 * their hashes begin with, which lie in the same slot of a cluster only when the prefix holds a hash tag.
 */
const supervisorsLua = `
local since = tonumber(redis.call('TIME')[1]) - ${supervisorLives}
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. since, '+inf', 'LIMIT', 0, ${mostSupervisors})
local processes, alive, paused = 0, 0, 0
for _, name in ipairs(names) do
  local hash = redis.call('HMGET', ARGV[1] .. name, 'status', 'processes')
  if hash[1] then
    alive = alive + 1
    if hash[1] == 'paused' then paused = paused + 1 end
    local ok, byQueue = pcall(cjson.decode, hash[2] or '')
    if ok and type(byQueue) == 'table' then
      for _, count in pairs(byQueue) do processes = processes + (tonumber(count) or 0) end
    end
  end
end
return { processes, alive, paused }`

const perQueue = countedStates.length + 1

/** 5 commands an installation: 4 counts, O(1), and a small script for its supervisors. */
export function sample(queues: readonly QueueRef[]): SamplePlan {
  return {
    commands: queues.flatMap((queue): Command[] => [
      ...countedStates.map((state): Command => ['ZCARD', keyOf(queue, setOfState[state])]),
      ['EVAL', supervisorsLua, 1, keyOf(queue, 'supervisors'), keyOf(queue, 'supervisor:')],
    ]),
    read: (replies) => queues.map((queue, i) => readingOf(queue, replies.slice(i * perQueue, (i + 1) * perQueue))),
  }
}

/**
 * The age of the oldest pending job is left open: delayed ones are among them. Horizon's throughput starts anew with each
 * snapshot, so it is no counter that only grows.
 */
function readingOf(queue: QueueRef, replies: readonly Reply[]): Reading {
  const count = (reply: Reply | undefined) => (typeof reply === 'number' && reply > 0 ? reply : 0)
  const failed = replies.slice(0, countedStates.length).find((reply) => reply instanceof Error)
  const supervisors = replies[countedStates.length]
  const [processes, alive, paused] = Array.isArray(supervisors) ? supervisors.map(count) : []
  return {
    queue,
    states: Object.fromEntries(countedStates.map((state, i) => [state, count(replies[i])])),
    head: null,
    totals: { added: null, finished: null },
    workers: alive === undefined || alive === 0 ? null : (processes ?? 0),
    paused: alive !== undefined && alive > 0 && alive === paused,
    problem: failed instanceof Error ? `A key of ${queue.prefix} cannot be read: ${failed.message}` : null,
  }
}
