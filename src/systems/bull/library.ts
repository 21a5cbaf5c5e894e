import { SluiceError } from '../../domain/errors.ts'
import type { Library, StoredOptions } from '../shared/hashed-jobs/write/library.ts'
import { backoffOf, wholeNumber } from '../shared/hashed-jobs/write/options.ts'
import { layout } from './keys.ts'

/**
 * Bull 4.16, as its scripts do it, except where they lose something:
 * a retry keeps the job's priority (Bull's own pushes it to the end of wait), and one of many jobs notes `retriedOn` and
 * heeds `lifo` as one of a single job does; a debounce id is set free only by the job that holds it; resuming a queue
 * whose jobs were put to both lists joins them, and pausing it twice is nothing (Bull's RENAME loses one list).
 * Whoever waits for a job blocks on the list itself, so that nobody has to be woken.
 */
const lua = `
local lines = {}
local function refusal(b) end
local function line(b)
  if not lines[b] then
    lines[b] = { list = b .. (call('EXISTS', b .. 'meta-paused') == 1 and 'paused' or 'wait') }
  end
  return lines[b]
end
local function tell(b, event, id)
  if event == 'waiting' then call('PUBLISH', b .. 'waiting@sluice', id) end
end
local function put(b, id, prev, front)
  local list, priority = line(b).list, tonumber(call('HGET', b .. id, 'priority')) or 0
  if priority > 0 and not front then
    call('ZADD', b .. 'priority', priority, id)
    local before = call('ZCOUNT', b .. 'priority', 0, priority) - 1
    local pivot = before > 0 and call('LINDEX', list, call('LLEN', list) - before)
    if pivot then call('LINSERT', list, 'BEFORE', pivot, id) else call('RPUSH', list, id) end
  else
    call(front and 'RPUSH' or 'LPUSH', list, id)
  end
  tell(b, 'waiting', id)
end
local function later(b, due)
  local first = call('ZRANGE', b .. 'delayed', 0, 0, 'WITHSCORES')
  due = due or first[2] and math.floor(tonumber(first[2]) / 4096)
  if due then call('PUBLISH', b .. 'delayed', string.format('%.0f', due)) end
end
local function wake() end
local function repeatOf(k)
  local read, opts = pcall(cjson.decode, call('HGET', k, 'opts') or '{}')
  return read and type(opts) == 'table' and type(opts['repeat']) == 'table' and opts['repeat'] or nil
end
local function bound(b, id, k)
  if string.sub(id, 1, 7) ~= 'repeat:' then return nil end
  local schedule = repeatOf(k)
  local at = schedule and schedule.key and call('ZSCORE', b .. 'repeat', schedule.key)
  if at and string.sub(id, -#at - 1) == ':' .. at then return 'schedule' end
end
local function scheduled(b, most)
  local found, schedules = {}, call('ZRANGE', b .. 'repeat', 0, most - 1, 'WITHSCORES')
  for i = 2, #schedules, 2 do
    local from = tonumber(schedules[i]) * 4096
    for _, id in ipairs(call('ZRANGEBYSCORE', b .. 'delayed', from, from + 4095)) do
      if string.sub(id, 1, 7) == 'repeat:' then found[#found + 1] = id end
    end
  end
  return found
end
local function rooted(b, id, k)
  if repeatOf(k) then return 'repeats' end
  if call('HEXISTS', k, 'deid') == 1 then return 'unique' end
end
local function ready() end
local careful = {}
local ordinaryFields = { 'priority', 'opts' }
local function ordinary(row, i)
  return row[i + 1] == '0' and not (row[i + 2] and string.find(row[i + 2], '"lifo"', 1, true))
end
local function putAll(b, ids)
  call('LPUSH', line(b).list, unpack(ids))
  for _, id in ipairs(ids) do tell(b, 'waiting', id) end
end
local aloneFields = { 'timestamp', 'deid' }
local limits
local function alone(row, i)
  if limits == nil then limits = call('EXISTS', base .. 'limiter:index') == 1 end
  return not limits and row[i + 1] and not row[i + 2] and string.sub(row[i], 1, 7) ~= 'repeat:'
end
local function relink() end
local function unrank(b, id)
  call('ZREM', b .. 'priority', id)
end
local function cleared(state, reset)
  local names = { 'finishedOn', 'processedOn', 'failedReason', 'retriedOn' }
  if state == 'completed' then names[#names + 1] = 'returnvalue' end
  if reset then names[#names + 1] = 'attemptsMade' end
  return names
end
local function below() return {} end
local function again(k, state, reset)
  call('HDEL', k, 'finishedOn', 'processedOn', 'failedReason')
  if state == 'completed' then call('HDEL', k, 'returnvalue') end
  if reset then call('HDEL', k, 'attemptsMade') end
  call('HSET', k, 'retriedOn', string.format('%.0f', now))
end
local function untie(b, id, k)
  local ties = {}
  ties.priority = call('ZSCORE', b .. 'priority', id) or nil
  if ties.priority then call('ZREM', b .. 'priority', id) end
  local unique = call('HGET', k, 'deid')
  if unique and call('GET', b .. 'de:' .. unique) == id then
    ties.unique, ties.ttl = unique, call('PTTL', b .. 'de:' .. unique)
    call('DEL', b .. 'de:' .. unique)
  end
  local limited = call('HGET', b .. 'limiter:index', id)
  if limited then
    call('SREM', limited, id)
    call('HDEL', b .. 'limiter:index', id)
  end
  return ties
end
local function tie(b, id, k, ties)
  if ties.priority then call('ZADD', b .. 'priority', ties.priority, id) end
  if ties.unique then
    if ties.ttl > 0 then
      call('SET', b .. 'de:' .. ties.unique, id, 'PX', ties.ttl, 'NX')
    else
      call('SET', b .. 'de:' .. ties.unique, id, 'NX')
    end
  end
end`

