import type { Writer } from '../../handles.ts'
import type { Run, TrashSlot } from '../../system.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { chunkBytes, numbersOf } from './seen.ts'
import { trashKeys } from './trash-entry.ts'

/** Jobs that arrived since a purge and can be put behind the restored ones in one script. */
const quickMerge = 1000

/**
 * Puts a parked state back: by RENAME when nothing arrived since; when little did, that goes behind; when much did, the
 * parked jobs go before it, 1,000 or 1 MB a call. KEYS: key, data, entry, wake, old wake. ARGV: which keys, most. Returns how
 * many are left and how many went.
 */
const restoreWholeScript = elementScript(
  'restore-whole',
  `${optionalKeys(3, ['wake', 'oldWake'])}
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('DEL', KEYS[3])
  return { 0, 0 }
end
local list = isList(KEYS[2])
local count = list and 'LLEN' or 'ZCARD'
if wake then must('list', wake) end
local old, new = redis.call(count, KEYS[2]), redis.call(count, KEYS[1])
if new <= ${quickMerge} then
  redis.call('PERSIST', KEYS[2])
  if list then
    local arrived = redis.call('LRANGE', KEYS[1], 0, -1)
    redis.call('RENAME', KEYS[2], KEYS[1])
    for _, v in ipairs(arrived) do redis.call('RPUSH', KEYS[1], v) end
  else
    local arrived = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
    for i = 1, #arrived, 2 do redis.call('ZADD', KEYS[2], arrived[i + 1], arrived[i]) end
    redis.call('RENAME', KEYS[2], KEYS[1])
  end
  redis.call('DEL', KEYS[3])
  if wake and redis.call('EXISTS', oldWake) == 1 then
    for _ = 1, math.min(redis.call('LLEN', wake), ${quickMerge * 2}) do redis.call('RPUSH', oldWake, '1') end
    redis.call('PERSIST', oldWake)
    redis.call('RENAME', oldWake, wake)
  elseif wake then
    for _ = 1, math.min(old, ${quickMerge}) do redis.call('RPUSH', wake, '1') end
  end
  return { 0, old }
end
local done, bytes = 0, 0
while done < tonumber(ARGV[2]) and bytes < ${chunkBytes} and not late() do
  local v
  if list then
    v = redis.call('RPOP', KEYS[2])
    if not v then break end
    redis.call('LPUSH', KEYS[1], v)
  else
    local job = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
    if #job == 0 then break end
    v = job[1]
    redis.call('ZREM', KEYS[2], v)
    redis.call('ZADD', KEYS[1], 'NX', job[2], v)
  end
  if wake then redis.call('RPUSH', wake, '1') end
  done, bytes = done + 1, bytes + #v
end
local left = redis.call(count, KEYS[2])
if left == 0 then
  redis.call('DEL', KEYS[3])
  if oldWake then redis.call('DEL', oldWake) end
end
return { left, done }`,
)

/** 1 script, O(1) and what arrived since; where that is more than 1,000 jobs, 1 script per 1,000 parked jobs or 1 MB. */
export async function putBackAll(
  writer: Writer,
  place: Place,
  trash: TrashSlot,
  run: Run,
): Promise<{ done: number; left: number }> {
  const { entry, data, wake } = trashKeys(trash)
  const { keys, flags } = present(place.wake === undefined ? [] : [place.wake, wake])
  const total = { done: 0, left: 1 }
  while (total.left > 0) {
    const most = run.signal.aborted ? 0 : await run.next(1000)
    if (most === 0) break
    const reply = await writer.run(restoreWholeScript, [place.key, data, entry, ...keys], [flags, most])
    const [left = 0, done = 0] = numbersOf(reply)
    total.left = left
    total.done += done
    run.progress(total.done, total.done + left)
  }
  return total
}
