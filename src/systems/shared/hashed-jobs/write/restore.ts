import { SluiceError } from '../../../../domain/errors.ts'
import type { WriteActions } from '../../../system.ts'
import { baseOf } from '../layout.ts'
import { Answers, runScript } from './answers.ts'
import type { Library } from './library.ts'
import { chunkBytes, scriptsOf } from './prelude.lua.ts'
import { thaw } from './thaw.ts'

const restoreChunk = 100

/**
 * The last entries of the trash, newest first, so that what left a list last goes back first and each finds its old
 * place. An id that is taken by now stays in the trash, at the other end. ARGV: how many. Answers for each 1, 2 where
 * the place is only near, or [id, code].
 */
const restoreLua = `
local answers, bytes, ttl = {}, 0, call('PTTL', KEYS[2])
local function insert(key, id, place)
  local length = call('LLEN', key)
  if place == 'whole' or place == 0 then call('RPUSH', key, id) return 1 end
  if place >= length then call('LPUSH', key, id) return place == length and 1 or 2 end
  call('LINSERT', key, 'BEFORE', call('LINDEX', key, -place), id)
  return 1
end
for i = 1, tonumber(ARGV[1]) do
  if bytes > ${chunkBytes} then break end
  local packed = call('RPOP', KEYS[2])
  if not packed then break end
  bytes = bytes + #packed
  local state, place, id = string.match(packed, '^=([^:]*):([^:]*):(.*)$')
  local job = state and { base, id, state, place, {}, {} } or cmsgpack.unpack(packed)
  local moved = state and KEYS[3] .. ':' .. base .. id
  local b, ties, dumps
  b, id, state, place, ties, dumps = job[1], job[2], job[3], job[4], job[5], job[6]
  local k, answer, taken = b .. id, 1, nil
  -- Where it has a hash, that tells whether the id is taken; to look for it in lists is slow.
  if moved or dumps[''] then taken = call('EXISTS', k) == 1 else taken = where(b, id) end
  if taken then
    call('LPUSH', KEYS[2], packed)
    answer = { id, 'exists' }
  elseif moved and call('EXISTS', moved) == 0 then
    answer = { id, 'gone' }
  else
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
  end
  answers[#answers + 1] = answer
end
if call('EXISTS', KEYS[2]) == 0 then
  if call('HEXISTS', KEYS[3], 'frozen') == 0 then call('DEL', KEYS[3]) end
elseif ttl > 0 then
  call('PEXPIRE', KEYS[2], ttl)
end
wake()
return answers`

export function restoreAction(library: Library): Required<Pick<WriteActions, 'restore'>> {
  const script = scriptsOf(library)('restore', restoreLua)
  return {
    /**
     * 1 script per 100 jobs or 1 MB. Jobs go back with all their keys, to the place or score that they had; a job whose
     * id is taken by now stays in the trash and is refused. What a purge that was cut off had frozen goes back first, so
     * that the jobs behind it find their places; parents go back last, when it shows which have children to wait for.
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
        const items = Array.isArray(reply) ? reply : []
        if (items.length === 0) break
        for (const item of items) {
          if (Array.isArray(item)) answers.add(String(item[0]), item[1] ?? null)
          else answers.add('', 1)
          if (item === 2) exact = false
        }
        left -= items.length
        run.progress(total - left, total)
      }
      if (parents) await unfreeze()
      return { ...answers.outcome(), missing: left, exact }
    },
  }
}
