import type { Script } from '../../../systems/handles.ts'

/**
 * Begins every script. The HDEL does nothing and comes first on purpose: Redis refuses the first write of a script when
 * memory is full, but not this one (it cannot grow anything), and what follows it then runs too. So workers drain a
 * full Redis instead of standing still with it. All times are Redis's own. ARGV[1] is always the worker whose hash and
 * claim stand in KEYS. The hashes of others are found through the leases, so they cannot be declared; they share the slot.
 */
const prelude = `
local waiting, high, low, suspects, processing, dead, completed, delayed, leases, twins, orphans,
  crashes, meta, rate, stats, held, claim = unpack(KEYS)
local workers = string.sub(held, 1, #held - #ARGV[1])
local sources = { waiting, high, low, suspects }
redis.call('HDEL', held, '')
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local perStep, perSource = 4096, 1024
local function sourceOf(seq) return math.floor(seq % perStep / perSource) + 1 end
local viewIsList = redis.call('TYPE', processing).ok == 'list'
local lease = redis.call('ZSCORE', leases, ARGV[1])
lease = lease and tonumber(lease)

-- The view of what is held, to be shown before it is recorded. A set cannot hold equals: of each payload the holders
-- beyond the first are counted.
local function show(raws)
  if #raws == 0 then return end
  if viewIsList then return redis.call('RPUSH', processing, unpack(raws)) end
  local unexplained = #raws - redis.call('SADD', processing, unpack(raws))
  if unexplained == 0 then return end
  -- Some were there before: which, only their other holders can tell.
  local before, candidates = {}, {}
  for _, worker in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    for _, raw in ipairs(redis.call('HVALS', workers .. worker)) do before[raw] = true end
  end
  for _, raw in ipairs(raws) do
    if before[raw] then
      redis.call('HINCRBY', twins, redis.sha1hex(raw), 1)
      unexplained = unexplained - 1
    else candidates[#candidates + 1] = raw end
    before[raw] = true
  end
  -- What is left has an old worker for its holder. To leave one too many in the view loses no job; one too few may.
  if unexplained > 0 then
    for _, raw in ipairs(candidates) do redis.call('HINCRBY', twins, redis.sha1hex(raw), 1) end
  end
end

local function hide(raws)
  if #raws == 0 then return end
  if viewIsList then
    for _, raw in ipairs(raws) do redis.call('LREM', processing, 1, raw) end
    return
  end
  if redis.call('EXISTS', twins) == 0 then return redis.call('SREM', processing, unpack(raws)) end
  for _, raw in ipairs(raws) do
    local digest = redis.sha1hex(raw)
    if redis.call('HEXISTS', twins, digest) == 0 then redis.call('SREM', processing, raw)
    elseif redis.call('HINCRBY', twins, digest, -1) <= 0 then redis.call('HDEL', twins, digest) end
  end
end

local function count(field, by)
  if by > 0 then redis.call('HINCRBY', stats, field, by) end
end
`

const script = (name: string, body: string): Script => ({ name: `pool-${name}`, lua: prelude + body })

/**
 * Announces a worker: checks the types of all keys, then leases. ARGV: worker, lease ms, '1' where the view may be a
 * list. Reply: 1, or {key, its type}.
 */
export const openScript = script(
  'open',
  `
local kinds = { 'list', 'list', 'list', 'list', 'set', 'list', 'list', 'zset', 'zset', 'hash', 'zset',
  'hash', 'hash', 'string', 'hash', 'hash', 'list' }
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  local fits = kind == 'none' or kind == kinds[i] or (i == 5 and ARGV[3] == '1' and kind == 'list')
  if not fits then return { key, kind } end
end
redis.call('ZADD', leases, now + ARGV[2], ARGV[1])
return 1`,
)

