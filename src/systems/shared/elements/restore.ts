import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../../domain/errors.ts'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome, TrashSlot } from '../../system.ts'
import { trashKeys } from './discard.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { chunkSize, numbersOf } from './seen.ts'

/** Jobs that arrived since a purge and can be put behind the restored ones in one script. */
const quickMerge = 5000

/**
 * Puts back up to 100 removed jobs, lowest index first. In a list the old places are found by what stayed: if the head is
 * the same, indexes hold; else the old tail is looked for, and its shift is everyone's shift. In a sorted set each
 * gets its score again, unless the same bytes came back by themselves. Returns {left, done, exact}.
 * KEYS: key, items, entry, wake. ARGV: which keys, tombstone, how many, 'list' or 'zset'.
 */
const restoreItems = elementScript(
  'restore-items',
  `${optionalKeys(3, ['wake'])}
must(ARGV[4], KEYS[1])
if wake then must('list', wake) end
local entry = redis.call('HMGET', KEYS[3], 'length', 'head', 'tail', 'shift', 'exact')
local length = tonumber(entry[1] or '0')
local shift, exact = tonumber(entry[4] or ''), entry[5] ~= '0'
local list = ARGV[4] == 'list'
if list and not shift then
  local first = redis.call('LINDEX', KEYS[1], 0)
  shift = 0
  if length > 0 and not (first and digest(first) == entry[2]) then
    local now = redis.call('LLEN', KEYS[1])
    local at = look(KEYS[1], now - 1, entry[3], -1)
    if at then shift = at - (length - 1) else exact = false end
  end
  redis.call('HSET', KEYS[3], 'shift', shift, 'exact', exact and '1' or '0')
end
local done = 0
for i = 1, tonumber(ARGV[3]) do
  local item = redis.call('RPOP', KEYS[2])
  if not item then break end
  local colon = string.find(item, ':', 1, true)
  local at, v = string.sub(item, 1, colon - 1), string.sub(item, colon + 1)
  if list then
    insert(KEYS[1], tonumber(at) + shift, v, ARGV[2])
    if wake then redis.call('RPUSH', wake, '1') end
    done = done + 1
  elseif redis.call('ZADD', KEYS[1], 'NX', at, v) == 1 then done = done + 1
  else exact = false end
end
local left = redis.call('LLEN', KEYS[2])
if left == 0 then redis.call('DEL', KEYS[3]) end
return { left, done, exact and 1 or 0 }`,
)

/**
 * Puts a purged state back: by RENAME when nothing arrived since; when little did, that goes behind; when much did, the
 * purged jobs go before it, 100 a call. Returns {left, done}.
 * KEYS: key, data, entry, wake, old wake. ARGV: which keys.
 */
const restoreWhole = elementScript(
  'restore-whole',
  `${optionalKeys(3, ['wake', 'oldWake'])}
if redis.call('EXISTS', KEYS[2]) == 0 then return { 0, 0 } end
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
    for i = 1, math.min(redis.call('LLEN', wake), ${quickMerge * 2}) do redis.call('RPUSH', oldWake, '1') end
    redis.call('PERSIST', oldWake)
    redis.call('RENAME', oldWake, wake)
  elseif wake then
    for i = 1, math.min(old, ${quickMerge}) do redis.call('RPUSH', wake, '1') end
  end
  return { 0, old }
end
local done = 0
for i = 1, ${chunkSize} do
  if list then
    local v = redis.call('RPOP', KEYS[2])
    if not v then break end
    redis.call('LPUSH', KEYS[1], v)
  else
    local job = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
    if #job == 0 then break end
    redis.call('ZREM', KEYS[2], job[1])
    redis.call('ZADD', KEYS[1], 'NX', job[2], job[1])
  end
  if wake then redis.call('RPUSH', wake, '1') end
  done = done + 1
end
local left = redis.call(count, KEYS[2])
if left == 0 then
  redis.call('DEL', KEYS[3])
  if oldWake then redis.call('DEL', oldWake) end
end
return { left, done }`,
)

/** 1 script per 100 removed jobs; 1 for a purge whatever its length. Byte for byte; `exact` is false where the queue moved on. */
export async function restoreElements(
  writer: Writer,
  place: Place,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  const { entry, items, data, wake } = trashKeys(trash)
  const kind = await writer.call('HGET', entry, 'kind')
  if (!(kind instanceof Buffer))
    throw new SluiceError('NOT_FOUND', 'The trash no longer holds this: it expired, or was undone already.')
  const whole = kind.toString() === 'whole'
  const { keys, flags } = present(place.wake === undefined ? [] : whole ? [place.wake, wake] : [place.wake])
  const total = { done: 0, exact: true }
  let left: number
  do {
    const reply = whole
      ? await writer.run(restoreWhole, [place.key, data, entry, ...keys], [flags])
      : await writer.run(restoreItems, [place.key, items, entry, ...keys], [flags, randomUUID(), chunkSize, place.type])
    const [stillThere = 0, done = 0, exact = 1] = numbersOf(reply)
    total.done += done
    total.exact &&= exact === 1
    left = stillThere
    run.progress(total.done, total.done + left)
  } while (left > 0 && !run.signal.aborted)
  return { done: total.done, missing: 0, refused: [], ...(left > 0 && { left }), exact: total.exact }
}
