import type { Script } from '../../handles.ts'
import { digestLua } from './digest.ts'

/** Elements that one script searches for jobs that are not where they were seen, in all: some 10 ms. */
const mostSearched = 10_000

/**
 * Lua for scripts that write where the elements of a list or a sorted set are the jobs themselves.
 * locate: where the element with this fingerprint is now, and its bytes. In a list: at the index where it was seen, else
 * nearest to it, looking at most 1,000 elements or 8 MB down (jobs before it left) and then up (jobs were put before
 * it); how far one had drifted is tried first for the next. In a sorted set: among the members with the score that it had.
 * drop: removes an element that was located; from a list with the help of a tombstone, from the nearer end.
 * insert: puts bytes at an index of a list, in order.
 * must: ends the script where a key has another type than it will be written as. Redis undoes nothing of a script that
 * fails half-way, so a job must not leave its old place before it is sure that the new one takes it.
 * held: whether the score, in unix seconds, is still to come by the server's own clock.
 */
const prelude = `${digestLua}
local function isList(key) return redis.call('TYPE', key).ok == 'list' end
local searched = 0
local function look(key, index, want, step)
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
  if isList(key) then return find(key, tonumber(at), want) end
  return among(key, at, want)
end
local function cut(key, index, tombstone)
  redis.call('LSET', key, index, tombstone)
  local length = redis.call('LLEN', key)
  redis.call('LREM', key, index * 2 < length and 1 or -1, tombstone)
end
local function drop(key, at, v, tombstone)
  if isList(key) then cut(key, at, tombstone) else redis.call('ZREM', key, v) end
end
local function insert(key, index, v, tombstone)
  local length = redis.call('LLEN', key)
  if index <= 0 then redis.call('LPUSH', key, v)
  elseif index >= length then redis.call('RPUSH', key, v)
  elseif length - index <= 1000 then
    local rest = {}
    for i = 1, length - index do rest[i] = redis.call('RPOP', key) end
    redis.call('RPUSH', key, v)
    for i = #rest, 1, -1 do redis.call('RPUSH', key, rest[i]) end
  else
    local next = redis.call('LINDEX', key, index)
    redis.call('LSET', key, index, tombstone)
    redis.call('LINSERT', key, 'BEFORE', tombstone, v)
    redis.call('LSET', key, index + 1, next)
  end
end
local function must(kind, key) redis.call(kind == 'list' and 'LLEN' or 'ZCARD', key) end
local function held(score) return tonumber(score) >= tonumber(redis.call('TIME')[1]) end
`

/** A script that begins with this Lua; `name` says what it does. */
export function elementScript(name: string, lua: string): Script {
  return { name: `elements.${name}`, lua: prelude + lua }
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
