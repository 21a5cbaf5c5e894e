import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../../domain/errors.ts'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome, TrashSlot } from '../../system.ts'
import { digestOf } from './digest.ts'
import { elementScript, type Place, readingScript } from './element-script.ts'
import { putBackAll } from './restore-whole.ts'
import { readParked, returnParked } from './retry-parked.ts'
import type { Rewrite } from './rewrite.ts'
import { scanFor } from './scan-for.ts'
import { seekerLua, seekWindow } from './seeker.lua.ts'
import { buffersOf, chunkBytes, numberOf, numbersOf } from './seen.ts'
import { trashKeys } from './trash-entry.ts'

/** Jobs that one script takes back. */
const mostInStep = 200

/** Elements of a list from an index on, as many as asked for and no more than 1 MB, unless the first alone is larger. */
const readFromScript = readingScript(
  'read-from',
  `
local out, bytes, from, most = {}, 0, tonumber(ARGV[1]), tonumber(ARGV[2])
while #out < most do
  local chunk = redis.call('LRANGE', KEYS[1], from + #out, from + math.min(most, #out + 50) - 1)
  if #chunk == 0 then return out end
  for _, v in ipairs(chunk) do
    bytes = bytes + #v
    if #out > 0 and bytes > ${chunkBytes} then return out end
    out[#out + 1] = v
  end
end
return out`,
)

/**
 * Takes the last jobs of a parked state out of where they run, newest first, and puts them in front of the place that they
 * came from; those that began to run are dropped from the entry. KEYS: place, target, data, entry. ARGV: tombstone, how many
 * there are, '' or what is said below, then from the last one on the fingerprint of what each became, or 's' for one that stayed: that goes from
 * where it is to its old place. Returns how many are left, how many went back, how many began to run, and whether all
 * places are exact; -1 where there are not as many as that; -2, and nothing is done, where none is where it is expected in
 * a long target, unless ARGV[3] says at which index the last is, or that they are `gone`.
 */
const undoParkedScript = elementScript(
  'undo-parked',
  `${seekerLua}
local source, target, data, entry = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
must('list', source)
must('list', target)
if redis.call('LLEN', data) ~= tonumber(ARGV[2]) then return { -1 } end
local note = redis.call('HMGET', entry, 'hint', 'exact', 'gone')
local exact, told = note[2] ~= '0', tonumber(ARGV[3])
if ARGV[3] == 'gone' then redis.call('HSET', entry, 'gone', 1) end
local sure = ARGV[3] ~= '' or note[3] == '1'
local seek = seeker(target, told or tonumber(note[1] or redis.call('LLEN', target)) - 1, -1)
local seekStay = seeker(source, redis.call('LLEN', source) - 1, -1)
local places, n, found = {}, 0, 0
for i = 4, #ARGV do
  if i > 4 and late() then break end
  local print = ARGV[i]
  n = n + 1
  places[n] = print == 's' and seekStay(digest(redis.call('LINDEX', data, -n))) or print ~= 's' and seek(print) or -1
  if print ~= 's' and places[n] >= 0 then found = found + 1 end
end
if found == 0 and not sure and redis.call('LLEN', target) > ${seekWindow / 4} then return { -2 } end
local done, missing, cuts, stays, back = 0, 0, {}, {}, {}
for i = 1, n do
  local v, place = redis.call('RPOP', data), places[i]
  if place >= 0 then back[#back + 1] = v end
  if ARGV[i + 3] == 's' then
    if place >= 0 then stays[#stays + 1] = place else exact = false end
  elseif place >= 0 then
    cuts[#cuts + 1] = place
    done = done + 1
  else missing = missing + 1 end
end
if #stays > 0 then cut(source, stays, ARGV[1]) end
if #cuts > 0 then
  cut(target, cuts, ARGV[1])
  redis.call('HSET', entry, 'hint', math.min(unpack(cuts)))
end
for _, v in ipairs(back) do redis.call('LPUSH', source, v) end
redis.call('HSET', entry, 'exact', exact and '1' or '0')
redis.call('HINCRBY', entry, 'next', -n)
local left = redis.call('LLEN', data)
if left == 0 then redis.call('DEL', entry) end
return { left, done, missing, exact and 1 or 0 }`,
)

/**
 * 2 scripts per 200 jobs or 1 MB that ran; what had yet to run goes back first, by RENAME where that is all. `rewrite` says
 * what each job became.
 */
export async function undoParked(
  writer: Writer,
  place: Place,
  target: Place,
  trash: TrashSlot,
  run: Run,
  rewrite: Rewrite,
): Promise<StepOutcome & { exact: boolean }> {
  const { entry, data } = trashKeys(trash)
  const parked = await readParked(writer, entry)
  if (parked === null || parked.next === 0) {
    const { done, left } = await putBackAll(writer, place, trash, run)
    return { done, missing: 0, refused: [], exact: true, ...(left > 0 && { left }) }
  }
  const total = { done: 0, missing: 0, exact: true }
  if (parked.left !== null || parked.next < parked.length) {
    const { moved, left } = await returnParked(writer, place, { trash }, run)
    total.done += moved
    if (left > 0) return { ...total, refused: [], left: left + parked.next }
  }
  let left = numberOf(await writer.call('LLEN', data))
  while (left > 0) {
    const most = run.signal.aborted ? 0 : await run.next(mostInStep)
    if (most === 0) break
    const from = Math.max(0, left - most)
    const elements = await readBack(writer, data, from, left)
    const prints = elements.map((bytes) => {
      const again = rewrite(bytes)
      return again === null ? 's' : digestOf(again)
    })
    const keys = [place.key, target.key, data, entry]
    const args = [randomUUID(), left]
    let reply = numbersOf(await writer.run(undoParkedScript, keys, [...args, '', ...prints]))
    if (reply[0] === -2) {
      const at = await scanFor(writer, target.key, prints)
      reply = numbersOf(await writer.run(undoParkedScript, keys, [...args, at ?? 'gone', ...prints]))
    }
    const [stillThere = -1, done = 0, missing = 0, exact = 1] = reply
    if (stillThere < 0) throw new SluiceError('CHANGED', 'Another program changed what is in the trash.')
    total.done += done
    total.missing += missing
    total.exact = exact === 1
    left = stillThere
    run.progress(total.done + total.missing, total.done + total.missing + left)
  }
  return { ...total, refused: [], ...(left > 0 && { left }) }
}

/** The elements of a list between two indexes, last first; of large ones only the last few. */
async function readBack(writer: Writer, key: string, from: number, to: number): Promise<Buffer[]> {
  const elements = buffersOf(await writer.run(readFromScript, [key], [from, to - from]))
  if (elements.length === to - from) return elements.reverse()
  // They are large: what was read are the first ones, so ask for fewer.
  return readBack(writer, key, Math.min(to - 1, to - Math.ceil(elements.length / 2)), to)
}
