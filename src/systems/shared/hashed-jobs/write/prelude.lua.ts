import type { Script } from '../../../handles.ts'
import { placesByType, statesOf } from '../layout.ts'
import { markLua } from '../refs.ts'
import type { Library } from './library.ts'

/** Most jobs that one script takes, and most bytes of their payloads: a script must not hold up Redis for 10 ms. */
export const chunkSize = 100
/** Jobs that a script over very many looks at together, and after which it looks at the clock. */
export const groupSize = 50
export const chunkBytes = 1024 * 1024
/** Ids that a script may pass over in lists, where finding one is O(n). */
const listSteps = 1_000_000
/** Time after which a script that goes over many jobs ends, by the server's clock. */
const longMs = 4

/**
 * Lua that every write script of a library begins with. KEYS[1] is what the queue's keys begin with; other keys of the
 * queue, and of its parents and children, are named from it: in a cluster they share its slot, as both libraries demand.
 *
 * differs: why a job is not the one that was seen: nil when it is, 'gone', 'changed', 'wrong' where its key is no hash.
 * The stamp is what refs.ts says. held: whether a worker has its lock; also while the job is in `active`, where the lock
 * may be on its way. sizeOf: bytes of its payload.
 * late: whether the script has run for so long that it should end; where the clock stands still in scripts, never.
 * take: takes an id out of a state and returns its place (score, or in a list the distance from the tail); nil when it
 * is not there. where: the state that holds an id; nil for none. split: the base and the id that a job's key is made of
 * (names of queues have no colon where a library has keys of jobs as values).
 * sound: an error where a key of the queue is of another type than the library keeps there. Redis undoes nothing of a
 * script that fails half-way, so that this comes first.
 */
