import { randomUUID } from 'node:crypto'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome } from '../../system.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { chunkBytes, chunkSize, chunksOf, codes, numbersOf, rising, type Seen } from './seen.ts'

/**
 * Takes elements from KEYS[1] and puts them, byte for byte, at the tail of the list KEYS[2], or with their scores into the
 * sorted set KEYS[2]. KEYS: source, target, wake of the source, wake of the target. ARGV: which keys, tombstone,
 * 'list' or 'zset' for the target, `held` to leave what a worker holds, then place and fingerprint of each in rising
 * order. Finds first, then cuts from the highest index down so that no index shifts, then pushes in order, and wakes
 * workers last. Two refs that lead to one element count it once; what a sorted set already holds is not merged with it.
 * Returns a code for each.
 */
const moveScript = elementScript(
  'move',
  `${optionalKeys(2, ['wake', 'targetWake'])}
must(ARGV[3], KEYS[2])
if wake then must('list', wake) end
if targetWake then must('list', targetWake) end
local result, found, taken = {}, {}, {}
for i = 5, #ARGV, 2 do
  local at, v = locate(KEYS[1], ARGV[i], ARGV[i + 1])
  local code = ${codes.missing}
  if at and not taken[at .. ':' .. ARGV[i + 1]] then
    if ARGV[4] == 'held' and held(at) then code = ${codes.held}
    elseif ARGV[3] == 'zset' and redis.call('ZSCORE', KEYS[2], v) then code = ${codes.twin}
    else
      taken[at .. ':' .. ARGV[i + 1]] = true
      found[#found + 1] = { at, v }
      code = ${codes.done}
    end
  end
  result[#result + 1] = code
end
table.sort(found, function(a, b) return tonumber(a[1]) < tonumber(b[1]) end)
for i = #found, 1, -1 do
  drop(KEYS[1], found[i][1], found[i][2], ARGV[2])
  if wake then redis.call('LPOP', wake) end
end
for _, job in ipairs(found) do
  if ARGV[3] == 'zset' then redis.call('ZADD', KEYS[2], job[1], job[2])
  else redis.call('RPUSH', KEYS[2], job[2]) end
end
if targetWake then for _ = 1, #found do redis.call('RPUSH', targetWake, '1') end end
return result`,
)

/** 1 script per 100 jobs. Returns a code for each ref. */
export async function moveElements(
  writer: Writer,
  from: Place,
  to: Place,
  seen: readonly Seen[],
): Promise<Map<string, number>> {
  const { keys, flags } = present([from.wake, to.wake])
  const result = new Map<string, number>()
  let done = 0
  for (const chunk of chunksOf(rising(seen), chunkSize)) {
    // What earlier chunks took out of a list has moved the rest down by as many places.
    const gone = from.type === 'list' ? done : 0
    const pairs = chunk.flatMap(({ at, digest }) => [gone > 0 ? Math.max(0, Number(at) - gone) : at, digest])
    const args = [flags, randomUUID(), to.type, from.held ? 'held' : '', ...pairs]
    const reply = numbersOf(await writer.run(moveScript, [from.key, to.key, ...keys], args))
    for (const [i, { ref }] of chunk.entries()) result.set(ref, reply[i] ?? codes.missing)
    done += reply.filter((code) => code === codes.done).length
  }
  return result
}

/**
 * Puts back to work what no worker holds any more, as much as one script should. KEYS: sorted set, list, wake. ARGV: which
 * keys, unix seconds when this began ('' for the first call, which sets it). Returns when it began, how many it
 * took and how many are left.
 */
const releaseScript = elementScript(
  'release',
  `${optionalKeys(2, ['wake'])}
must('list', KEYS[2])
if wake then must('list', wake) end
local began = ARGV[2] ~= '' and ARGV[2] or redis.call('TIME')[1]
local done, bytes = 0, 0
while done < ${chunkSize} and bytes < ${chunkBytes} do
  local v = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. began, 'LIMIT', 0, 1)[1]
  if not v then break end
  redis.call('ZREM', KEYS[1], v)
  redis.call('RPUSH', KEYS[2], v)
  done, bytes = done + 1, bytes + #v
end
if wake then for _ = 1, done do redis.call('RPUSH', wake, '1') end end
return { tonumber(began), done, redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. began) }`,
)

/** 1 script per 100 jobs or 1 MB: all that was overdue when it began, by the server's clock, in the order of its time. */
export async function releaseOverdue(writer: Writer, from: Place, to: Place, run: Run): Promise<StepOutcome> {
  const { keys, flags } = present([to.wake])
  let began: number | '' = ''
  let done = 0
  let left: number
  do {
    const reply = numbersOf(await writer.run(releaseScript, [from.key, to.key, ...keys], [flags, began]))
    const [at = 0, taken = 0, stillThere = 0] = reply
    began = at
    done += taken
    left = taken > 0 ? stillThere : 0
    run.progress(done, done + left)
  } while (left > 0 && !run.signal.aborted)
  return { done, missing: 0, refused: [], ...(left > 0 && { left }) }
}