/**
 * The only script that runs all the time: one call settles a batch of jobs and takes the next one.
 *
 * ARGV: worker, lease ms, step number, jobs wanted, bytes wanted at most, largest payload in bytes, order of the
 * sources to take from ('0' or '102', digits as in a seq), '1' to take a suspect if there is one (only for a worker
 * with empty hands), '1' to adopt what stands in the claim, microseconds between two jobs of a limited queue (0: no
 * limit), jobs that may begin at once after a rest, done jobs to keep, then the numbers of: acks, completions, retries,
 * dead letters, jobs given back; jobs to pop with the first LPOP; then these: seq | seq, entry | seq, payload, delay ms | seq, entry | seq.
 *
 * Reply: {'fenced'}: the lease is gone, nothing was done | {'spent'}: a later step was made already, nothing was done |
 * {'ok', ms until the next delayed job is due (at least 1) or -1, ms until the limit lets the next one begin or 0,
 * suspects that wait, '1' when paused, jobs adopted, jobs taken from each of the four sources, times a worker died with
 * the suspect that was taken, all payloads in the order of their seqs as one string: a MessagePack array costs Redis
 * and the client less than a reply of many strings}.
 */
export const stepScript = script(
  'step',
  `
if not lease or lease < 0 then return { 'fenced' } end
local step, want, budget, largest = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local last = redis.call('HGET', held, 'last')
local lastStep = last and tonumber(string.match(last, '^%d+')) or -1
-- A copy of a step that was answered long ago must not take jobs that nobody waits for.
if step < lastStep then return { 'spent' } end
redis.call('ZADD', leases, now + ARGV[2], ARGV[1])

local adopted, counts, crashed, raws = 0, { 0, 0, 0, 0 }, 0, {}
local rateWait = 0
local paused = redis.call('HGET', meta, 'paused') and 1 or 0

if step == lastStep then
  -- Sent again because its reply was lost: the same answer.
  local numbers = {}
  for number in string.gmatch(last, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  adopted, crashed = numbers[2], numbers[7]
  local seqs = {}
  for source = 1, 4 do
    counts[source] = numbers[source + 2]
    for place = 0, counts[source] - 1 do seqs[#seqs + 1] = step * perStep + (source - 1) * perSource + place end
  end
  if #seqs > 0 then raws = redis.call('HMGET', held, unpack(seqs)) end
else
  local acks, completions, retries = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
  local deads, backs = tonumber(ARGV[16]), tonumber(ARGV[17])
  local at = 19
  local hidden, released, gone = {}, {}, 0
  local function letGo(seq, raw)
    gone = gone + 1
    released[gone] = seq
    hidden[gone] = raw
  end

  if acks > 0 then
    local seqs = { unpack(ARGV, at, at + acks - 1) }
    local raws = redis.call('HMGET', held, unpack(seqs))
    local all = true
    for i = 1, acks do all = all and raws[i] end
    if all then
      released, hidden, gone = seqs, raws, acks
    else
      for i = 1, acks do
        if raws[i] then letGo(seqs[i], raws[i]) end
      end
    end
    at = at + acks
  end
  for _ = 1, completions do
    local raw = redis.call('HGET', held, ARGV[at])
    if raw then
      redis.call('RPUSH', completed, ARGV[at + 1])
      letGo(ARGV[at], raw)
    end
    at = at + 2
  end
  if completions > 0 then redis.call('LTRIM', completed, -tonumber(ARGV[12]), -1) end
  count('done', gone)
  for _ = 1, retries do
    local raw = redis.call('HGET', held, ARGV[at])
    if raw then
      -- Equal payloads must stay apart in the set: each further one gets a blank at its end, which JSON ignores.
      local payload = ARGV[at + 1]
      while redis.call('ZADD', delayed, 'NX', now + ARGV[at + 2], payload) == 0 do payload = payload .. ' ' end
      letGo(ARGV[at], raw)
      count('retried', 1)
    end
    at = at + 3
  end
  for _ = 1, deads do
    local raw = redis.call('HGET', held, ARGV[at])
    if raw then
      redis.call('RPUSH', dead, ARGV[at + 1])
      letGo(ARGV[at], raw)
      count('dead', 1)
    end
    at = at + 2
  end
  if gone > 0 and redis.call('EXISTS', crashes) == 1 then
    for _, raw in ipairs(hidden) do redis.call('HDEL', crashes, redis.sha1hex(raw)) end
  end
  for i = at + backs - 1, at, -1 do
    local raw = redis.call('HGET', held, ARGV[i])
    if raw then
      redis.call('LPUSH', sources[sourceOf(ARGV[i])], raw)
      letGo(ARGV[i], raw)
    end
  end
  if gone > 0 then
    redis.call('HDEL', held, unpack(released))
    hide(hidden)
  end

  -- Due jobs. Schedulers of others may count in seconds: no time in ms since 1970 is that small.
  for _, range in ipairs({ { '-inf', now / 1000 }, { 100000000000, now } }) do
    local due = redis.call('ZRANGEBYSCORE', delayed, range[1], range[2], 'LIMIT', 0, 200)
    if #due > 0 then
      redis.call('RPUSH', waiting, unpack(due))
      redis.call('ZREM', delayed, unpack(due))
    end
  end

  local record, longest, taken = {}, 1, 0
  local function take(source, popped)
    local seq = step * perStep + (source - 1) * perSource + counts[source]
    local were, at = taken, 2 * taken
    for i = 1, #popped do
      local raw = popped[i]
      local length = #raw
      if length > longest then longest = length end
      if length > largest then
        redis.call('RPUSH', dead, raw)
        count('dead', 1)
      else
        record[at + 1] = seq
        record[at + 2] = raw
        at, seq, taken = at + 2, seq + 1, taken + 1
        raws[taken] = raw
        budget = budget - length
      end
    end
    counts[source] = counts[source] + taken - were
  end

  if ARGV[9] == '1' then
    take(1, redis.call('LRANGE', claim, 0, perSource - 1))
    redis.call('LTRIM', claim, perSource, -1)
    adopted = taken
    want = want - adopted
  end

  local interval, nowMicros = tonumber(ARGV[10]), clock[1] * 1000000 + clock[2]
  local usedUp = nowMicros
  if paused == 1 then
    want = 0
  elseif interval > 0 then
    usedUp = math.max(nowMicros, tonumber(redis.call('GET', rate) or '0'))
    local allowed = math.floor((nowMicros - usedUp) / interval + tonumber(ARGV[11]))
    if allowed < 1 then rateWait = math.ceil((usedUp - nowMicros - (ARGV[11] - 1) * interval) / 1000) end
    want = math.min(want, allowed)
  end

  if want > 0 and ARGV[8] == '1' then
    local raw = redis.call('LPOP', suspects)
    if raw then
      take(4, { raw })
      crashed = tonumber(redis.call('HGET', crashes, redis.sha1hex(raw)) or '0')
      want = 0
    end
  end
  local before, chunk = taken, tonumber(ARGV[18])
  for digit in string.gmatch(ARGV[7], '%d') do
    local source = tonumber(digit) + 1
    while want > 0 and budget > 0 and counts[source] < perSource do
      local were = taken
      local popped = redis.call('LPOP', sources[source], math.min(want, chunk, perSource - counts[source]))
      if not popped then break end
      take(source, popped)
      want = want - (taken - were)
      -- Nobody knows how large the next ones are.
      chunk = math.max(1, math.min(chunk * 4, math.floor(budget / longest)))
    end
  end
  if interval > 0 and taken > before then
    usedUp = usedUp + (taken - before) * interval
    redis.call('SET', rate, string.format('%.0f', usedUp), 'PX', math.ceil((usedUp - nowMicros) / 1000) + 1000)
  end

  record[#record + 1] = 'last'
  record[#record + 1] = table.concat({ step, adopted, counts[1], counts[2], counts[3], counts[4], crashed }, ' ')
  show(raws)
  redis.call('HSET', held, unpack(record))
  -- Payloads leave in the order of their seqs.
  if counts[2] + counts[3] + counts[4] > 0 then
    local order = {}
    for i = 1, #record - 2, 2 do order[#order + 1] = i end
    table.sort(order, function(a, b) return record[a] < record[b] end)
    for place, i in ipairs(order) do raws[place] = record[i + 1] end
  end
end

local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
local due = -1
if next then
  local at = tonumber(next)
  due = math.max(1, math.ceil((at < 100000000000 and at * 1000 or at) - now))
end
return { 'ok', due, rateWait, redis.call('LLEN', suspects), paused, adopted, counts[1], counts[2], counts[3], counts[4],
  crashed, cmsgpack.pack(raws) }`,
)

