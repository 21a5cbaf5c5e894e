import { markLua } from './refs.ts'

/** Bytes of `data` that a list row needs for its preview (400 characters of up to 4 bytes). */
export const previewBytes = 1600
/**
 * Bytes of `data` that one page may touch inside Redis: there is no way to read a part of a hash field, so that each
 * preview costs a copy of the whole (about 2.5 ms a megabyte). Jobs beyond it are listed without a preview.
 */
export const pageBudget = 2 * 1024 * 1024
/** The same for a user who may not run scripts, where the bytes also travel. */
export const plainBudget = 1024 * 1024

/** Ids that a job's detail looks through from the end of a list that runs next, where LPOS is O(n). */
export const lookLimit = 10_000
/** Lines of log that a job's detail shows: the last ones. */
export const logLimit = 200
/** Children of each sort whose keys a parent's detail names. */
export const childLimit = 50
/** Bytes of the larger and the smaller fields of a job's detail. */
export const stackBytes = 1024 * 1024
export const fieldBytes = 64 * 1024

/**
 * The jobs of one page: for each hash [size of data, beginning of data, its mark, locked, fields ...], or -1 where the
 * key is no hash. Reads only. KEYS: the hashes, then for active jobs their locks. ARGV: number of hashes, bytes of
 * preview, budget, then names and limits. In a cluster all keys share a slot, as both libraries demand (`{}` in P or Q).
 */
export const rowsLua = `${markLua}
local n, keep, budget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local names, limits = {}, {}
for i = 4, #ARGV, 2 do
  names[#names + 1] = ARGV[i]
  limits[#limits + 1] = tonumber(ARGV[i + 1])
end
local rows = {}
for i = 1, n do
  local size = redis.pcall('HSTRLEN', KEYS[i], 'data')
  if type(size) == 'number' then
    local data = false
    if size <= budget then
      budget = budget - size
      data = redis.call('HGET', KEYS[i], 'data')
    end
    local row = redis.call('HMGET', KEYS[i], unpack(names))
    for j, limit in ipairs(limits) do
      if row[j] then row[j] = string.sub(row[j], 1, limit) end
    end
    table.insert(row, 1, KEYS[n + i] and redis.call('EXISTS', KEYS[n + i]) or 0)
    table.insert(row, 1, mark(data))
    table.insert(row, 1, data and string.sub(data, 1, keep))
    table.insert(row, 1, size)
    rows[i] = row
  elseif string.sub(size.err, 1, 9) == 'WRONGTYPE' then
    rows[i] = -1
  else
    return size
  end
end
return rows`

/**
 * All of one job at one moment: [fields, [state, score ...], unsure, lock token, ms left, log lines, number of lines,
 * mark, children, hidden]. Each field is [name, size, beginning]. Children are [number, keys] of those that wait, ended, failed
 * but are ignored, and failed. `unsure` is 1 where a list is too long, or Redis too old (LPOS came with 6.0.6), to say
 * that the id is not in it; `hidden` is the first state whose list is too long. Reads only.
 * KEYS: hash, lock, logs, the four of the children where there are flows, then the lists, then the sorted sets.
 * ARGV: id, bytes of payload and result (-1: all), number of lists, then the states in the order of the keys.
 */
export const jobLua = `${markLua}
local kept = { data = tonumber(ARGV[2]), returnvalue = tonumber(ARGV[2]), stacktrace = ${stackBytes} }
local fields, payload = {}, false
if redis.call('HLEN', KEYS[1]) <= 1000 then
  for i, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    local value = redis.call('HGET', KEYS[1], name)
    if name == 'data' then payload = value end
    fields[i] = { name, #value, string.sub(value, 1, kept[name] or ${fieldBytes}) }
  end
end
local lists, before = tonumber(ARGV[3]), #KEYS - (#ARGV - 3)
local places, unsure, hidden = {}, 0, false
for i = 4, #ARGV do
  local key = KEYS[before + i - 3]
  if i - 3 <= lists then
    local length = redis.pcall('LLEN', key)
    local at = redis.pcall('LPOS', key, ARGV[1], 'RANK', -1, 'MAXLEN', ${lookLimit})
    if type(at) == 'number' then
      places[#places + 1] = ARGV[i]
      places[#places + 1] = false
    elseif at or type(length) ~= 'number' or length > ${lookLimit} then
      unsure = 1
      if not at and type(length) == 'number' then hidden = hidden or ARGV[i] end
    end
  else
    local score = redis.pcall('ZSCORE', key, ARGV[1])
    if type(score) == 'string' then
      places[#places + 1] = ARGV[i]
      places[#places + 1] = score
    elseif score then
      unsure = 1
    end
  end
end
local children = {}
local reads = { { 'SCARD', 'SRANDMEMBER' }, { 'HLEN', 'HRANDFIELD' }, { 'HLEN', 'HRANDFIELD' }, { 'ZCARD' } }
for i = 1, before - 3 do
  local key, read = KEYS[3 + i], reads[i]
  local count = redis.pcall(read[1], key)
  local some = {}
  if type(count) == 'number' and count > 0 then
    some = read[2] and redis.pcall(read[2], key, ${childLimit}) or redis.call('ZRANGE', key, 0, ${childLimit - 1})
  end
  children[i] = { type(count) == 'number' and count or 0, some.err and {} or some }
end
return { fields, places, unsure, redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[2]),
  redis.call('LRANGE', KEYS[3], -${logLimit}, -1), redis.call('LLEN', KEYS[3]), mark(payload), children, hidden }`
