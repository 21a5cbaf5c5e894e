import type { WriteActions } from '../../../system.ts'
import { describeRemoved } from '../../elements/discard.ts'
import { baseOf } from '../layout.ts'
import { Answers, runOverSeen, seenOf } from './answers.ts'
import type { Library } from './library.ts'
import { eachSeen, scriptsOf } from './prelude.lua.ts'

/** Children that go with a parent, at most. */
const familyLimit = 1000

/**
 * Lua that takes a job out of all that knows it and puts it into the trash whole: an entry of the list KEYS[2] is
 * MessagePack of [base, id, state, place, ties, { suffix = DUMP }], of a job that moved also where its copy is, or `=state:score:id` of a job of this queue that is a
 * hash alone, which has moved to the key `TRASH:KEY`. Children of a parent that did not end go with it, after all of
 * them were found free.
 */
export const discardLua = `
local items, entry, frozen = KEYS[2], KEYS[3], nil
local function keep(b, id, state, place, ties, to, copied)
  local k, dumps = b .. id, {}
  dumps[''] = call('DUMP', k)
  local names = {}
  for i, suffix in ipairs(suffixes) do names[i] = k .. suffix end
  if call('EXISTS', unpack(names)) > (dumps[''] and 1 or 0) then
    for i, suffix in ipairs(suffixes) do
      if suffix ~= '' then dumps[suffix] = call('DUMP', names[i]) or nil end
    end
  end
  call('RPUSH', items, cmsgpack.pack({ b, id, state, place, ties, dumps, to, copied }))
  call('DEL', unpack(names))
end
local function family(b, k, found)
  for _, child in ipairs(below(b, k)) do
    if #found >= ${familyLimit} then return 'many' end
    local cb, cid = split(child)
    if call('EXISTS', child) == 1 then
      if held(child) then return 'busy' end
      local why = family(cb, child, found)
      if why then return why end
      found[#found + 1] = { cb, cid }
    end
  end
end
local function discard(id, state, place)
  local k, children = base .. id, {}
  local kind = typeOf(k)
  if kind ~= 'hash' and kind ~= 'none' then return 'wrong' end
  if held(k, state) then return 'held' end
  local why = bound(base, id, k) or family(base, k, children)
  if why then return why end
  for _, child in ipairs(children) do
    if where(child[1], child[2]) == 'active' then return 'busy' end
  end
  place = place or take(base, state, id)
  if not place then return 'gone' end
  for _, child in ipairs(children) do
    local b, cid = child[1], child[2]
    local at, spot = where(b, cid), nil
    if not at and b == base and frozen and sets[state] then
      spot = call('ZSCORE', frozen, cid)
      if spot then at = state call('ZREM', frozen, cid) end
    end
    at = at or 'orphans'
    spot = spot or take(b, at, cid)
    -- A child whose parent goes too must not set it free on the way.
    keep(b, cid, at, spot, untie(b, cid, b .. cid, true))
    tell(b, 'removed', cid, at)
  end
  if state == 'stalled' then call('SREM', base .. 'stalled', id) end
  keep(base, id, state, place, untie(base, id, k, false))
  return 1
end
local function keepEntry(ttl, of)
  call('HSET', entry, 'of', of, 'kind', 'jobs')
  call('PEXPIRE', items, ttl)
  call('PEXPIRE', entry, ttl)
end`

export function removeAction(library: Library): Required<Pick<WriteActions, 'remove'>> {
  const script = scriptsOf(library)
  /** ARGV: state, ms to live, what the trash holds, then the jobs. */
  const removeScript = script(
    'remove',
    discardLua +
      eachSeen(
        4,
        `
local why = differs(base, id, ARGV[1], stamp, want)
if why then return why end
local answer = discard(id, ARGV[1])
if answer == 1 then tell(base, 'removed', id, ARGV[1]) end
return answer`,
        `
local removed = 0
for _, answer in ipairs(answers) do if answer == 1 then removed = removed + 1 end end
if removed > 0 then
  call('HINCRBY', entry, 'done', removed)
  keepEntry(ARGV[2], ARGV[3])
end`,
      ),
  )
  return {
    /** 1 script per 100 jobs; O(n) of the list a job where the state is a list. Children that did not end go with a parent. */
    async remove(writer, queue, state, refs, trash) {
      const answers = new Answers()
      const keys = [baseOf(queue), `${trash.key}:items`, trash.key]
      const head = [state, trash.ttlMs, describeRemoved(queue, state)]
      await runOverSeen(writer, removeScript, keys, head, seenOf(library.layout, refs, answers), answers)
      return answers.outcome()
    },
  }
}