/**
 * Gives back all that a worker holds, to the head of where it was taken from, in order, and ends its lease. What two
 * workers have died with goes to the suspects.
 * ARGV: worker; how: 'owner' says so itself, 'dead': its process is known to be gone, 'expired' only when its lease has
 * run out, 'gone' or 'past': it died before, and only its claim is looked at; '1' to remember the death.
 * Reply: number of jobs given back, or -1 when the lease still runs or somebody else was first.
 */
export const recoverScript = script(
  'recover',
  `
local worker, how = ARGV[1], ARGV[2]
if how == 'expired' and not (lease and lease >= 0 and lease <= now) then return -1 end
if how == 'dead' and not (lease and lease >= 0) then return -1 end

local back, seqs, raws = 0, {}, {}
local entries = redis.call('HGETALL', held)
for i = 1, #entries, 2 do
  local seq = tonumber(entries[i])
  if seq then
    seqs[#seqs + 1] = seq
    raws[seq] = entries[i + 1]
  end
end
-- What was claimed was taken last, so it goes back first.
local claimed = redis.call('LRANGE', claim, 0, -1)
for i = #claimed, 1, -1 do redis.call('LPUSH', waiting, claimed[i]) end
table.sort(seqs, function(a, b) return a > b end)
for _, seq in ipairs(seqs) do
  local raw = raws[seq]
  local source = sourceOf(seq)
  local blamed = how ~= 'owner' and redis.call('HINCRBY', crashes, redis.sha1hex(raw), 1) or 0
  if source == 4 or blamed >= 2 then redis.call('RPUSH', suspects, raw) else redis.call('LPUSH', sources[source], raw) end
  hide({ raw })
end
redis.call('DEL', held, claim)
if #seqs > 0 and how ~= 'owner' then redis.call('PEXPIRE', crashes, 86400000) end
if ARGV[3] == '1' then
  if not (lease and lease < 0) then redis.call('ZADD', leases, -now, worker) end
else
  redis.call('ZREM', leases, worker)
end
return #seqs + #claimed`,
)

