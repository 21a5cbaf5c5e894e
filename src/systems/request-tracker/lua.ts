import { newestLooked } from './keys.ts'

/** The beginning of a request that a row shows: its status, times and messages come before its data and results. */
export const rowBytes = 4096
/** Enough to hold the status where the application puts it: third, behind hash and service. */
const statusBytes = 512
/** Requests whose status comes later are decoded whole: at most so many in one script, of at most so many bytes. */
const mostDecoded = 32
const decodedBytes = 16_384

/**
 * Lua that reads the status of a request; it writes nothing. quick: the top-level "status" in the beginning of a JSON
 * object, while no other object or array comes before it; nil where that is not certain. status: that of a hash in lower
 * case, '' for none, false when the request expired; `late` counts those whose status comes too late to be read here.
 * ARGV[1]: what request keys begin with.
 */
export const statusLua = `
local prefix, decoded, late = ARGV[1], 0, 0
local function tidy(word) return string.lower(string.match(word, '^%s*(.-)%s*$')) end
local function quick(s)
  local open = string.find(s, '%S')
  if not open or string.byte(s, open) ~= 123 then return '' end
  local at = open
  while true do
    local from, to = string.find(s, '"status"', at, true)
    if not from or string.byte(s, from - 1) == 92 then return nil end
    if string.find(s, '^%s*:', to + 1) then
      if string.find(string.sub(s, open + 1, from - 1), '[{%[]') then return nil end
      local word = string.match(s, '^%s*:%s*"([^"\\\\]*)"', to + 1)
      return word and tidy(word)
    end
    at = to + 1
  end
end
local function slow(key)
  if redis.call('STRLEN', key) > ${decodedBytes} or decoded >= ${mostDecoded} then
    late = late + 1
    return ''
  end
  decoded = decoded + 1
  local ok, value = pcall(cjson.decode, redis.call('GET', key))
  if not ok or type(value) ~= 'table' or type(value.status) ~= 'string' then return '' end
  return tidy(value.status)
end
local function status(hash)
  local key = prefix .. hash
  local s = redis.pcall('GETRANGE', key, 0, ${statusBytes - 1})
  if type(s) == 'table' then return '' end
  if s == '' then return redis.call('EXISTS', key) == 1 and '' end
  return quick(s) or slow(key)
end
`

/**
 * Lua shared by the scripts; none of them writes.
 * look: calls `each` with hash and status, newest first; returns the length of the list, whether one of the last 50
 * looked at is alive, and how many hold their status too late.
 * KEYS: the list. ARGV[1]: what request keys begin with.
 */
const prelude = `${statusLua}
local function look(each)
  local seen, alive = {}, false
  for i, hash in ipairs(redis.call('LRANGE', KEYS[1], 0, ${newestLooked - 1})) do
    if not seen[hash] then
      seen[hash] = true
      local found = status(hash)
      if found and i > ${newestLooked - 50} then alive = true end
      each(hash, found)
    end
  end
  local length = redis.call('LLEN', KEYS[1])
  return length, (alive and length > ${newestLooked}) and 1 or 0, late
end
`

/**
 * How many of the newest requests have which status: [length of the list, 1 when there may be more, how many have a late
 * status, beginning of the oldest in one of the statuses of ARGV[2] and on, expired, status, count, ...].
 */
export const countLua = `${prelude}
local counts, expired, waiting, oldest = {}, 0, {}, nil
for i = 2, #ARGV do waiting[ARGV[i]] = true end
local length, more, late = look(function(hash, state)
  if state then counts[state] = (counts[state] or 0) + 1 else expired = expired + 1 end
  if waiting[state] then oldest = hash end
end)
local head = oldest and redis.call('GETRANGE', prefix .. oldest, 0, ${rowBytes - 1}) or false
local out = { length, more, late, head, expired }
for state, count in pairs(counts) do
  out[#out + 1] = state
  out[#out + 1] = count
end
return out`

/**
 * A page of the newest requests in some statuses: [length of the list, 1 when there may be more, how many
 * have a late status, how many there are, [hash, type, size, ttl in ms, beginning] ...].
 * ARGV: prefix, offset, limit, 'in' | 'notin' | 'expired', '1' for oldest first, then statuses.
 */
export const pageLua = `${prelude}
local offset, limit, mode, oldest_first = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5] == '1'
local named = {}
for i = 6, #ARGV do named[ARGV[i]] = true end
local found = {}
local length, more, late = look(function(hash, state)
  local wanted
  if mode == 'expired' then wanted = state == false
  elseif state == false then wanted = false
  elseif mode == 'in' then wanted = named[state]
  else wanted = not named[state] end
  if wanted then found[#found + 1] = hash end
end)
local rows = { length, more, late, #found }
for i = offset + 1, math.min(#found, offset + limit) do
  local hash = found[oldest_first and #found - i + 1 or i]
  local key = ARGV[1] .. hash
  local kind = redis.call('TYPE', key).ok
  local text = kind == 'string' and redis.call('GETRANGE', key, 0, ${rowBytes - 1}) or ''
  local size = kind == 'string' and redis.call('STRLEN', key) or 0
  rows[#rows + 1] = { hash, kind, size, redis.call('PTTL', key), text }
end
return rows`

/**
 * One request: [hash, type, size, ttl in ms, beginning]; nothing when it has no key and is not among the newest.
 * ARGV: prefix, hash, bytes of the beginning.
 */
export const findLua = `
local key = ARGV[1] .. ARGV[2]
local kind = redis.call('TYPE', key).ok
local text, size = '', 0
if kind == 'string' then
  text = redis.call('GETRANGE', key, 0, tonumber(ARGV[3]) - 1)
  size = redis.call('STRLEN', key)
elseif kind == 'none' then
  local listed = false
  for _, hash in ipairs(redis.call('LRANGE', KEYS[1], 0, ${newestLooked - 1})) do
    if hash == ARGV[2] then listed = true end
  end
  if not listed then return false end
end
return { ARGV[2], kind, size, redis.call('PTTL', key), text }`
