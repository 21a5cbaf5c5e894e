/** Jobs of a list that are looked through from the end to which a job was put. */
const soughtThrough = 100_000
/** Jobs of one trash item. */
export const itemJobs = 100

/**
 * Lua that keeps what a retry takes from jobs, and what takes them back. An item of the trash list is MessagePack of
 * { 'again', base, state, names of fields, { id, score, code, values ... of each job } }; a code says why the job cannot
 * be taken back. Where a number follows, that many other values stand in place of score and code, and the first value is
 * the score. KEYS[2] is that list, KEYS[3] the entry.
 */
export const keepAgainLua = `
local items, entry = KEYS[2], KEYS[3]
local kept, keptJobs
local function keepAgain(state, names)
  if not kept or #kept == 0 then return end
  call('RPUSH', items, cmsgpack.pack({ 'again', base, state, names, kept }))
  kept, keptJobs = nil, nil
end
local function keeping(state, names)
  if kept and keptJobs >= ${itemJobs} then keepAgain(state, names) end
  kept = kept or {}
  keptJobs = (keptJobs or 0) + 1
  return kept, #kept
end
local function keepEntry(ttl, of, kind)
  call('HSET', entry, 'of', of, 'kind', kind)
  call('PEXPIRE', items, ttl)
  call('PEXPIRE', entry, ttl)
end`

/**
 * recall: takes a job that waits out of where it waits, and returns nil when it does not wait or has begun, 'far' where
 * the list is too long to say. Both libraries note when a job begins, and a retry clears that note.
 */
export const recallLua = `
local function unlist(key, id)
  local length = call('LLEN', key)
  if length == 0 then return false end
  if length <= ${soughtThrough} then return call('LREM', key, 1, id) == 1 end
  if call('LPOS', key, id, 'MAXLEN', ${soughtThrough}) then return call('LREM', key, 1, id) == 1 end
  if call('LPOS', key, id, 'RANK', -1, 'MAXLEN', ${soughtThrough}) then return call('LREM', key, -1, id) == 1 end
end
local function recall(b, id)
  local own = call('HMGET', b .. id, 'processedOn', 'finishedOn', 'timestamp')
  if own[1] or own[2] or not own[3] then return nil end
  for state, suffix in pairs(sets) do
    if state ~= 'failed' and state ~= 'completed' and call('ZREM', b .. suffix, id) == 1 then return state end
  end
  local far
  for state, suffix in pairs(lists) do
    if state ~= 'active' then
      local gone = unlist(b .. suffix, id)
      if gone then
        unrank(b, id)
        return state
      end
      if gone == nil then far = 'far' end
    end
  end
  return far
end`