export function preludeOf({ layout, lua, suffixes, types }: Library): string {
  const { lists, sets } = placesByType(layout)
  const suffixOf = (state: string) => layout.places[state]?.suffix ?? state
  const table = (states: readonly string[]) => states.map((state) => `['${state}'] = '${suffixOf(state)}'`).join(', ')
  return `
local call, base = redis.call, KEYS[1]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lists = { ${table(lists)} }
local sets = { ${table(sets)} }
local stamps = { active = 'processedOn', stalled = 'processedOn', failed = 'finishedOn', completed = 'finishedOn' }
${markLua}
local function typeOf(k)
  return call('TYPE', k).ok
end
local function late()
  local at = call('TIME')
  return (at[1] - time[1]) * 1000 + (at[2] - time[2]) / 1000 > ${longMs}
end
-- Ids of a sorted set from a rank on, each followed by some fields of its hash: one read of all, where Redis lets us.
-- A cluster and some users may not SORT by other keys, and a star in a name would be taken for the id.
local function rows(key, from, count, fields)
  if count <= 0 then return {} end
  local args = { 'SORT', key, 'BY', 'nosort', 'LIMIT', from, count, 'GET', '#' }
  for _, field in ipairs(fields) do
    args[#args + 1] = 'GET'
    args[#args + 1] = base .. '*->' .. field
  end
  local found = string.find(base, '*', 1, true) and { err = '' } or redis.pcall(unpack(args))
  if not found.err then return found end
  found = {}
  for _, id in ipairs(call('ZRANGE', key, from, from + count - 1)) do
    local values = redis.pcall('HMGET', base .. id, unpack(fields))
    found[#found + 1] = id
    for i = 1, #fields do found[#found + 1] = values[i] or false end
  end
  return found
end
-- Whether none of some of those jobs has any of these keys beside its hash: one read for all of them.
local function calm(found, from, to, step, beside)
  local names, n = {}, 0
  for i = from, to, step do
    local k = base .. found[i]
    for _, suffix in ipairs(beside) do
      n = n + 1
      names[n] = k .. suffix
    end
  end
  return n == 0 or call('EXISTS', unpack(names)) == 0
end
local function held(k, state)
  return state == 'active' or call('EXISTS', k .. ':lock') == 1
end
local function sizeOf(k)
  return typeOf(k) == 'hash' and call('HSTRLEN', k, 'data') or 0
end
local function differs(b, id, state, stamp, want)
  local k, at = b .. id, nil
  local kind = typeOf(k)
  if kind ~= 'hash' and kind ~= 'none' then return 'wrong' end
  if state == 'delayed' then
    at = call('ZSCORE', b .. 'delayed', id)
    if not at then return 'gone' end
    at = string.format('%.0f', at)
  else
    at = call('HGET', k, stamps[state] or 'timestamp') or ''
    if not string.find(at, '^%d+$') or #at > 20 then at = '' end
  end
  if at ~= stamp then
    if sets[state] then return call('ZSCORE', b .. sets[state], id) and 'changed' or 'gone' end
    return kind == 'none' and not call('LPOS', b .. (lists[state] or lists.active), id) and 'gone' or 'changed'
  end
  if want ~= '' and mark(call('HGET', k, 'data')) ~= want then return 'changed' end
end
local function distance(key, id)
  local at = call('LPOS', key, id, 'RANK', -1)
  return at and call('LLEN', key) - 1 - at
end
local function where(b, id)
  for state, suffix in pairs(sets) do
    if call('ZSCORE', b .. suffix, id) then return state end
  end
  for state, suffix in pairs(lists) do
    if call('LPOS', b .. suffix, id, 'RANK', -1) then return state end
  end
end
local function take(b, state, id)
  if sets[state] then
    local score = call('ZSCORE', b .. sets[state], id)
    if score then call('ZREM', b .. sets[state], id) end
    return score
  end
  if state == 'orphans' then return not where(b, id) and '' or nil end
  local key = b .. (lists[state] or 'active')
  local place = distance(key, id)
  if place then call('LREM', key, -1, id) end
  return place
end
local function steps(b, state)
  return lists[state] and call('LLEN', b .. lists[state]) or 0
end
local function split(k)
  local id = string.match(k, '^.*:(repeat:.+:%d+)$') or string.match(k, '([^:]*)$')
  return string.sub(k, 1, #k - #id), id
end
local suffixes = { ${suffixes.map((suffix) => `'${suffix}'`).join(', ')} }
${lua}
local types = { ${types.map(([suffix, type]) => `['${suffix}'] = '${type}'`).join(', ')} }
for _, suffix in pairs(lists) do types[suffix] = 'list' end
for _, suffix in pairs(sets) do types[suffix] = 'zset' end
local function sound(b)
  for suffix, type in pairs(types) do
    local kind = typeOf(b .. suffix)
    if kind ~= type and kind ~= 'none' then
      return redis.error_reply('WRONGTYPE The key ' .. b .. suffix .. ' is a ' .. kind .. ', not a ' .. type)
    end
  end
end
local refused = refusal(base) or sound(base)
if refused then return refused end
`
}

/** Makes a script of a library; `reads` makes one that changes nothing. */
export interface ScriptMaker {
  (name: string, lua: string): Script
  reads(name: string, lua: string): Script
}

/** The scripts of a library, made once each. */
export function scriptsOf(library: Library): ScriptMaker {
  const prelude = preludeOf(library)
  const label = library.layout.label.toLowerCase()
  const script = (name: string, lua: string): Script => ({ name: `${label}.${name}`, lua: prelude + lua })
  return Object.assign(script, {
    reads: (name: string, lua: string): Script => ({ ...script(name, lua), reads: true }),
  })
}

/**
 * Lua around what is done with each job that was seen. ARGV from `first`: id, stamp and mark of each. `each` is the body
 * of a function of (id, stamp, want) that returns 1, or a code. The answers come in order, and may be fewer than asked:
 * the script stops where its work gets too much. `after` runs once at the end.
 */
export function eachSeen(first: number, each: string, after = ''): string {
  return `
local function each(id, stamp, want)
${each}
end
local answers, passed, bytes = {}, 0, 0
local perJob = steps(base, ARGV[1])
for i = ${first}, #ARGV, 3 do
  if #answers > 0 and (passed > ${listSteps} or bytes > ${chunkBytes}) then break end
  passed = passed + perJob
  bytes = bytes + sizeOf(base .. ARGV[i])
  answers[#answers + 1] = each(ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
${after}
wake()
return answers`
}

/** Whether the layout has such a state at all: a view has no key. */
export function holdsIds({ layout }: Library, state: string): boolean {
  return statesOf(layout).includes(state)
}
