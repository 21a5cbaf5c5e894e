import { SluiceError } from '../../../../domain/errors.ts'
import type { WriteActions } from '../../../system.ts'
import { baseOf } from '../layout.ts'
import { itemsOf } from '../replies.ts'
import { Answers, runScript } from './answers.ts'
import type { Library } from './library.ts'
import { chunkBytes, scriptsOf } from './prelude.lua.ts'
import { recallLua } from './recall.lua.ts'
import { thaw } from './thaw.ts'

const restoreChunk = 100

/**
 * The last items of the trash, newest first, so that what left a list last goes back first and each finds its old
 * place. What cannot go back stays in the trash, at the other end. ARGV: how many. Answers how many items it took, and
 * for each job 1, 2 where the place is only near, or [id, code].
 */
const restoreLua = `${recallLua}
local answers, bytes, taken, ttl = {}, 0, 0, call('PTTL', KEYS[2])
local function insert(key, id, place)
  local length = call('LLEN', key)
  if place == 'whole' or place == 0 then call('RPUSH', key, id) return 1 end
  if place >= length then call('LPUSH', key, id) return place == length and 1 or 2 end
  call('LINSERT', key, 'BEFORE', call('LINDEX', key, -place), id)
  return 1
end
local function stays(id, code, packed)
  call('LPUSH', KEYS[2], packed)
  answers[#answers + 1] = { id, code }
end
-- A removed job, or one whose copy is taken back first.
local function bring(packed)
  local state, place, id = string.match(packed, '^=([^:]*):([^:]*):(.*)$')
  local job = state and { base, id, state, place, {}, {} } or cmsgpack.unpack(packed)
  local moved = state and KEYS[3] .. ':' .. base .. id
  local b, ties, dumps, to, copied
  b, id, state, place, ties, dumps, to, copied = unpack(job, 1, 8)
  local k, answer, there = b .. id, 1, nil
  -- Where it has a hash, that tells whether the id is taken; to look for it in lists is slow.
  if moved or dumps[''] then there = call('EXISTS', k) == 1 else there = where(b, id) end
  if there then return stays(id, 'exists', packed) end
  if moved and call('EXISTS', moved) == 0 then return stays(id, 'gone', packed) end
  if to then
    if to ~= base and (refusal(to) or sound(to)) then return stays(id, 'wrong', packed) end
    local waits = recall(to, copied)
    if waits == 'far' then return stays(id, 'far', packed) end
    if not waits then
      answers[#answers + 1] = { id, 'gone' }
      return
    end
    local names = {}
    for n, suffix in ipairs(suffixes) do names[n] = to .. copied .. suffix end
    call('DEL', unpack(names))
    tell(to, 'removed', copied, waits)
  end
  if moved then
    call('RENAME', moved, k)
    call('PERSIST', k)
  end
  for suffix, dump in pairs(dumps) do
    if dump then call('RESTORE', k .. suffix, 0, dump, 'REPLACE') end
  end
  tie(b, id, k, ties)
  if sets[state] then
    call('ZADD', b .. sets[state], place, id)
    if state == 'delayed' then later(b, math.floor(tonumber(place) / 4096)) end
    if state == 'prioritized' then line(b).put = true end
  elseif state ~= 'orphans' then
    -- A job that a dead worker had waits again, in front of the others.
    answer = insert(line(b).list, id, lists[state] and state ~= 'active' and place or 0)
    line(b).put = true
  end
  tell(b, 'restored', id, state)
  answers[#answers + 1] = answer
end
-- Jobs that were retried together: the last one first, which is the newest where they wait.
local function takeBack(b, state, names, jobs, others)
  local first = 1 + (others or 2)
  local step, left, n = first + #names, {}, #jobs
  while n > 0 and (n == #jobs or not late()) do
    local at = n - step
    local id, score, code = jobs[at + 1], jobs[at + 2], jobs[at + 3]
    if others then score, code = jobs[at + first + 1], false end
    local k, waits = b .. id, nil
    if not code then
      waits = recall(b, id)
      if waits == 'far' then code = 'far' end
    end
    if code then
      for i = 1, step do left[#left + 1] = jobs[at + i] end
      answers[#answers + 1] = { id, code }
    elseif not waits then
      answers[#answers + 1] = { id, 'gone' }
    else
      for i, name in ipairs(names) do
        local value = jobs[at + first + i]
        if value then call('HSET', k, name, value) else call('HDEL', k, name) end
      end
      if sets[state] then call('ZADD', b .. sets[state], score, id) end
      answers[#answers + 1] = 1
    end
    n = at
  end
  if #left > 0 then call('LPUSH', KEYS[2], cmsgpack.pack({ 'again', b, state, names, left, others })) end
  if n == 0 then return true end
  local rest = {}
  for i = 1, n do rest[i] = jobs[i] end
  call('RPUSH', KEYS[2], cmsgpack.pack({ 'again', b, state, names, rest, others }))
end
-- A payload that was changed where the job waits.
local function unedit(packed, b, id, old, new, begun)
  local own = call('HMGET', b .. id, 'data', 'processedOn')
  if typeOf(b .. id) == 'none' or own[2] ~= begun then
    answers[#answers + 1] = { id, 'gone' }
  elseif mark(own[1]) ~= new then
    stays(id, 'changed', packed)
  else
    if old then call('HSET', b .. id, 'data', old) else call('HDEL', b .. id, 'data') end
    answers[#answers + 1] = 1
  end
end
for i = 1, tonumber(ARGV[1]) do
  if i > 1 and (bytes > ${chunkBytes} or late()) then break end
  local packed = call('RPOP', KEYS[2])
  if not packed then break end
  bytes = bytes + #packed
  taken = taken + 1
  local first = string.sub(packed, 1, 1) ~= '=' and cmsgpack.unpack(packed) or {}
  if first[1] == 'again' then
    if not takeBack(unpack(first, 2, 6)) then
      taken = taken - 1
      break
    end
  elseif first[1] == 'edit' then
    unedit(packed, unpack(first, 2, 6))
  else
    bring(packed)
  end
end
if call('EXISTS', KEYS[2]) == 0 then
  if call('HEXISTS', KEYS[3], 'frozen') == 0 then call('DEL', KEYS[3], KEYS[3] .. ':refused') end
elseif ttl > 0 then
  call('PEXPIRE', KEYS[2], ttl)
end
wake()
return { taken, answers }`

