/** A job whose payload is larger than this comes without it, as the only job of its step: it is fetched by itself. */
export const largePayload = 256 * 1024
/** Bytes of rows after which a step ends. */
export const stepBytes = 1024 * 1024

/**
 * One step of a walk over a list or a sorted set of ids: [1, jobs passed over before the rows, rows], or [0] where the
 * job that was told last is not in the stretch that was looked at. A row is [id, score, size of the payload, locked,
 * payload, fields ...]; the size is -1 where the key is no hash. Reads only. KEYS: the state. ARGV: what the keys of jobs
 * begin with; `tail`, ZRANGE or ZREVRANGE; first and last index of the stretch in that order; the job told last or
 * nothing, its score, and where in the stretch it is expected; the one told before it; the payload's field; 1 to read payloads; 1 to look at locks; then names and limits of fields. In a cluster
 * the hashes share the slot of the state, or the walk goes without scripts.
 */
export const walkLua = `
local base, how, from, to, anchor = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local score, expected, before = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local payload, payloads, locks = ARGV[9], ARGV[10] == '1', ARGV[11] == '1'
local names, limits = {}, {}
for i = 12, #ARGV, 2 do
  names[#names + 1] = ARGV[i]
  limits[#limits + 1] = tonumber(ARGV[i + 1])
end
local ids, scores = {}, {}
if how == 'tail' then
  local found = redis.call('LRANGE', KEYS[1], -to - 1, -from - 1)
  for i = #found, 1, -1 do ids[#ids + 1] = found[i] end
else
  local found = redis.call(how, KEYS[1], from, to, 'WITHSCORES')
  for i = 1, #found, 2 do
    ids[#ids + 1] = found[i]
    scores[#ids] = found[i + 1]
  end
end
local start = 1
if anchor ~= '' then
  start = nil
  for i = 1, #ids do
    -- A job that left and came back is not where the walk was.
    if ids[i] == anchor and (scores[i] or '') == score and (scores[i] or i <= expected or ids[i - 1] == before) then
      start = i + 1
      break
    end
  end
  if not start then return { 0 } end
end
local rows, bytes = {}, 0
local asked, with = { 'HMGET', '' }, { 'HMGET', '', payload }
for _, name in ipairs(names) do
  asked[#asked + 1] = name
  with[#with + 1] = name
end
for i = start, #ids do
  local k = base .. ids[i]
  local size = redis.pcall('HSTRLEN', k, payload)
  local locked = locks and redis.call('EXISTS', k .. ':lock') or 0
  local row = { ids[i], scores[i] or false, size, locked, false }
  if type(size) ~= 'number' then
    if string.sub(size.err, 1, 9) ~= 'WRONGTYPE' then return size end
    row[3] = -1
  else
    local whole = payloads and size > 0 and size <= ${largePayload}
    if #rows > 0 and payloads and (size > ${largePayload} or bytes + size > ${stepBytes}) then break end
    local read = whole and with or asked
    read[2] = k
    local values = redis.call(unpack(read))
    local shift = whole and 1 or 0
    if whole then row[5] = values[1] end
    for j, limit in ipairs(limits) do
      local value = values[j + shift]
      if value and #value > limit then value = string.sub(value, 1, limit) end
      row[5 + j] = value
      bytes = bytes + (value and #value or 0)
    end
    bytes = bytes + (whole and size or 0)
  end
  rows[#rows + 1] = row
  if bytes > ${stepBytes} or payloads and row[3] > ${largePayload} then break end
end
return { 1, start - 1, rows }`
