import { SluiceError } from '../../../domain/errors.ts'
import type { Writer } from '../../handles.ts'
import type { Frozen, TrashSlot } from '../../system.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { parseMark } from './freeze.ts'
import { chunkBytes, numbersOf } from './seen.ts'
import { keepLua, trashKeys } from './trash-entry.ts'

/** Elements that one script looks at for the end of what was frozen, and that one script puts back. */
const mostLooked = 4000
const mostBack = 1000

const answers = { nothing: 0, parked: 1, further: 2, lost: 3, more: 4 } as const

/**
 * settle: puts back what arrived since the freeze, as much as one script should: it stands behind the `length` jobs, and
 * `head` of it before them. Once all is back, a purge gets its time to live; what is to run again has none until it has.
 */
const settleLua = `${keepLua}
local function settle(key, data, entry, ttl, wake, oldWake)
  local note = redis.call('HMGET', entry, 'length', 'head', 'kind')
  local length, head = tonumber(note[1]), tonumber(note[2] or '0')
  local over = redis.call('LLEN', data) - length - head
  local bytes, moved = 0, 0
  local function back(v)
    redis.call('LPUSH', key, v)
    if wake and redis.call('RPOP', oldWake) then redis.call('RPUSH', wake, '1') end
    bytes, moved = bytes + #v, moved + 1
  end
  while over > 0 and moved < ${mostBack} and bytes < ${chunkBytes} and not late() do
    back(redis.call('RPOP', data))
    over = over - 1
  end
  if over > 0 then return over end
  local first = {}
  for i = 1, head do first[i] = redis.call('LPOP', data) end
  for i = head, 1, -1 do back(first[i]) end
  redis.call('HSET', entry, 'settled', 1, 'head', 0)
  if note[3] == 'whole' then
    for _, k in ipairs({ data, entry, oldWake }) do redis.call('PEXPIRE', k, ttl) end
  end
  return 0
end
`

/**
 * Renames a place into a trash entry. KEYS: key, data, entry, wake, trash wake. ARGV: which keys, ttl ms, queue and state
 * as JSON, kind, where the jobs go as JSON or '', how many were frozen, fingerprints of their last ones (newest first),
 * index from which to look downwards for the last of them, 'weak' to believe in one whose neighbour is another. Where the
 * last one is further up than it was, as many jobs were put before all others. Returns one of `answers`, then for what is
 * parked, now or before: how many, how much is still to be put back; for `further`: the next index; for `more`: how
 * many there are.
 */
