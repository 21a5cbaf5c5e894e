import { randomUUID } from 'node:crypto'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome, TrashSlot } from '../../system.ts'
import { elementScript, optionalKeys, type Place, present, quickTail, readingScript } from './element-script.ts'
import { scanFor } from './scan-for.ts'
import { seekerLua, seekWindow } from './seeker.lua.ts'
import { buffersOf, chunkBytes, chunkSize, numbersOf } from './seen.ts'
import { keepLua, trashKeys } from './trash-entry.ts'

/**
 * Puts back up to 100 jobs that were removed or changed, the last script's first, lowest place first, so that each finds the
 * state that its script left. In a list that state is known by its ends: if the head is the same, indexes hold; else
 * the old tail is looked for, and its shift is everyone's shift. In a sorted set each gets its score again.
 * What was changed is first taken from where it went; what is not there any more began to run, and is dropped from the entry.
 * KEYS: place, target (the place itself for removed jobs), items, entry, wake, wake of the target. ARGV: which keys,
 * tombstone, most, type of the place, type of the target, and '' at first: then, where the first job is not where it is
 * expected in a long target, it does nothing and returns -1, for the caller to look through all of it and say at which
 * index the next ones are, or that they are `gone`. Returns how many are left, how many went back, how many began to run,
 * and whether all places are exact.
 */
const restoreItemsScript = elementScript(
  'restore-items',
  `${keepLua}${seekerLua}${optionalKeys(4, ['wake', 'targetWake'])}
local source, target, items, entry, tombstone = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[2]
must(ARGV[4], source)
must(ARGV[5], target)
if wake then must('list', wake) end
if targetWake then must('list', targetWake) end
local list, same = ARGV[4] == 'list', source == target
local note = redis.call('HMGET', entry, 'kind', 'shift', 'hint', 'lost', 'lostTop', 'exact', 'gone')
local changed = note[1] == 'changed'
local shift, hint = tonumber(note[2] or '0'), tonumber(note[3] or '')
local lost, lostTop, exact = tonumber(note[4] or '0'), tonumber(note[5] or '-1'), note[6] ~= '0'
local listed = changed and not same and ARGV[5] == 'list'
local told = tonumber(ARGV[6])
if ARGV[6] == 'gone' then redis.call('HSET', entry, 'gone', 1) end
local sure = ARGV[6] ~= '' or note[7] == '1'
local seek = listed and seeker(target, told or hint or redis.call('LLEN', target), 1)
local function open(marker)
  local length, head, tail, count = string.match(marker, '^=(%d*):(%x*):(%x*):(%d+)$')
  if listed then
    hint = math.max(0, (hint or redis.call('LLEN', target)) - tonumber(count))
    seek = seeker(target, hint, 1)
  end
  shift = 0
  if not list or length == '' or length == '0' then return end
  local first = redis.call('LINDEX', source, 0)
  if first and digest(first) == head then return end
  local at = look(source, redis.call('LLEN', source) - 1, tail, -1)
  if at then shift = at - (tonumber(length) - 1) else exact = false end
end
local done, missing, bytes, walk = 0, 0, 0, 0
local cuts, gone, back = {}, {}, {}
local size = list and redis.call('LLEN', source)
local function save()
  redis.call('HSET', entry, 'shift', shift, 'exact', exact and '1' or '0')
  if hint then redis.call('HSET', entry, 'hint', hint) end
end
while done + missing < tonumber(ARGV[3]) and bytes < ${chunkBytes} and walk < 80000 do
  if done + missing > 0 and late() then break end
  local item = redis.call('LINDEX', items, -1)
  if not item then break end
  if string.sub(item, 1, 1) == '=' then
    if done + missing > 0 then break end
    redis.call('RPOP', items)
    open(item)
  else
    local at, print, v
    if changed then at, print, v = string.match(item, '^([^:]*):([^:]*):()')
    else at, v = string.match(item, '^([^:]*):()') end
    v = string.sub(item, v)
    local twin = not list and not (same and changed) and redis.call('ZSCORE', source, v)
    local found = not changed
    if twin then exact, found = false, false
    elseif changed and same then
      local place, now = locate(source, list and tonumber(at) + shift or at, print)
      if place and list then redis.call('LSET', source, place, v)
      elseif place and not redis.call('ZSCORE', source, v) then
        redis.call('ZREM', source, now)
        redis.call('ZADD', source, at, v)
      else place = nil end
      found = place
    elseif listed then
      local place = seek(print)
      found = place
      if not found and done + missing == 0 and not sure and redis.call('LLEN', target) > ${seekWindow / 4} then
        save()
        return { -1 }
      end
      if place then cuts[#cuts + 1] = place end
    elseif changed then
      local _, now
      if digest(v) == print then now = redis.call('ZSCORE', target, v) and v
      else _, now = among(target, at, print) end
      found = now
      if now then redis.call('ZREM', target, now) end
    end
    redis.call('RPOP', items)
    bytes = bytes + #item
    if found then
      done = done + 1
      if list and not (same and changed) then
        local index = tonumber(at) + shift - #gone
        if lost > 0 and tonumber(at) > lostTop then index = index - lost end
        back[#back + 1] = { index, v }
        if size - index > ${quickTail} then walk = walk + index end
      elseif not list and not (same and changed) then redis.call('ZADD', source, at, v) end
      if wake and not (same and changed) then redis.call('RPUSH', wake, '1') end
    else
      missing = missing + 1
      if list and changed and not same then gone[#gone + 1] = tonumber(at) end
    end
  end
end
if #cuts > 0 then
  hint = math.min(unpack(cuts))
  cut(target, cuts, tombstone)
  if targetWake then for _ = 1, #cuts do redis.call('LPOP', targetWake) end end
end
if #back > 0 then insert(source, back, tombstone) end
if #gone > 0 then
  lost, lostTop = lost + #gone, math.max(lostTop, gone[#gone])
  redis.call('HSET', entry, 'lost', lost, 'lostTop', lostTop)
end
local left = redis.call('HINCRBY', entry, 'jobs', -done - missing)
save()
if redis.call('LLEN', items) == 0 then
  redis.call('DEL', entry)
  left = 0
end
return { left, done, missing, exact and 1 or 0 }`,
)

