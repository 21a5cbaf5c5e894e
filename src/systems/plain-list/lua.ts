import { createHash } from 'node:crypto'
import type { Script } from '../handles.ts'

/** Elements up to this size are fingerprinted whole; of larger ones the two ends and the size, so that no script is slow. */
const wholeDigest = 65_536
const endDigest = 32_768

/** The fingerprint of an element's bytes, as `digest` of the Lua prelude computes it: 40 hex characters. */
export function digestOf(bytes: Buffer): string {
  const hash = createHash('sha1')
  if (bytes.length <= wholeDigest) return hash.update(bytes).digest('hex')
  return hash
    .update(bytes.subarray(0, endDigest))
    .update(bytes.subarray(bytes.length - endDigest))
    .update(String(bytes.length))
    .digest('hex')
}

/**
 * Lua that every script of this system begins with.
 * find: where the element with this fingerprint is now: at the index where it was seen, else nearest to it, looking at
 * most 1,000 elements or 8 MB down (jobs before it left) and then up (jobs were put before it).
 * cut: removes the element at an index, from the nearer end. insert: puts bytes at an index, in order.
 */
export const prelude = `
local function digest(v)
  if #v <= ${wholeDigest} then return redis.sha1hex(v) end
  return redis.sha1hex(string.sub(v, 1, ${endDigest}) .. string.sub(v, -${endDigest}) .. #v)
end
local function look(key, index, want, step)
  local bytes, seen, at = 0, 0, index
  while seen < 1000 and bytes < 8000000 and at >= 0 do
    local from = step < 0 and math.max(0, at - 49) or at
    local to = step < 0 and at or at + 49
    local chunk = redis.call('LRANGE', key, from, to)
    if #chunk == 0 then return end
    local a, b = 1, #chunk
    if step < 0 then a, b = b, a end
    for i = a, b, step do
      if digest(chunk[i]) == want then return from + i - 1, chunk[i] end
      bytes = bytes + #chunk[i]
    end
    seen = seen + #chunk
    at = at + 50 * step
  end
end
local function find(key, index, want)
  local v = redis.call('LINDEX', key, index)
  if v and digest(v) == want then return index, v end
  local length = redis.call('LLEN', key)
  local at, found = look(key, math.min(index, length) - 1, want, -1)
  if at then return at, found end
  return look(key, index + 1, want, 1)
end
local function cut(key, index, tombstone)
  redis.call('LSET', key, index, tombstone)
  local length = redis.call('LLEN', key)
  redis.call('LREM', key, index * 2 < length and 1 or -1, tombstone)
end
local function insert(key, index, v, tombstone)
  local length = redis.call('LLEN', key)
  if index <= 0 then redis.call('LPUSH', key, v)
  elseif index >= length then redis.call('RPUSH', key, v)
  elseif length - index <= 1000 then
    local rest = {}
    for i = 1, length - index do rest[i] = redis.call('RPOP', key) end
    redis.call('RPUSH', key, v)
    for i = #rest, 1, -1 do redis.call('RPUSH', key, rest[i]) end
  else
    local next = redis.call('LINDEX', key, index)
    redis.call('LSET', key, index, tombstone)
    redis.call('LINSERT', key, 'BEFORE', tombstone, v)
    redis.call('LSET', key, index + 1, next)
  end
end
`

/** A script of this system: the prelude and its own text. */
export function script(name: string, lua: string): Script {
  return { name: `plain-list.${name}`, lua: prelude + lua }
}