const pauseLua = `
if call('EXISTS', base .. 'meta-paused') == 1 then return 0 end
local ids = call('EXISTS', base .. 'paused') == 1 and call('LRANGE', base .. 'wait', 0, -1)
if ids then
  for _, id in ipairs(ids) do call('LPUSH', base .. 'paused', id) end
  call('DEL', base .. 'wait')
elseif call('EXISTS', base .. 'wait') == 1 then
  call('RENAME', base .. 'wait', base .. 'paused')
end
call('SET', base .. 'meta-paused', 1)
call('HSET', base .. 'meta', 'paused', 1)
call('PUBLISH', base .. 'paused', 'paused')
return 1`

/** Jobs that were paused run before those that somebody put to wait meanwhile. */
const resumeLua = `
local was = call('EXISTS', base .. 'meta-paused')
if call('EXISTS', base .. 'paused') == 1 then
  if call('EXISTS', base .. 'wait') == 1 then
    for _, id in ipairs(call('LRANGE', base .. 'paused', 0, -1)) do call('RPUSH', base .. 'wait', id) end
    call('DEL', base .. 'paused')
  else
    call('RENAME', base .. 'paused', base .. 'wait')
  end
end
call('DEL', base .. 'meta-paused')
call('HDEL', base .. 'meta', 'paused')
call('PUBLISH', base .. 'resumed', 'resumed')
return was`

/** Options that only Bull itself can act on when it adds a job. */
const notHere: Readonly<Record<string, string>> = {
  repeat: 'A schedule is added by the program that works on it, not with a single job.',
  debounce: 'Debouncing happens where a program adds the job: leave `debounce` out.',
}

export const library: Library = {
  layout,
  lua,
  suffixes: ['', ':logs'],
  types: [
    ...(['id', 'meta-paused'] as const).map((suffix) => [suffix, 'string'] as const),
    ...(['priority', 'repeat'] as const).map((suffix) => [suffix, 'zset'] as const),
    ...(['meta', 'limiter:index'] as const).map((suffix) => [suffix, 'hash'] as const),
    ['stalled', 'set'],
  ],
  ownOptions: ['jobId', 'repeat', 'prevMillis', 'debounce', 'delay', 'timestamp'],
  pauseLua,
  resumeLua,
  optionsOf(options, now): StoredOptions {
    for (const [name, reason] of Object.entries(notHere)) {
      if (options[name] !== undefined) throw new SluiceError('INVALID_INPUT', reason)
    }
    const attempts = wholeNumber(options, 'attempts', 1) ?? 1
    const delayMs = wholeNumber(options, 'delay', 0) ?? 0
    const stored = { ...options, ...backoffOf(options), attempts, delay: delayMs, timestamp: now }
    return {
      json: JSON.stringify(stored),
      priority: wholeNumber(options, 'priority', 0, 2 ** 31 - 1) ?? 0,
      delayMs,
      lifo: options.lifo === true,
      id: options.jobId === undefined ? null : String(options.jobId),
    }
  },
}
