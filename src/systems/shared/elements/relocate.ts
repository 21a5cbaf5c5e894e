import { randomUUID } from 'node:crypto'
import type { Writer } from '../../handles.ts'
import type { Frozen, Run, StepOutcome } from '../../system.ts'
import { cameTo } from './discard.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { parseMark } from './freeze.ts'
import { chunkBytes, chunkSize, codes, numbersOf, rising, type Seen } from './seen.ts'
import { type Kept, keepLua, keptArgs, takenSoFar, trashKeys } from './trash-entry.ts'

/**
 * Takes elements from KEYS[1] and puts them, byte for byte, at the tail of the list KEYS[2], or with their scores into the
 * sorted set KEYS[2]. KEYS: source, target, wake of the source, wake of the target, trash items, trash entry. ARGV: which
 * keys, tombstone, 'list' or 'zset' for the target, `held` to leave what a worker holds, ttl ms, where they are and where
 * they go as JSON, then place and fingerprint of each in rising order. Workers are woken last. What a sorted set already
 * holds is not merged with it. Returns a code for each that it came to.
 */
const moveScript = elementScript(
  'move',
  `${keepLua}${optionalKeys(2, ['wake', 'targetWake', 'items', 'entry'])}
must(ARGV[3], KEYS[2])
if wake then must('list', wake) end
if targetWake then must('list', targetWake) end
if items then must('list', items) end
local result, found = collect(KEYS[1], 8, 2, function(at, v)
  if ARGV[4] == 'held' and held(at) then return ${codes.held} end
  return ARGV[3] == 'zset' and redis.call('ZSCORE', KEYS[2], v) and ${codes.twin} or ${codes.done}
end)
if #found == 0 then return result end
if items then keep(items, found, function(job) return ARGV[job[3] + 1] end) end
take(KEYS[1], found, ARGV[2], wake)
if items then stay(items, entry, KEYS[1], #found, ARGV[5], ARGV[6], 'changed', ARGV[7]) end
for _, job in ipairs(found) do
  if ARGV[3] == 'zset' then redis.call('ZADD', KEYS[2], job[1], job[2])
  else redis.call('RPUSH', KEYS[2], job[2]) end
end
if targetWake then for _ = 1, #found do redis.call('RPUSH', targetWake, '1') end end
return result`,
)

/**
 * 1 script per 100 jobs, of which one that has to walk far into a long list takes fewer. Keeps what undoes it where it is
 * told to. Returns a code for each ref.
 */
export async function moveElements(
  writer: Writer,
  from: Place,
  to: Place,
  seen: readonly Seen[],
  kept?: Kept,
): Promise<Map<string, number>> {
  const slots = kept && trashKeys(kept.trash)
  const { keys, flags } = present([from.wake, to.wake, slots?.items, slots?.entry])
  const result = new Map<string, number>()
  let done = kept !== undefined && from.type === 'list' ? await takenSoFar(writer, kept) : 0
  for (let pending = rising(seen); pending.length > 0; ) {
    const chunk = pending.slice(0, chunkSize)
    // What was taken out of a list before has moved the rest down by as many places.
    const gone = from.type === 'list' ? done : 0
    const pairs = chunk.flatMap(({ at, digest }) => [gone > 0 ? Math.max(0, Number(at) - gone) : at, digest])
    const head = [flags, randomUUID(), to.type, from.held ? 'held' : '', ...keptArgs(kept)]
    const reply = numbersOf(await writer.run(moveScript, [from.key, to.key, ...keys], [...head, ...pairs]))
    for (const [i, code] of reply.entries()) result.set(chunk[i]?.ref ?? '', code)
    done += reply.filter((code) => code === codes.done).length
    pending = pending.slice(cameTo(reply))
  }
  return result
}

/**
 * Puts back to work what no worker held any more when it was frozen, as much as one script should. KEYS: sorted set, list,
 * trash items, trash entry, wake. ARGV: which keys, unix seconds of the freeze, ttl ms, where they are and where they go
 * as JSON, most. Returns how many were taken in all and how many are left.
 */
const releaseScript = elementScript(
  'release',
  `${keepLua}${optionalKeys(4, ['wake'])}
must('list', KEYS[2])
must('list', KEYS[3])
if wake then must('list', wake) end
local found, bytes = {}, 0
local jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2], 'WITHSCORES', 'LIMIT', 0, 1)
while #jobs > 0 and #found < tonumber(ARGV[6]) and bytes < ${chunkBytes} do
  found[#found + 1] = { jobs[2], jobs[1] }
  redis.call('ZREM', KEYS[1], jobs[1])
  bytes = bytes + #jobs[1]
  jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2], 'WITHSCORES', 'LIMIT', 0, 1)
end
if #found > 0 then
  keep(KEYS[3], found, function(job) return digest(job[2]) end)
  stay(KEYS[3], KEYS[4], KEYS[1], #found, ARGV[3], ARGV[4], 'changed', ARGV[5])
end
for _, job in ipairs(found) do redis.call('RPUSH', KEYS[2], job[2]) end
if wake then for _ = 1, #found do redis.call('RPUSH', wake, '1') end end
local left = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[2])
return { tonumber(redis.call('HGET', KEYS[4], 'jobs') or '0'), left }`,
)

/**
 * 1 script per 100 jobs or 1 MB: all that was overdue when it was frozen, by the server's clock, in the order of its time.
 * The entry keeps what undoes it and counts, so that it goes on where it was cut off.
 */
export async function releaseOverdue(
  writer: Writer,
  from: Place,
  to: Place,
  frozen: Frozen,
  kept: Kept,
  run: Run,
): Promise<StepOutcome> {
  const { items, entry } = trashKeys(kept.trash)
  const { keys, flags } = present([to.wake])
  const { seconds } = parseMark(frozen.mark)
  let done = 0
  let left = seconds === '' ? 0 : 1
  for (let known = false; left > 0; known = true) {
    const most = run.signal.aborted ? 0 : await run.next(chunkSize)
    if (most === 0 && known) break
    const all = [from.key, to.key, items, entry, ...keys]
    const reply = await writer.run(releaseScript, all, [flags, seconds, ...keptArgs(kept), most])
    ;[done = 0, left = 0] = numbersOf(reply)
    run.progress(done, done + left)
    if (most === 0) break
  }
  return { done, missing: 0, refused: [], ...(left > 0 && { left }) }
}
