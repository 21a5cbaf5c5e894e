import type { Script } from '../../../systems/handles.ts'
import { statusLua } from '../../../systems/request-tracker/lua.ts'
import { storeLua } from '../../requests/update-request.ts'

/** The keys are named in full by those who call: claims and claimers stand where KEYS says. */
const clockLua = `
local function clock()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end`

/** Claims outlive every request that they are about, then go by themselves. */
const keptSeconds = 3600
/** A limited pool that was idle for a moment may catch up with so much of it. */
const burstMs = 100

/**
 * Takes one request for a worker.
 * KEYS: the request, claims, claimers, rate. ARGV: the bytes that were read, the bytes to put, seconds to live, the
 * channel, the list, the hash, the worker, ms of the lease, ms between two requests (0: no limit).
 * Atomic: test that nobody has it and that it is what was read; write it, tell its channel, note who has it.
 * Returns 1 when taken, 0 when somebody has it or it changed or is gone, else how many ms the limit says to wait, negative.
 */
export const claimScript: Script = {
  name: 'claim-request',
  lua: `${storeLua}${clockLua}
local hash, between, now = ARGV[6], tonumber(ARGV[9]), clock()
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local till = redis.call('ZSCORE', KEYS[2], hash)
if till and tonumber(till) > now then return 0 end
if between > 0 then
  local at = tonumber(redis.call('GET', KEYS[4]) or 0)
  if at > now then return -math.ceil(at - now) end
  local next_at = math.max(at, now - ${burstMs}) + between
  redis.call('SET', KEYS[4], string.format('%.3f', next_at), 'PX', math.ceil(between) + 1000)
end
store(KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[8]), hash)
redis.call('HSET', KEYS[3], hash, ARGV[7])
redis.call('EXPIRE', KEYS[2], ${keptSeconds})
redis.call('EXPIRE', KEYS[3], ${keptSeconds})
return 1`,
}

/**
 * Changes a request that a worker has, and says what becomes of the claim.
 * KEYS: the request, claims, claimers. ARGV: the bytes that were read, the bytes to put, seconds to live, the channel,
 * the list, the hash, the worker, then 'keep', 'drop', or the ms after which anybody may take it again.
 * Returns 1 when done, 0 when the request is gone, -1 when this worker does not have it any more, the bytes that are
 * there when it changed.
 */
export const settleScript: Script = {
  name: 'settle-request',
  lua: `${storeLua}${clockLua}
local hash, after = ARGV[6], ARGV[8]
if redis.call('HGET', KEYS[3], hash) ~= ARGV[7] then return -1 end
local text = redis.call('GET', KEYS[1])
if text and text ~= ARGV[1] then return text end
if text then store(KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]) end
if after == 'keep' then return text and 1 or 0 end
redis.call('HDEL', KEYS[3], hash)
if text and after ~= 'drop' then redis.call('ZADD', KEYS[2], clock() + tonumber(after), hash)
else redis.call('ZREM', KEYS[2], hash) end
return text and 1 or 0`,
}

/**
 * Forgets a claim: that of a worker, or, with '' for the worker, one that nobody has any more.
 * KEYS: claims, claimers. ARGV: the hash, the worker. Returns 1 when there was one.
 */
export const releaseScript: Script = {
  name: 'release-request',
  lua: `${clockLua}
local till = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
if ARGV[2] == '' and till > clock() then return 0 end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])`,
}

/**
 * A worker's sign of life.
 * KEYS: the list, claims, claimers. ARGV: what request keys begin with, the worker, ms of the lease, how many to take
 * back at most, then the hashes that it has.
 * Returns the head of the list or '', for each of the hashes its status (0: not its own any more, 1: gone), and
 * [hash, worker that was or ''] of those that anybody may take now.
 */
export const beatScript: Script = {
  name: 'beat-requests',
  lua: `${statusLua}${clockLua}
local worker, now, statuses, free = ARGV[2], clock(), {}, {}
local till = now + tonumber(ARGV[3])
for i = 5, #ARGV do
  local hash = ARGV[i]
  if redis.call('HGET', KEYS[3], hash) == worker then
    redis.call('ZADD', KEYS[2], till, hash)
    statuses[#statuses + 1] = status(hash) or 1
  else
    statuses[#statuses + 1] = 0
  end
end
if #ARGV > 4 then
  redis.call('EXPIRE', KEYS[2], ${keptSeconds})
  redis.call('EXPIRE', KEYS[3], ${keptSeconds})
end
if tonumber(ARGV[4]) > 0 then
  for _, hash in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[4])) do
    free[#free + 1] = { hash, redis.call('HGET', KEYS[3], hash) or '' }
  end
end
return { redis.call('LINDEX', KEYS[1], 0) or '', statuses, free }`,
}

/**
 * Finds requests that wait to be begun, oldest first. Only reads.
 * KEYS: the list. ARGV: what request keys begin with, the first and last place counted from the tail (negative), then the
 * statuses that mean waiting. What holds its status too late to be told here is found as well: whoever takes it reads it.
 * Returns the hashes.
 */
export const waitingLua = `${statusLua}
local waiting, found, seen = {}, {}, {}
for i = 4, #ARGV do waiting[ARGV[i]] = true end
local hashes = redis.call('LRANGE', KEYS[1], ARGV[2], ARGV[3])
for i = #hashes, 1, -1 do
  local hash = hashes[i]
  if not seen[hash] then
    seen[hash] = true
    local before = late
    local word = status(hash)
    if (word and waiting[word]) or late > before then found[#found + 1] = hash end
  end
end
return found`
