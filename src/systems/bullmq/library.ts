import { SluiceError } from '../../domain/errors.ts'
import type { Library, StoredOptions } from '../shared/hashed-jobs/write/library.ts'
import { backoffOf, wholeNumber } from '../shared/hashed-jobs/write/options.ts'
import { layout } from './keys.ts'

/**
 * BullMQ 5.81 and 6.7, as their scripts do it, except where they lose something:
 * a retry keeps the priority and heeds `lifo` (5 pushes to wait, and 6 does so where it retries many); a parent is not
 * run while children of it failed or have yet to end (both run it, and it fails again); a removed parent takes along the
 * children that did not end and leaves finished ones as history; resuming joins wait and paused, and pausing twice is
 * nothing (5's RENAME loses one of them).
 *
 * A worker sleeps on the marker, so every push wakes it last of all; a paused queue has none. While a queue is paused 5
 * keeps its jobs under `paused` and 6 under `wait`: jobs go to the list that is there, else to the one of the version.
 */
const lua = `
local lines = {}
local function majorOf(version)
  return version and tonumber(string.match(version, '^bullmq:(%d+)%.'))
end
local function refusal(b)
  local version = typeOf(b .. 'meta') == 'hash' and call('HGET', b .. 'meta', 'version')
  local major = majorOf(version)
  if version and (not major or major > 6) then return 'new' end
  local tail = typeOf(b .. 'wait') == 'list' and call('LINDEX', b .. 'wait', -1)
  if major and major < 5 or tail and string.find(tail, '^0:%d+$') then return 'old' end
end
local function line(b)
  if lines[b] then return lines[b] end
  local meta = call('HMGET', b .. 'meta', 'paused', 'concurrency', 'version', 'opts.maxLenEvents')
  local paused, list = meta[1] and true or false, 'wait'
  if paused then
    if call('EXISTS', b .. 'paused') == 1 then list = 'paused'
    elseif call('EXISTS', b .. 'wait') == 0 and (majorOf(meta[3]) or 5) < 6 then list = 'paused' end
  end
  local full = meta[2] and call('LLEN', b .. 'active') >= tonumber(meta[2])
  lines[b] = {
    list = b .. list,
    paused = paused,
    wakes = not paused and not full,
    major = majorOf(meta[3]) or 5,
    events = meta[4] or '10000',
  }
  return lines[b]
end
local function event(b, ...)
  call('XADD', b .. 'events', 'MAXLEN', '~', line(b).events, '*', 'event', ...)
end
local function tell(b, what, id, prev)
  if what == 'added' then event(b, what, 'jobId', id, 'name', prev)
  elseif what == 'delayed' then event(b, what, 'jobId', id, 'delay', string.format('%.0f', prev))
  elseif what == 'cleaned' then event(b, what, 'count', id)
  elseif what == 'restored' then event(b, 'added', 'jobId', id, 'name', call('HGET', b .. id, 'name') or '')
  elseif prev then event(b, what, 'jobId', id, 'prev', prev)
  else event(b, what, 'jobId', id) end
end
local function put(b, id, prev, front)
  local to, priority = line(b), tonumber(call('HGET', b .. id, 'priority')) or 0
  if priority > 0 and not front then
    local score = priority * 4294967296 + call('INCR', b .. 'pc') % 4294967296
    call('ZADD', b .. 'prioritized', string.format('%.0f', score), id)
  else
    call(front and 'RPUSH' or 'LPUSH', to.list, id)
  end
  tell(b, 'waiting', id, prev)
  to.put = true
end
local function later(b)
  local first = call('ZRANGE', b .. 'delayed', 0, 0, 'WITHSCORES')
  if first[2] then call('ZADD', b .. 'marker', tonumber(first[2]) / 4096, '1') end
end
local function wake()
  for b, to in pairs(lines) do
    if to.put and to.wakes then call('ZADD', b .. 'marker', 0, '0') end
  end
end
local function bound(b, id, k)
  local schedule = call('HGET', k, 'rjk')
  local at = schedule and call('ZSCORE', b .. 'repeat', schedule)
  if at and string.sub(id, 1, 7) == 'repeat:' and string.sub(id, -#at - 1) == ':' .. at then return 'schedule' end
end
local function scheduled(b, most)
  local found, schedules = {}, call('ZRANGE', b .. 'repeat', 0, most - 1, 'WITHSCORES')
  for i = 1, #schedules, 2 do found[#found + 1] = 'repeat:' .. schedules[i] .. ':' .. schedules[i + 1] end
  return found
end
local function rooted(b, id, k)
  local own = call('HMGET', k, 'parentKey', 'rjk', 'deid')
  if own[1] or call('EXISTS', k .. ':dependencies', k .. ':processed', k .. ':failed', k .. ':unsuccessful') > 0 then
    return 'family'
  end
  return own[2] and 'repeats' or own[3] and 'unique' or nil
end
local function ready(b, id, k)
  for _, child in ipairs(call('ZRANGE', k .. ':unsuccessful', 0, -1)) do
    if call('EXISTS', child) == 1 then return 'children' end
    call('ZREM', k .. ':unsuccessful', child)
  end
  if call('SCARD', k .. ':dependencies') > 0 then return 'park' end
end
local careful = { ':dependencies', ':unsuccessful' }
local ordinaryFields = { 'priority', 'parentKey', 'opts' }
local function ordinary(row, i)
  if row[i + 1] ~= '0' or row[i + 2] then return false end
  return not (row[i + 3] and string.find(row[i + 3], '"lifo"', 1, true))
end
local function putAll(b, ids, prev)
  local to, events = line(b), b .. 'events'
  call('LPUSH', to.list, unpack(ids))
  to.put = true
  for i = 1, #ids - 1 do call('XADD', events, '*', 'event', 'waiting', 'jobId', ids[i], 'prev', prev) end
  tell(b, 'waiting', ids[#ids], prev) -- this trims what the others added
end
local aloneFields = { 'timestamp', 'parentKey', 'deid' }
local function alone(row, i)
  return row[i + 1] and not row[i + 2] and not row[i + 3]
end
local function relink(b, k, prev)
  local parent = call('HGET', k, 'parentKey')
  if not parent or parent == '' or call('EXISTS', parent) == 0 then return end
  local counted
  if prev == 'completed' then
    counted = call('HDEL', parent .. ':processed', k) == 1
  else
    counted = call('ZREM', parent .. ':unsuccessful', k) == 1 or call('HDEL', parent .. ':failed', k) == 1
  end
  if counted then call('SADD', parent .. ':dependencies', k) end
  return counted
end
local function unrank() end
local function cleared(state, reset)
  local names = { 'finishedOn', 'processedOn', 'failedReason', 'defa' }
  if state == 'completed' then names[#names + 1] = 'returnvalue' end
  if reset then
    for _, name in ipairs({ 'atm', 'ats', 'attemptsMade' }) do names[#names + 1] = name end
  end
  return names
end
local function below(b, k)
  local count = call('SCARD', k .. ':dependencies')
  if count == 0 then return {} end
  return count > 1000 and call('SRANDMEMBER', k .. ':dependencies', 1001) or call('SMEMBERS', k .. ':dependencies')
end
local function again(k, state, reset)
  call('HDEL', k, 'finishedOn', 'processedOn', 'defa', 'failedReason')
  if state == 'completed' then call('HDEL', k, 'returnvalue') end
  if reset then call('HDEL', k, 'atm', 'ats', 'attemptsMade') end
end
local function untie(b, id, k, whole)
  local ties, own = {}, call('HMGET', k, 'parentKey', 'deid')
  local parent, unique = own[1], own[2]
  if parent and parent ~= '' and call('SISMEMBER', parent .. ':dependencies', k) == 1 then
    ties.parent = parent
    if not whole and call('SREM', parent .. ':dependencies', k) == 1
      and call('SCARD', parent .. ':dependencies') == 0 then
      local pb, pid = split(parent)
      if call('ZREM', pb .. 'waiting-children', pid) == 1 then put(pb, pid, 'waiting-children', true) end
    end
  end
  if unique and call('GET', b .. 'de:' .. unique) == id then
    ties.unique, ties.ttl = unique, call('PTTL', b .. 'de:' .. unique)
    ties.next = call('DUMP', b .. 'dn:' .. unique) or nil
    call('DEL', b .. 'de:' .. unique, b .. 'dn:' .. unique)
  end
  return ties
end
local function tie(b, id, k, ties)
  if ties.parent then
    local pb, pid = split(ties.parent)
    local at = call('EXISTS', ties.parent) == 1 and (where(pb, pid) or 'waiting-children')
    if at == 'waiting-children' or at == 'failed' then call('SADD', ties.parent .. ':dependencies', k) end
  end
  if not ties.unique or call('EXISTS', b .. 'de:' .. ties.unique) == 1 then return end
  call('SET', b .. 'de:' .. ties.unique, id)
  if ties.ttl > 0 then call('PEXPIRE', b .. 'de:' .. ties.unique, ties.ttl) end
  if ties.next and call('EXISTS', b .. 'dn:' .. ties.unique) == 0 then
    call('RESTORE', b .. 'dn:' .. ties.unique, 0, ties.next)
  end
end`