const parkScript = elementScript(
  'park',
  `${settleLua}${optionalKeys(3, ['wake', 'oldWake'])}
local key, data, entry, count = KEYS[1], KEYS[2], KEYS[3], tonumber(ARGV[6])
local old = redis.call('HMGET', entry, 'length', 'settled')
if old[1] then return { ${answers.parked}, tonumber(old[1]), old[2] == '0' and 1 or 0 } end
if redis.call('EXISTS', key) == 0 then return { ${answers.nothing} } end
if wake then must('list', wake) end
local function park(length, head, settled)
  redis.call('RENAME', key, data)
  redis.call('HSET', entry, 'of', ARGV[3], 'kind', ARGV[4], 'length', length, 'jobs', length, 'head', head,
    'settled', settled, 'at', string.format('%.0f', now()))
  if ARGV[5] ~= '' then redis.call('HSET', entry, 'to', ARGV[5], 'next', 0, 'done', 0, 'stays', 0) end
  if wake and redis.call('EXISTS', wake) == 1 then redis.call('RENAME', wake, oldWake) end
  return { ${answers.parked}, length, settle(key, data, entry, ARGV[2], wake, oldWake) }
end
if not isList(key) then
  local all = redis.call('ZCARD', key)
  if all > count then return { ${answers.more}, all } end
  redis.call('RENAME', key, data)
  redis.call('HSET', entry, 'of', ARGV[3], 'kind', ARGV[4], 'length', all, 'jobs', all, 'settled', 1)
  redis.call('PEXPIRE', data, ARGV[2])
  redis.call('PEXPIRE', entry, ARGV[2])
  return { ${answers.parked}, all, 0 }
end
local prints, numbers = {}, {}
for print in string.gmatch(ARGV[7], '%x+') do
  prints[#prints + 1] = print
  numbers[print] = numbers[print] or #prints
end
local function ends(v, index)
  local number = numbers[digest(v)]
  if not number or ARGV[9] == 'weak' or index == 0 or not prints[number + 1] then return number ~= nil end
  return digest(redis.call('LINDEX', key, index - 1)) == prints[number + 1]
end
local length, seen, bytes, last = redis.call('LLEN', key), 0, 0, nil
local at = math.min(tonumber(ARGV[8]), length - 1)
while at >= 0 and not last do
  if seen >= ${mostLooked} or bytes > 8000000 then return { ${answers.further}, at } end
  local from = seen == 0 and at or math.max(0, at - 49)
  local chunk = redis.call('LRANGE', key, from, at)
  for i = #chunk, 1, -1 do
    bytes = bytes + #chunk[i]
    if not last and ends(chunk[i], from + i - 1) then last = from + i - 1 end
  end
  seen, at = seen + #chunk, from - 1
end
for up = count, math.min(length - 1, count + 999) do
  if last then break end
  local v = redis.call('LINDEX', key, up)
  if ends(v, up) then last = up end
end
if not last then return { ${answers.lost} } end
local before = math.max(0, last - count + 1)
return park(last + 1 - before, before, 0)`,
)

/** Goes on with putting back. KEYS: key, data, entry, wake, trash wake. ARGV: which keys, ttl ms. Returns how much is left. */
const settleScript = elementScript(
  'settle',
  `${settleLua}${optionalKeys(3, ['wake', 'oldWake'])}
if redis.call('HGET', KEYS[3], 'settled') ~= '0' then return { 0 } end
return { settle(KEYS[1], KEYS[2], KEYS[3], ARGV[2], wake, oldWake) }`,
)

/**
 * 1 script, O(1) and what arrived since the freeze, however long the list is: renames it into the trash entry, and puts
 * back the arrivals in their order; 1 script more per 1,000 of them. Where elements left since, 1 script per 4,000 of them
 * to find where the set ends now. Returns how many jobs the entry holds; called again, the same. CHANGED for a sorted
 * set that holds more than was frozen.
 */
export async function parkElements(
  writer: Writer,
  place: Place,
  of: string,
  kind: 'whole' | 'retried',
  to: string,
  frozen: Frozen,
  trash: TrashSlot,
): Promise<number> {
  if (frozen.count === 0) return 0
  const { entry, data, wake } = trashKeys(trash)
  const { keys, flags } = present(place.wake === undefined ? [] : [place.wake, wake])
  const all = [place.key, data, entry, ...keys]
  const prints = parseMark(frozen.mark).prints.join(',')
  const head = [flags, trash.ttlMs, of, kind, to, frozen.count, prints]
  for (const belief of ['', 'weak']) {
    for (let from = frozen.count - 1; ; ) {
      const [answer, first = 0, behind = 0] = numbersOf(await writer.run(parkScript, all, [...head, from, belief]))
      if (answer === answers.nothing) return 0
      if (answer === answers.more) throw moreThanExpected(first, frozen.count)
      if (answer === answers.lost) break
      if (answer === answers.further) {
        from = first
        continue
      }
      for (let left = behind; left > 0; ) {
        left = numbersOf(await writer.run(settleScript, all, [flags, trash.ttlMs]))[0] ?? 0
      }
      return first
    }
  }
  return 0
}

export function moreThanExpected(found: number, expected: number): SluiceError {
  return new SluiceError(
    'CHANGED',
    `There are ${found} jobs now, more than the ${expected} you confirmed. Nothing was removed.`,
  )
}