export function restoreAction(library: Library): Required<Pick<WriteActions, 'restore'>> {
  const script = scriptsOf(library)('restore', restoreLua)
  return {
    /**
     * 1 script per 100 items of the trash, 1 MB or 4 ms. Removed jobs go back with all their keys, to the place or score
     * that they had; a job whose id is taken by now stays in the trash and is refused. Retried and moved ones that still
     * wait are taken out and go back as they were, edited ones get their old payload; those that began to run are missing,
     * and what a flow counts on is refused. What a purge that was cut off had frozen goes back first, so that the jobs
     * behind it find their places; parents go back last, when it shows which have children to wait for.
     */
    async restore(writer, queue, state, trash, run) {
      const keys = [baseOf(queue), `${trash.key}:items`, trash.key]
      const [length, frozen] = await writer.pipeline([
        ['LLEN', `${trash.key}:items`],
        ['EXISTS', `${trash.key}:frozen`],
      ])
      if (length instanceof Error) throw length
      const total = Number(length)
      if (total === 0 && frozen !== 1) throw new SluiceError('NOT_FOUND', 'The trash holds nothing of this any more.')
      const answers = new Answers()
      const parents = state === 'waiting-children'
      const unfreeze = async () => {
        if (frozen === 1) answers.done += await thaw(library, writer, queue, state, trash)
      }
      if (!parents) await unfreeze()
      let exact = true
      let left = total
      while (left > 0) {
        if (run.signal.aborted) return { ...answers.outcome(), left, exact }
        const reply = await runScript(writer, script, keys, [Math.min(restoreChunk, left)])
        const [taken, told] = itemsOf(reply)
        if (Number(taken) === 0 && itemsOf(told).length === 0) break
        for (const item of itemsOf(told)) {
          if (Array.isArray(item)) answers.add(String(item[0]), item[1] ?? null)
          else answers.add('', 1)
          if (item === 2) exact = false
        }
        left -= Number(taken)
        run.progress(total - left, total)
      }
      if (parents) await unfreeze()
      return { ...answers.outcome(), missing: answers.missing + left, exact }
    },
  }
}