/** Where the version is not known 5's way is taken: 6 joins the list \`paused\` when the queue is resumed. */
const pauseLua = `
local was = line(base)
if was.paused then return 0 end
call('HSET', base .. 'meta', 'paused', 1)
if was.major < 6 and call('EXISTS', base .. 'wait') == 1 then
  if call('EXISTS', base .. 'paused') == 1 then
    for _, id in ipairs(call('LRANGE', base .. 'paused', 0, -1)) do call('RPUSH', base .. 'wait', id) end
  end
  call('RENAME', base .. 'wait', base .. 'paused')
end
call('DEL', base .. 'marker')
event(base, 'paused')
return 1`

/** Jobs of the list that was paused run before those that came to wait meanwhile. */
const resumeLua = `
local was = line(base).paused
call('HDEL', base .. 'meta', 'paused')
if call('EXISTS', base .. 'paused') == 1 then
  if call('EXISTS', base .. 'wait') == 1 then
    for _, id in ipairs(call('LRANGE', base .. 'paused', 0, -1)) do call('RPUSH', base .. 'wait', id) end
    call('DEL', base .. 'paused')
  else
    call('RENAME', base .. 'paused', base .. 'wait')
  end
end
if call('LLEN', base .. 'wait') + call('ZCARD', base .. 'prioritized') > 0 then
  call('ZADD', base .. 'marker', 0, '0')
else
  later(base)
end
event(base, 'resumed')
return was and 1 or 0`