/**
 * Looks at one page of the view for members that no lease owns, and gives those back that have been so for long enough.
 * ARGV: worker that asks, ms after which to give back, cursor.
 * Reply: {next cursor, number given back, digests of those that wait}.
 */
export const orphansScript = script(
  'orphans',
  `
local owned = {}
for _, worker in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  local entries = redis.call('HGETALL', workers .. worker)
  for i = 1, #entries, 2 do
    if entries[i] ~= 'last' then owned[entries[i + 1]] = (owned[entries[i + 1]] or 0) + 1 end
  end
end
local isList = redis.call('TYPE', processing).ok == 'list'
local page = isList and { '0', redis.call('LRANGE', processing, 0, 999) } or redis.call('SSCAN', processing, ARGV[3], 'COUNT', 200)
local left, back = {}, 0
for _, raw in ipairs(page[2]) do
  if (owned[raw] or 0) > 0 then
    -- In a list each holder stands for itself; in a set one member stands for all of them.
    if isList then owned[raw] = owned[raw] - 1 end
  else
    local digest = redis.sha1hex(raw)
    redis.call('ZADD', orphans, 'NX', now, digest)
    if redis.call('ZSCORE', orphans, digest) + ARGV[2] <= now then
      redis.call('LPUSH', waiting, raw)
      if isList then redis.call('LREM', processing, 1, raw) else redis.call('SREM', processing, raw) end
      redis.call('HDEL', twins, digest)
      redis.call('ZREM', orphans, digest)
      back = back + 1
    else
      left[#left + 1] = digest
    end
  end
end
-- Without a sweep for this long nobody knows what went on since: what is seen then starts anew.
redis.call('PEXPIRE', orphans, 180000)
return { page[1], back, left }`,
)

/** A job for later. KEYS: delayed. ARGV: payload, epoch ms. */
export const addLaterScript: Script = {
  name: 'pool-add-later',
  lua: `
local payload = ARGV[1]
while redis.call('ZADD', KEYS[1], 'NX', ARGV[2], payload) == 0 do payload = payload .. ' ' end
return 1`,
}
