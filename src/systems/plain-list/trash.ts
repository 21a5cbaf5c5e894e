import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reply, Writer } from '../handles.ts'
import type { StepOutcome, TrashSlot } from '../system.ts'
import { keyOfState } from './keys.ts'
import { script } from './lua.ts'

/**
 * A trash entry in Redis, written by the script that removes, so that nothing is ever in neither place:
 *
 *   sluice:trash:ID         HASH  of (queue and state), kind (items | whole), length, head, tail; TTL 7 days
 *   sluice:trash:ID:items   LIST  `index:bytes` of each removed job, highest index first
 *   sluice:trash:ID:data    LIST  a purged state as it was, renamed
 */
export function describeRemoved(queue: QueueRef, state: string): string {
  return JSON.stringify({ ...queue, state })
}

/** Jobs that one restore script puts back. */
const chunkSize = 100
/** Jobs that arrived since a purge and can be put behind the restored ones in one script. */
const quickMerge = 5000

/**
 * Puts back up to 100 removed jobs, lowest index first. The old places are found by what stayed: if the head is the
 * same, indexes hold; else the old tail is looked for, and its shift is everyone's shift. Returns {left, done, exact}.
 * KEYS: list, items, entry. ARGV: tombstone, how many, jobs put back before (they count into the shift).
 */
const restoreItems = script(
  'restore-items',
  `
local entry = redis.call('HMGET', KEYS[3], 'length', 'head', 'tail', 'shift', 'exact')
local length = tonumber(entry[1] or '0')
local shift, exact = tonumber(entry[4] or ''), entry[5] ~= '0'
if not shift then
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
for i = 1, tonumber(ARGV[2]) do
  local item = redis.call('RPOP', KEYS[2])
  if not item then break end
  local colon = string.find(item, ':', 1, true)
  insert(KEYS[1], tonumber(string.sub(item, 1, colon - 1)) + shift, string.sub(item, colon + 1), ARGV[1])
  done = done + 1
end
local left = redis.call('LLEN', KEYS[2])
if left == 0 then redis.call('DEL', KEYS[3]) end
return { left, done, exact and 1 or 0 }`,
)

/**
 * Puts a purged state back: by RENAME when nothing arrived since; when little did, that goes behind; when much did, the
 * purged jobs go before it, 100 a call. KEYS: list, data, entry. Returns {left, done}.
 */
const restoreWhole = script(
  'restore-whole',
  `
local old = redis.call('LLEN', KEYS[2])
if old == 0 then return { 0, 0 } end
local new = redis.call('LLEN', KEYS[1])
if new <= ${quickMerge} then
  redis.call('PERSIST', KEYS[2])
  local arrived = redis.call('LRANGE', KEYS[1], 0, -1)
  redis.call('RENAME', KEYS[2], KEYS[1])
  for _, v in ipairs(arrived) do redis.call('RPUSH', KEYS[1], v) end
  redis.call('DEL', KEYS[3])
  return { 0, old }
end
local done = 0
for i = 1, ${chunkSize} do
  local v = redis.call('RPOP', KEYS[2])
  if not v then break end
  redis.call('LPUSH', KEYS[1], v)
  done = done + 1
end
local left = redis.call('LLEN', KEYS[2])
if left == 0 then redis.call('DEL', KEYS[3]) end
return { left, done }`,
)

const numbers = (reply: Reply): number[] => (Array.isArray(reply) ? reply.map(Number) : [])

/** 1 script per 100 removed jobs; 1 for a purge whatever its length. Byte for byte; `exact` is false where the queue moved on. */
export async function restore(
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
): Promise<StepOutcome & { exact: boolean }> {
  const list = keyOfState(queue, state)
  const kind = await writer.call('HGET', trash.key, 'kind')
  if (!(kind instanceof Buffer))
    throw new SluiceError('NOT_FOUND', 'The trash no longer holds this: it expired, or was undone already.')
  const whole = kind.toString() === 'whole'
  const total = { done: 0, exact: true }
  for (let left = 1; left > 0; ) {
    const reply = whole
      ? await writer.run(restoreWhole, [list, `${trash.key}:data`, trash.key], [])
      : await writer.run(restoreItems, [list, `${trash.key}:items`, trash.key], [randomUUID(), chunkSize])
    const [stillThere = 0, done = 0, exact = 1] = numbers(reply)
    total.done += done
    total.exact &&= exact === 1
    left = stillThere
  }
  return { done: total.done, missing: 0, refused: [], exact: total.exact }
}