/** Fingerprints of what the changed jobs became that were handled by one script, the last that has some left. */
const printsScript = readingScript(
  'prints',
  `
local prints = {}
for i = 1, ${chunkSize} do
  local item = redis.call('LINDEX', KEYS[1], -i)
  if not item or string.sub(item, 1, 1) == '=' then break end
  prints[i] = string.match(item, '^[^:]*:([^:]*):')
end
return prints`,
)

/**
 * 1 script per 100 jobs or 1 MB, of which one that has to walk far into a long list takes fewer. `target` is where changed
 * jobs went; null for removed ones.
 */
export async function restoreItems(
  writer: Writer,
  place: Place,
  target: Place | null,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  const { entry, items } = trashKeys(trash)
  const to = target ?? place
  const moved = to.key !== place.key
  const { keys, flags } = present([place.wake, moved ? to.wake : undefined])
  const all = [place.key, to.key, items, entry, ...keys]
  const total = { done: 0, missing: 0, exact: true }
  let left = 1
  while (left > 0) {
    const most = run.signal.aborted ? 0 : await run.next(chunkSize)
    if (most === 0) break
    const args = [flags, randomUUID(), most, place.type, to.type]
    let reply = numbersOf(await writer.run(restoreItemsScript, all, [...args, '']))
    if (reply[0] === -1) {
      const prints = buffersOf(await writer.run(printsScript, [items], [])).map(String)
      const at = await scanFor(writer, to.key, prints)
      reply = numbersOf(await writer.run(restoreItemsScript, all, [...args, at ?? 'gone']))
    }
    const [stillThere = 0, done = 0, missing = 0, exact = 1] = reply
    total.done += done
    total.missing += missing
    total.exact = exact === 1
    left = stillThere
    run.progress(total.done + total.missing, total.done + total.missing + left)
  }
  return { ...total, refused: [], ...(left > 0 && { left }) }
}
