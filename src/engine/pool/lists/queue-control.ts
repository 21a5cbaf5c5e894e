import { SluiceError } from '../../../domain/errors.ts'
import type { PoolAudit } from '../../../domain/pool.ts'
import type { Reader, Reply, Writer } from '../../../systems/handles.ts'
import type { Layout } from './layout.ts'

/**
 * One HSET: no pool of anybody begins jobs of this queue any more. What runs goes on, and a worker of another process
 * that waited just now may begin one more.
 */
export async function pauseQueue(writer: Writer, layout: Layout): Promise<void> {
  await writer.call('HSET', layout.meta, 'paused', '1')
}

/** One HDEL. Pools notice within a second; those of this process at once when they are woken. */
export async function resumeQueue(writer: Writer, layout: Layout): Promise<void> {
  await writer.call('HDEL', layout.meta, 'paused')
}

/**
 * Counts all places in one instant. KEYS: waiting, high, low, suspects, delayed, dead, stats, leases, processing, orphans.
 * ARGV: prefix of the workers' hashes, of their claims, most members of the view to look at. The workers' own keys are
 * found through the leases and share the queue's slot.
 * Reply: {now, LLEN x 4, ZCARD delayed, LLEN dead, done, [worker, lease, held, claimed]..., unowned members of the view or
 * -1 where there are too many to look at, jobs held but not in the view, when the oldest orphan was first seen or -1}.
 */
const auditScript = `
local waiting, high, low, suspects, delayed, dead, stats, leases, processing, orphans = unpack(KEYS)
local clock = redis.call('TIME')
local workers, owned = {}, {}
local entries = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
for i = 1, #entries, 2 do
  local held, count = redis.call('HGETALL', ARGV[1] .. entries[i]), 0
  for at = 1, #held, 2 do
    if held[at] ~= 'last' then
      count = count + 1
      owned[held[at + 1]] = (owned[held[at + 1]] or 0) + 1
    end
  end
  local claimed = redis.call('LLEN', ARGV[2] .. entries[i])
  if count > 0 or claimed > 0 or tonumber(entries[i + 1]) >= 0 then
    workers[#workers + 1] = { entries[i], entries[i + 1], count, claimed }
  end
end
local isList = redis.call('TYPE', processing).ok == 'list'
local size = redis.call(isList and 'LLEN' or 'SCARD', processing)
local unowned, hidden = 0, 0
if size > tonumber(ARGV[3]) then unowned = -1
else
  local shown = {}
  for _, raw in ipairs(isList and redis.call('LRANGE', processing, 0, -1) or redis.call('SMEMBERS', processing)) do
    shown[raw] = (shown[raw] or 0) + 1
  end
  for raw, times in pairs(shown) do
    if isList then unowned = unowned + math.max(0, times - (owned[raw] or 0))
    elseif not owned[raw] then unowned = unowned + 1 end
  end
  for raw, times in pairs(owned) do
    if not shown[raw] then hidden = hidden + times end
  end
end
local oldest = redis.call('ZRANGE', orphans, 0, 0, 'WITHSCORES')[2] or -1
return { clock[1] .. string.format('%06d', clock[2]), redis.call('LLEN', waiting), redis.call('LLEN', high),
  redis.call('LLEN', low), redis.call('LLEN', suspects), redis.call('ZCARD', delayed), redis.call('LLEN', dead),
  redis.call('HGET', stats, 'done') or '0', workers, unowned, hidden, oldest }`

/** The view is compared with what is held up to this size. */
const mostCompared = 20_000

/** One read-only script, O(what is held + what the view shows): where all jobs of a queue are, in one instant. */
export async function auditQueue(reader: Reader, layout: Layout): Promise<PoolAudit> {
  const { waiting, high, low, suspects, delayed, dead, stats, leases, processing, orphans } = layout
  const keys = [waiting, high, low, suspects, delayed, dead, stats, leases, processing, orphans]
  const args = [layout.workers, layout.claims, mostCompared]
  const reply = await reader.call('EVAL', auditScript, keys.length, ...keys, ...args)
  if (!Array.isArray(reply)) throw new SluiceError('INTERNAL', 'The audit had no answer.')
  const [time, ...counts] = reply
  const now = Number(time) / 1000
  const count = (at: number) => Number(counts[at] ?? 0)
  const workers = (Array.isArray(counts[7]) ? counts[7] : []).map((row) => {
    const [worker, lease, held, claimed] = row as Reply[]
    const until = Number(lease)
    return {
      worker: String(worker),
      leaseMs: Math.round(until < 0 ? -until - now : until - now),
      held: Number(held),
      claimed: Number(claimed),
    }
  })
  const sum = (of: 'held' | 'claimed') => workers.reduce((total, worker) => total + worker[of], 0)
  const places: PoolAudit['places'] = {
    waiting: count(0),
    high: count(1),
    low: count(2),
    suspects: count(3),
    delayed: count(4),
    dead: count(5),
    done: count(6),
    held: sum('held'),
    claimed: sum('claimed'),
  }
  const unowned = count(8)
  const oldest = count(10)
  return {
    places,
    total: Object.values(places).reduce((total, value) => total + value, 0),
    workers,
    orphans: { count: Math.max(0, unowned), oldestAgeMs: oldest < 0 ? null : Math.max(0, Math.round(now - oldest)) },
    problems: problemsOf(workers, unowned, count(9)),
  }
}

function problemsOf(workers: PoolAudit['workers'], unowned: number, hidden: number): string[] {
  const problems: string[] = []
  const left = workers.filter(({ leaseMs, held, claimed }) => leaseMs < 0 && held + claimed > 0)
  const stuck = left.reduce((total, { held, claimed }) => total + held + claimed, 0)
  if (stuck > 0) {
    problems.push(`${jobs(stuck)} in the hands of workers that died: the next worker that runs gives them back.`)
  }
  if (unowned < 0) problems.push('So many jobs are shown as being run that they were not compared with the workers.')
  if (hidden > 0)
    problems.push(`${jobs(hidden)} being run, and not shown as such: somebody changed the processing key.`)
  return problems
}

const jobs = (count: number) => (count === 1 ? '1 job is' : `${count.toLocaleString('en')} jobs are`)
