import type { Script } from '../../systems/handles.ts'

/**
 * Begins every script. The HDEL does nothing and comes first on purpose: Redis refuses the first write of a script when
 * memory is full, but not this one (it cannot grow anything), and what follows it then runs too. So workers drain a
 * full Redis instead of standing still with it. All times are Redis's own.
 */
const prelude = `
local base, processing, dead, delayed, leases, stats, twins, orphans, held = unpack(KEYS)
redis.call('HDEL', held, '')
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function show(raw)
  if redis.call('SADD', processing, raw) == 0 then redis.call('HINCRBY', twins, redis.sha1hex(raw), 1) end
end

local function hide(raw)
  local digest = redis.sha1hex(raw)
  if redis.call('HEXISTS', twins, digest) == 0 then
    redis.call('SREM', processing, raw)
  elseif redis.call('HINCRBY', twins, digest, -1) <= 0 then
    redis.call('HDEL', twins, digest)
  end
end
`

const script = (name: string, body: string): Script => ({ name: `pool-${name}`, lua: prelude + body })

/** Announces a worker: checks the types of all keys, then leases. ARGV: worker, lease ms. Reply: 1, or {key, its type}. */
export const openScript = script(
  'open',
  `
local kinds = { 'list', 'set', 'list', 'zset', 'zset', 'hash', 'hash', 'zset', 'hash' }
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= kinds[i] then return { key, kind } end
end
redis.call('ZADD', leases, now + ARGV[2], ARGV[1])
return 1`,
)

/**
 * Takes the next job, for good: due retries go to the queue first, then LPOP, record, view. Payloads beyond the limit go
 * straight to the dead letters, so that no worker has to swallow them.
 * ARGV: worker, lease ms, seq, largest payload in bytes.
 * Reply: {'job', payload} | {'empty', ms until the next retry is due or -1} | {'spent'}: this seq was used and is done,
 * take another | {'fenced'}.
 */
export const reserveScript = script(
  'reserve',
  `
local worker, seq = ARGV[1], tonumber(ARGV[3])
if not redis.call('ZSCORE', leases, worker) then return { 'fenced' } end
redis.call('ZADD', leases, now + ARGV[2], worker)

local again = redis.call('HGET', held, ARGV[3])
if again then return { 'job', again } end
-- A late copy of a request that was already answered must not pop a job that nobody waits for.
if seq <= tonumber(redis.call('HGET', held, 'last') or '0') then return { 'spent' } end

for _, raw in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('RPUSH', base, raw)
  redis.call('ZREM', delayed, raw)
end

local raw = redis.call('LPOP', base)
while raw and #raw > tonumber(ARGV[4]) do
  redis.call('RPUSH', dead, raw)
  redis.call('HINCRBY', stats, 'dead', 1)
  raw = redis.call('LPOP', base)
end
if not raw then
  local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  return { 'empty', next and math.max(0, tonumber(next) - now) or -1 }
end
redis.call('HSET', held, ARGV[3], raw, 'last', ARGV[3])
show(raw)
return { 'job', raw }`,
)

/** Renews the lease. ARGV: worker, lease ms. Reply: 1, or 0 when it is gone. Never brings a lease back. */
export const beatScript = script(
  'beat',
  `
if not redis.call('ZSCORE', leases, ARGV[1]) then return 0 end
redis.call('ZADD', leases, now + ARGV[2], ARGV[1])
return 1`,
)

/** The job is done. ARGV: seq. Reply: 1, or 0 when this worker no longer holds it. */
export const ackScript = script(
  'ack',
  `
local raw = redis.call('HGET', held, ARGV[1])
if not raw then return 0 end
redis.call('HDEL', held, ARGV[1])
hide(raw)
redis.call('HINCRBY', stats, 'done', 1)
return 1`,
)

/**
 * The job runs again later. Equal payloads must stay apart in the set of retries: each further one gets a space at its
 * end, which JSON ignores. ARGV: seq, payload, delay ms. Reply: 1, or 0 when this worker no longer holds it.
 */
export const retryLaterScript = script(
  'retry-later',
  `
local raw = redis.call('HGET', held, ARGV[1])
if not raw then return 0 end
local payload = ARGV[2]
while redis.call('ZADD', delayed, 'NX', now + ARGV[3], payload) == 0 do payload = payload .. ' ' end
redis.call('HDEL', held, ARGV[1])
hide(raw)
redis.call('HINCRBY', stats, 'retried', 1)
return 1`,
)

/** The job failed for good. ARGV: seq, dead letter. Reply: 1, or 0 when this worker no longer holds it. */
export const deadScript = script(
  'dead',
  `
local raw = redis.call('HGET', held, ARGV[1])
if not raw then return 0 end
redis.call('RPUSH', dead, ARGV[2])
redis.call('HDEL', held, ARGV[1])
hide(raw)
redis.call('HINCRBY', stats, 'dead', 1)
return 1`,
)

/**
 * Gives back all that a worker holds, to the head of the queue in the order in which it was taken, and ends its lease.
 * ARGV: worker, '1' when its owner says so or is known to be dead, '0' when only an expired lease counts.
 * Reply: number of jobs given back, or -1 when the lease still runs.
 */
export const recoverScript = script(
  'recover',
  `
local lease = redis.call('ZSCORE', leases, ARGV[1])
if ARGV[2] ~= '1' and lease and tonumber(lease) > now then return -1 end
local entries = redis.call('HGETALL', held)
local seqs, raws = {}, {}
for i = 1, #entries, 2 do
  local seq = tonumber(entries[i])
  if seq then
    seqs[#seqs + 1] = seq
    raws[seq] = entries[i + 1]
  end
end
table.sort(seqs, function(a, b) return a > b end)
for _, seq in ipairs(seqs) do
  redis.call('LPUSH', base, raws[seq])
  hide(raws[seq])
end
redis.call('DEL', held)
redis.call('ZREM', leases, ARGV[1])
if redis.call('EXISTS', leases) == 0 then redis.call('DEL', twins) end
return #seqs`,
)

/**
 * Looks at one page of the view for members that no lease owns, and gives those back that have been so for long enough.
 * The workers' hashes are found through the leases and so cannot be declared in KEYS; they share the queue's slot.
 * ARGV: '1' to give back at once, ms after which to give back, cursor, prefix of the workers' hashes.
 * Reply: {next cursor, number given back, digests of those that wait}.
 */
export const orphansScript = script(
  'orphans',
  `
local owned = {}
for _, worker in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  local entries = redis.call('HGETALL', ARGV[4] .. worker)
  for i = 1, #entries, 2 do
    if entries[i] ~= 'last' then owned[entries[i + 1]] = true end
  end
end
local page = redis.call('SSCAN', processing, ARGV[3], 'COUNT', 200)
local waiting, back = {}, 0
for _, raw in ipairs(page[2]) do
  if not owned[raw] then
    local digest = redis.sha1hex(raw)
    redis.call('ZADD', orphans, 'NX', now, digest)
    if ARGV[1] == '1' or redis.call('ZSCORE', orphans, digest) + ARGV[2] <= now then
      redis.call('LPUSH', base, raw)
      redis.call('SREM', processing, raw)
      redis.call('HDEL', twins, digest)
      redis.call('ZREM', orphans, digest)
      back = back + 1
    else
      waiting[#waiting + 1] = digest
    end
  end
end
-- Without a sweep for this long nobody knows what went on since: what is seen then starts anew.
redis.call('PEXPIRE', orphans, 180000)
return { page[1], back, waiting }`,
)
