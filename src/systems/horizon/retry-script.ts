import type { Script } from '../handles.ts'
import { digestLua } from '../shared/elements/digest.ts'

/** Keys and arguments of one job in the script that retries. */
export const keysPerJob = 4
export const argsPerJob = 11

/**
 * Makes new jobs of failed ones, as Horizon does: new hash, its places, its end, the note in the old hash, and only then
 * the push and the wake-up, so that no worker gets a job that Horizon does not know. An item of the trash is MessagePack
 * of old id, new id, queue, its wake-ups, new payload, the note, the one before, and watched tags.
 *
 * KEYS: failed_jobs, recent_jobs, pending_jobs, trash items, trash entry, then for each old hash, new hash, queue, its
 * wake-ups, its watched tags. ARGV: float seconds, when the new hashes end, ms to live, what the trash holds, the place in
 * failed_jobs up to which all were come to (empty where jobs are named), how many reasons, then each reason and how many
 * jobs were refused for it, then for each job old id, score, digest of its payload, retried_by as read, retried_by to be,
 * new id, connection, queue, name, new payload, how many tags. Returns 1, 0 for one that left, -1 for one that changed.
 * Each place is read before anything is written: Redis undoes nothing of a script that fails half-way.
 */
export const retryScript: Script = {
  name: 'horizon.retry',
  lua: `${digestLua}
local now, ends, ttl, items, entry = ARGV[1], ARGV[2], ARGV[3], KEYS[4], KEYS[5]
for i = 1, 3 do redis.call('ZCARD', KEYS[i]) end
local reasons = tonumber(ARGV[6])
local result, k, a, done, changed = {}, 6, 7 + 2 * reasons, 0, 0
while a <= #ARGV do
  local old, new, list, wake = KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3]
  local id, newId, payload, tags = ARGV[a], ARGV[a + 5], ARGV[a + 9], tonumber(ARGV[a + 10])
  local score = redis.call('ZSCORE', KEYS[1], id)
  local was = redis.call('HMGET', old, 'status', 'payload', 'retried_by')
  local code = 1
  redis.call('LLEN', list)
  redis.call('LLEN', wake)
  for i = 1, tags do redis.call('ZCARD', KEYS[k + 3 + i]) end
  if not score or tonumber(score) ~= tonumber(ARGV[a + 1]) then code = 0
  elseif was[1] ~= 'failed' or not was[2] or digest(was[2]) ~= ARGV[a + 2] or (was[3] or '') ~= ARGV[a + 3] then code = -1
  else
    redis.call('HSET', new, 'id', newId, 'connection', ARGV[a + 6], 'queue', ARGV[a + 7], 'name', ARGV[a + 8],
      'status', 'pending', 'payload', payload, 'created_at', now, 'updated_at', now)
    redis.call('EXPIREAT', new, ends)
    redis.call('ZADD', KEYS[2], '-' .. now, newId)
    redis.call('ZADD', KEYS[3], '-' .. now, newId)
    local watched = {}
    for i = 1, tags do
      watched[i] = KEYS[k + 3 + i]
      redis.call('ZADD', watched[i], now, newId)
    end
    redis.call('RPUSH', items, cmsgpack.pack({ id, newId, list, wake, payload, ARGV[a + 4], was[3], watched }))
    redis.call('HSET', old, 'retried_by', ARGV[a + 4])
    redis.call('RPUSH', list, payload)
    redis.call('RPUSH', wake, '1')
    done = done + 1
  end
  if code == -1 then changed = changed + 1 end
  result[#result + 1] = code
  k, a = k + ${keysPerJob} + tags, a + ${argsPerJob}
end
if done > 0 then
  redis.call('HINCRBY', entry, 'done', done)
  redis.call('PEXPIRE', items, ttl)
end
if done > 0 or ARGV[5] ~= '' then
  redis.call('HSET', entry, 'of', ARGV[4], 'kind', 'retried')
  if ARGV[5] ~= '' then
    redis.call('HSET', entry, 'passed', ARGV[5])
    if changed > 0 then redis.call('HINCRBY', entry, 'refused:changed', changed) end
    for i = 1, reasons do redis.call('HINCRBY', entry, 'refused:' .. ARGV[5 + 2 * i], ARGV[6 + 2 * i]) end
  end
  redis.call('PEXPIRE', entry, ttl)
end
return result`,
}

/** Jobs of a Laravel queue among which a retried one is looked for, from the end to which it was pushed. */
const soughtThrough = 50_000

/**
 * Takes retried jobs that still wait out of their Laravel queues, newest first, and resets what was noted of them. KEYS:
 * recent_jobs, pending_jobs, trash items, trash entry. ARGV: what the hashes begin with, how many items. Queues and
 * tags are named in the trash. Returns how many items are left, taken back, missing, and [id, why] of those that stay as they are.
 */
export const unretryScript: Script = {
  name: 'horizon.unretry',
  lua: `
local time = redis.call('TIME')
local function late()
  local at = redis.call('TIME')
  return (at[1] - time[1]) * 1000 + (at[2] - time[2]) / 1000 > 4
end
local back, missing, refused = 0, 0, {}
for i = 1, tonumber(ARGV[2]) do
  if i > 1 and late() then break end
  local item = redis.call('RPOP', KEYS[3])
  if not item then break end
  local id, new, list, wake, payload, note, before, tags = unpack(cmsgpack.unpack(item), 1, 8)
  local old, fresh = ARGV[1] .. id, ARGV[1] .. new
  local at = redis.pcall('LPOS', list, payload, 'RANK', -1, 'MAXLEN', ${soughtThrough})
  if type(at) == 'number' and redis.call('HGET', old, 'retried_by') ~= note then
    redis.call('LPUSH', KEYS[3], item)
    refused[#refused + 1] = { id, 'changed' }
  elseif type(at) == 'number' then
    redis.call('LREM', list, -1, payload)
    redis.call('RPOP', wake)
    redis.call('DEL', fresh)
    redis.call('ZREM', KEYS[1], new)
    redis.call('ZREM', KEYS[2], new)
    for _, tag in ipairs(tags) do redis.call('ZREM', tag, new) end
    if before then redis.call('HSET', old, 'retried_by', before) else redis.call('HDEL', old, 'retried_by') end
    back = back + 1
  elseif not at and redis.call('LLEN', list) > ${soughtThrough} and redis.call('HGET', fresh, 'status') == 'pending' then
    redis.call('LPUSH', KEYS[3], item)
    refused[#refused + 1] = { id, 'far' }
  else
    missing = missing + 1
  end
end
local left = redis.call('LLEN', KEYS[3])
if left == 0 then redis.call('DEL', KEYS[4]) end
return { left, back, missing, refused }`,
}

/** What became of retried jobs: [waiting, succeeded, failed]. Reads only. KEYS: items. ARGV: most, what hashes begin with. */
export const fatesLua = `
local items, most = redis.call('LLEN', KEYS[1]), math.min(tonumber(ARGV[1]), 200)
local looked = math.min(items, most)
local waiting, succeeded, failed = 0, 0, 0
for i = 0, looked - 1 do
  local item = cmsgpack.unpack(redis.call('LINDEX', KEYS[1], math.floor(i * items / looked)))
  local status = type(item[2]) == 'string' and redis.call('HGET', ARGV[2] .. item[2], 'status')
  if status == 'failed' then failed = failed + 1
  elseif status == 'pending' or status == 'reserved' then waiting = waiting + 1
  else succeeded = succeeded + 1 end
end
return { waiting, succeeded, failed }`
