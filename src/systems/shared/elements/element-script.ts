import type { Script } from '../../handles.ts'
import { digestLua } from './digest.ts'

/** Elements that one script searches for jobs that are not where they were seen, in all: some 5 ms. */
const mostSearched = 6000

/** Jobs at the end of a list that are taken off and put back, to put others between them: LINSERT walks from the head. */
export const quickTail = 300

/**
 * Lua for scripts that write where the elements of a list or a sorted set are the jobs themselves.
 * locate: where the element with this fingerprint is now, and its bytes. In a list: at the index where it was seen, else
 * nearest to it, looking at most 1,000 elements or 8 MB down (jobs before it left) and then up (jobs were put before
 * it); how far one had drifted is tried first for the next. In a sorted set: among the members with the score that it had.
 * collect: locates what ARGV names from `first` on, in steps of `step` (place, fingerprint, ...), and gives a code for each
 * and what was found, in rising order, as {place, bytes, number in ARGV}. Two names of one element count it once; `guard`
 * may give a code that refuses one. It ends early when the script has run for long: whoever called asks for the rest.
 * take: removes what was collected. A list has no way to cut several elements out but to walk there, so all become one
 * tombstone, and one walk from each end cuts those that are nearer to it. Redis has no command that does it by index: in
 * the middle of a list of 1,000,000 one walk takes some 30 ms, which is why a plan says so first, and all of a state goes
 * by RENAME.
 * insert: puts {index, bytes} into a list, in rising order, where the index is what it will be.
 * late: whether the script has run for 4 ms, or 8 where it has to walk far into a list anyway (100,000 elements take some
 * 7 ms, and the fewer scripts do so the better), without its searches, which have an end of their own; where the clock
 * stands still in scripts, never.
 * must: ends the script where a key has another type than it will be written as. Redis undoes nothing of a script that
 * fails half-way, so a job must not leave its old place before it is sure that the new one takes it.
 * held: whether the score, in unix seconds, is still to come by the server's own clock.
 */