/** Options that only BullMQ itself can act on when it adds a job. */
const notHere: Readonly<Record<string, string>> = {
  repeat: 'A schedule is added by the program that works on it, not with a single job.',
  deduplication: 'Deduplication happens where a program adds the job: leave `deduplication` out.',
  debounce: 'Deduplication happens where a program adds the job: leave `debounce` out.',
  parent: 'A child is added together with its parent: leave `parent` out.',
}

export const library: Library = {
  layout,
  lua,
  suffixes: ['', ':logs', ':dependencies', ':processed', ':failed', ':unsuccessful'],
  types: [
    ...(['id', 'pc'] as const).map((suffix) => [suffix, 'string'] as const),
    ...(['marker', 'repeat'] as const).map((suffix) => [suffix, 'zset'] as const),
    ['meta', 'hash'],
    ['events', 'stream'],
    ['stalled', 'set'],
  ],
  ownOptions: [
    ...['jobId', 'repeat', 'prevMillis', 'repeatJobKey', 'delay', 'timestamp', 'parent', 'de', 'deduplication'],
    ...['debounce', 'fpof', 'cpof', 'idof', 'rdof', 'tm', 'omc'],
  ],
  pauseLua,
  resumeLua,
  optionsOf(options, _now): StoredOptions {
    for (const [name, reason] of Object.entries(notHere)) {
      if (options[name] !== undefined) throw new SluiceError('INVALID_INPUT', reason)
    }
    const { keepLogs, ...rest } = options
    const attempts = wholeNumber(options, 'attempts', 0) ?? 0
    const stored = { ...rest, ...backoffOf(options), ...(keepLogs !== undefined && { kl: keepLogs }), attempts }
    return {
      json: JSON.stringify(stored),
      priority: wholeNumber(options, 'priority', 0, 2 ** 21 - 1) ?? 0,
      delayMs: wholeNumber(options, 'delay', 0) ?? 0,
      lifo: options.lifo === true,
      id: idOf(options.jobId),
    }
  },
}

/** An id of one's own choice: BullMQ refuses numbers, which are its own, and colons, which part its keys. */
function idOf(jobId: unknown): string | null {
  if (jobId === undefined || jobId === null) return null
  const id = String(jobId)
  if (id !== '' && !/^-?\d+$/.test(id) && !id.includes(':')) return id
  throw new SluiceError('INVALID_INPUT', 'The option jobId is a text that is no number and has no colon.')
}
