import { digestLua } from './digest.ts'

/** Payloads up to this size are read whole for a list row; of larger ones only the two ends. */
export const headBytes = 4096
export const tailBytes = 1024
/** A set has no order to page through: at most this many members are looked at. */
export const setLimit = 2000
/** How far a job is looked for from where it was seen: elements, and bytes of them. */
const searchElements = 2000
const searchBytes = 8_000_000

/**
 * Lua that reads elements which are the jobs themselves. None of it writes.
 * parts: what a row needs of one element: its size, beginning and end. walk: calls `each` for the elements of a range,
 * as many at a time as make about 1 MB, because Redis can only hand whole elements to a script.
 */
const prelude = `${digestLua}
local key, kind = KEYS[1], redis.call('TYPE', KEYS[1]).ok
local function parts(v)
  if #v <= ${headBytes + tailBytes} then return v, '' end
  return string.sub(v, 1, ${headBytes}), string.sub(v, -${tailBytes})
end
local function walk(from, to, each)
  local size = 4
  while from <= to do
    local last = math.min(to, from + size - 1)
    local chunk, step
    if kind == 'list' then chunk, step = redis.call('LRANGE', key, from, last), 1
    else chunk, step = redis.call('ZRANGE', key, from, last, 'WITHSCORES'), 2 end
    if #chunk == 0 then return end
    local bytes, count = 0, #chunk / step
    for i = 1, count do
      local v = chunk[(i - 1) * step + 1]
      bytes = bytes + #v
      if each(v, from + i - 1, step == 2 and chunk[i * 2]) then return end
    end
    from = from + count
    size = math.max(1, math.min(64, math.floor(1000000 * count / (bytes + 1))))
  end
end
local function members(each)
  local cursor, seen = '0', 0
  repeat
    local reply = redis.call('SSCAN', key, cursor, 'COUNT', 20)
    cursor = reply[1]
    for _, v in ipairs(reply[2]) do
      seen = seen + 1
      if each(v) or seen >= ${setLimit} then return end
    end
  until cursor == '0'
end
`

/**
 * A page of elements: [type, total, [place, digest, size, beginning, end] ...]. The place is the index in a list, the
 * score in a sorted set, nothing in a set, whose members come in the order of their fingerprints.
 * ARGV: offset, limit, '1' to count from the tail.
 */
export const pageLua = `${prelude}
local offset, limit, backwards = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local rows = {}
local function add(v, place) rows[#rows + 1] = { place, digest(v), #v, parts(v) } end
local total = 0
if kind == 'set' then
  total = redis.call('SCARD', key)
  local seen = {}
  members(function(v)
    local print = digest(v)
    if not seen[print] then
      seen[print] = true
      rows[#rows + 1] = { '', print, #v, parts(v) }
    end
  end)
  table.sort(rows, function(a, b) return a[2] < b[2] end)
  local page = {}
  for i = offset + 1, math.min(#rows, offset + limit) do page[#page + 1] = rows[i] end
  rows = page
elseif kind == 'list' or kind == 'zset' then
  total = redis.call(kind == 'list' and 'LLEN' or 'ZCARD', key)
  local from, to = offset, math.min(total, offset + limit) - 1
  if backwards then from, to = math.max(0, total - offset - limit), total - 1 - offset end
  walk(from, to, function(v, index, score) add(v, score or tostring(index)) end)
  if backwards then
    local turned = {}
    for i = #rows, 1, -1 do turned[#turned + 1] = rows[i] end
    rows = turned
  end
end
table.insert(rows, 1, kind)
table.insert(rows, 2, total)
return rows`

/**
 * One element by where it was seen and its fingerprint: [place, digest, size, beginning]; nothing when it is not found.
 * A list is searched outwards from the index, downwards first, because the jobs before it leave; a sorted set among
 * those of the same score. ARGV: type, place, digest, bytes of the beginning.
 */
export const findLua = `${prelude}
if kind ~= ARGV[1] then return false end
local want, place, found = ARGV[3], ARGV[2], false
local seen, bytes = 0, 0
local function test(v, at)
  if digest(v) == want then found = { at, want, #v, string.sub(v, 1, tonumber(ARGV[4])) } end
  seen, bytes = seen + 1, bytes + #v
  return found or seen >= ${searchElements} or bytes >= ${searchBytes}
end
if kind == 'set' then
  members(function(v) return test(v, '') end)
elseif kind == 'zset' then
  local first = redis.call('ZCOUNT', key, '-inf', '(' .. place)
  local last = first + redis.call('ZCOUNT', key, place, place) - 1
  walk(first, last, function(v, _, score) return test(v, score) end)
elseif kind == 'list' then
  local at = math.min(tonumber(place), redis.call('LLEN', key) - 1)
  walk(at, at, function(v, index) return test(v, tostring(index)) end)
  local below = at
  while not found and below > 0 and seen < ${searchElements / 2} and bytes < ${searchBytes / 2} do
    local from = math.max(0, below - 16)
    walk(from, below - 1, function(v, index) return test(v, tostring(index)) end)
    below = from
  end
  if not found then walk(at + 1, at + ${searchElements}, function(v, index) return test(v, tostring(index)) end) end
end
return found`

/** The first element of a list or a sorted set: [digest, size, beginning, end]; nothing for any other key. */
export const headLua = `${prelude}
local v = kind == 'list' and redis.call('LINDEX', key, 0) or kind == 'zset' and redis.call('ZRANGE', key, 0, 0)[1]
if v then return { digest(v), #v, parts(v) } end
return false`