const prelude = `${digestLua}
local function isList(key) return redis.call('TYPE', key).ok == 'list' end
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local began, looking, searched = clock(), 0, 0
local patience = 4000
local function late() return clock() - began - looking > patience end
local function search(key, index, want, step)
  local bytes, seen, at = 0, 0, index
  while seen < 1000 and bytes < 8000000 and searched < ${mostSearched} and at >= 0 do
    local from = step < 0 and math.max(0, at - 49) or at
    local to = step < 0 and at or at + 49
    local chunk = redis.call('LRANGE', key, from, to)
    if #chunk == 0 then return end
    local a, b = 1, #chunk
    if step < 0 then a, b = b, a end
    for i = a, b, step do
      if digest(chunk[i]) == want then return from + i - 1, chunk[i] end
      bytes = bytes + #chunk[i]
    end
    seen, searched = seen + #chunk, searched + #chunk
    at = at + 50 * step
  end
end
local function look(key, index, want, step)
  local from = clock()
  local place, v = search(key, index, want, step)
  looking = looking + clock() - from
  return place, v
end
local drift = 0
local function at(key, index, want)
  local v = index >= 0 and redis.call('LINDEX', key, index)
  if v and digest(v) == want then
    return index, v
  end
end
local function find(key, index, want)
  local place, v = at(key, index + drift, want)
  if not place and drift ~= 0 then place, v = at(key, index, want) end
  if not place then place, v = look(key, math.min(index, redis.call('LLEN', key)) - 1, want, -1) end
  if not place then place, v = look(key, index + 1, want, 1) end
  if place then drift = place - index end
  return place, v
end
local function among(key, score, want)
  local seen, bytes = 0, 0
  while seen < 1000 and bytes < 8000000 do
    local chunk = redis.call('ZRANGEBYSCORE', key, score, score, 'LIMIT', seen, 50)
    if #chunk == 0 then return end
    for _, v in ipairs(chunk) do
      if digest(v) == want then return score, v end
      bytes = bytes + #v
    end
    seen = seen + #chunk
  end
end
local function locate(key, at, want)
  if isList(key) then
    local length = redis.call('LLEN', key)
    if math.min(tonumber(at), length - tonumber(at)) > 100000 then patience = 8000 end
    return find(key, tonumber(at), want)
  end
  return among(key, at, want)
end
local function collect(key, first, step, guard)
  local result, found, taken = {}, {}, {}
  for i = first, #ARGV, step do
    if #result > 0 and late() then break end
    local at, v = locate(key, ARGV[i], ARGV[i + 1])
    local code = 0
    if at and not taken[at .. ':' .. ARGV[i + 1]] then
      code = guard and guard(at, v, i) or 1
      if code == 1 then
        taken[at .. ':' .. ARGV[i + 1]] = true
        found[#found + 1] = { at, v, i }
      end
    end
    result[#result + 1] = code
  end
  table.sort(found, function(a, b) return tonumber(a[1]) < tonumber(b[1]) end)
  return result, found
end
local function cut(key, places, tombstone)
  local length, front, last, first = redis.call('LLEN', key), 0, 0, nil
  for _, index in ipairs(places) do
    redis.call('LSET', key, index, tombstone)
    if index * 2 < length then
      front, last = front + 1, math.max(last, index)
    else first = math.min(first or index, index) end
  end
  local back = #places - front
  if front > 0 and back > 0 and last + length - first > length * 0.6 then
    -- They lie around the middle: two walks would take as long as one through all of it.
    redis.call('LREM', key, #places, tombstone)
    return
  end
  if front > 0 then redis.call('LREM', key, front, tombstone) end
  if back > 0 then redis.call('LREM', key, -back, tombstone) end
end
local function take(key, found, tombstone, wake)
  if isList(key) then
    local places = {}
    for i, job in ipairs(found) do places[i] = job[1] end
    if #places > 0 then cut(key, places, tombstone) end
  else
    for _, job in ipairs(found) do redis.call('ZREM', key, job[2]) end
  end
  if wake then for _ = 1, #found do redis.call('LPOP', wake) end end
end
local function insertOne(key, index, v, tombstone)
  local length = redis.call('LLEN', key)
  if index <= 0 then redis.call('LPUSH', key, v)
  elseif index >= length then redis.call('RPUSH', key, v)
  else
    local next = redis.call('LINDEX', key, index)
    redis.call('LSET', key, index, tombstone)
    redis.call('LINSERT', key, 'BEFORE', tombstone, v)
    redis.call('LSET', key, index + 1, next)
  end
end
local function insert(key, jobs, tombstone)
  local first = jobs[1] and math.max(0, jobs[1][1])
  local length = redis.call('LLEN', key)
  if not first then return end
  if first < length - ${quickTail} or first < 100 then
    for _, job in ipairs(jobs) do insertOne(key, job[1], job[2], tombstone) end
    return
  end
  local rest = first < length and redis.call('LRANGE', key, first, -1) or {}
  if #rest > 0 then redis.call('LTRIM', key, 0, first - 1) end
  local at, moved = first, 0
  for _, job in ipairs(jobs) do
    while at < job[1] and moved < #rest do
      moved, at = moved + 1, at + 1
      redis.call('RPUSH', key, rest[moved])
    end
    redis.call('RPUSH', key, job[2])
    at = at + 1
  end
  for i = moved + 1, #rest do redis.call('RPUSH', key, rest[i]) end
end
local function must(kind, key) redis.call(kind == 'list' and 'LLEN' or 'ZCARD', key) end
local function held(score) return tonumber(score) >= tonumber(redis.call('TIME')[1]) end
`

/** A script that begins with this Lua; `name` says what it does. */
export function elementScript(name: string, lua: string): Script {
  return { name: `elements.${name}`, lua: prelude + lua }
}

/** The same for one that changes nothing. */
export function readingScript(name: string, lua: string): Script {
  return { ...elementScript(name, lua), reads: true }
}

/** A key whose elements are jobs. */
export interface Place {
  readonly key: string
  readonly type: 'list' | 'zset'
  /** The list that wakes blocked workers, where the system has one: it holds a `1` for each job. */
  readonly wake?: string
  /** Scores are the unix seconds until which a worker holds the job: until then it is left alone. */
  readonly held?: true
}

/**
 * Lua that names KEYS which may be left out. They stand behind the first `fixed` keys in the order of `names`; ARGV[1]
 * says which are there, as a string of 0 and 1.
 */
export function optionalKeys(fixed: number, names: readonly string[]): string {
  const lines = names.map(
    (name, i) => `local ${name}
if string.sub(ARGV[1], ${i + 1}, ${i + 1}) == '1' then nextKey = nextKey + 1 ${name} = KEYS[nextKey] end`,
  )
  return `local nextKey = ${fixed}\n${lines.join('\n')}\n`
}

/** The keys that are there, and the string of 0 and 1 that says which. */
export function present(keys: readonly (string | undefined)[]): { keys: string[]; flags: string } {
  return {
    keys: keys.filter((key) => key !== undefined),
    flags: keys.map((key) => (key === undefined ? '0' : '1')).join(''),
  }
}
