/** Bytes of `data` that a list row needs for its preview (400 characters of up to 4 bytes). */
export const previewBytes = 1600
/**
 * Bytes of `data` that one page may touch inside Redis: there is no way to read a part of a hash field, so that each
 * preview costs a copy of the whole (about 2.5 ms a megabyte). Jobs beyond it are listed without a preview.
 */
export const pageBudget = 2 * 1024 * 1024
/** The same for a user who may not run scripts, where the bytes also travel. */
export const plainBudget = 1024 * 1024

/** Fields that a list row needs, and how many bytes of each. */
export const rowFields: readonly (readonly [name: string, bytes: number])[] = [
  ['name', 256],
  ['opts', 4096],
  ['timestamp', 32],
  ['processedOn', 32],
  ['finishedOn', 32],
  ['attemptsMade', 32],
  ['progress', 64],
  ['failedReason', 1024],
]

/** Ids that a job's detail looks through from the end of a list that runs next, where LPOS is O(n). */
export const lookLimit = 10_000
/** Lines of log that a job's detail shows: the last ones. */
export const logLimit = 200
/** Bytes of the larger and the smaller fields of a job's detail. */
export const stackBytes = 1024 * 1024
export const fieldBytes = 64 * 1024

/**
 * The jobs of one page: for each hash [size of data, beginning of data, locked, fields ...], or its size alone where
 * the key is no hash. Reads only. KEYS: the hashes, then for active jobs their locks. ARGV: number of hashes, bytes of
 * preview, budget, then names and limits. In a cluster all keys share a slot, as Bull itself demands (`{}` in P or Q).
 */
export const rowsLua = `
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
    local start = false
    if size <= budget then
      budget = budget - size
      start = redis.call('HGET', KEYS[i], 'data')
      if start then start = string.sub(start, 1, keep) end
    end
    local row = redis.call('HMGET', KEYS[i], unpack(names))
    for j, limit in ipairs(limits) do
      if row[j] then row[j] = string.sub(row[j], 1, limit) end
    end
    table.insert(row, 1, KEYS[n + i] and redis.call('EXISTS', KEYS[n + i]) or 0)
    table.insert(row, 1, start)
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
 * All of one job at one moment: [fields, [state, score ...], unsure, lock token, ms left, log lines, number of lines].
 * Each field is [name, size, beginning]. `unsure` is 1 where a list is too long, or Redis too old (LPOS came with
 * 6.0.6), to say that the id is not in it. Reads only.
 * KEYS: hash, lock, logs, then the lists, then the sorted sets. ARGV: id, bytes of payload and result (-1: all), number
 * of lists, then the states in the order of the keys.
 */
export const jobLua = `
local kept = { data = tonumber(ARGV[2]), returnvalue = tonumber(ARGV[2]), stacktrace = ${stackBytes} }
local fields = {}
if redis.call('HLEN', KEYS[1]) <= 1000 then
  for i, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    local value = redis.call('HGET', KEYS[1], name)
    fields[i] = { name, #value, string.sub(value, 1, kept[name] or ${fieldBytes}) }
  end
end
local lists = tonumber(ARGV[3])
local places, unsure = {}, 0
for i = 4, #ARGV do
  local key = KEYS[i]
  if i - 3 <= lists then
    local length = redis.pcall('LLEN', key)
    local at = redis.pcall('LPOS', key, ARGV[1], 'RANK', -1, 'MAXLEN', ${lookLimit})
    if type(at) == 'number' then
      places[#places + 1] = ARGV[i]
      places[#places + 1] = false
    elseif at or type(length) ~= 'number' or length > ${lookLimit} then
      unsure = 1
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
return { fields, places, unsure, redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[2]),
  redis.call('LRANGE', KEYS[3], -${logLimit}, -1), redis.call('LLEN', KEYS[3]) }`

/**
 * The jobs that run next: [id, time of birth] of each queue, nothing where none waits. Two O(1) reads a queue, and a key
 * of another type spoils only its own queue. KEYS: wait and paused of each queue. ARGV: what the queue's keys begin with.
 */
export const headsLua = `
local heads = {}
for i, base in ipairs(ARGV) do
  local id = redis.pcall('LINDEX', KEYS[2 * i - 1], -1)
  if not id then id = redis.pcall('LINDEX', KEYS[2 * i], -1) end
  local born = type(id) == 'string' and redis.pcall('HGET', base .. id, 'timestamp')
  heads[i] = type(id) == 'string' and { id, type(born) == 'string' and string.sub(born, 1, 32) or false }
end
return heads`
