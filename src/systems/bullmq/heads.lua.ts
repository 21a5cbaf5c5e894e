/**
 * The jobs that run next: [id, time of birth] of each queue, nothing where none waits. A few O(1) reads a queue (O(log n)
 * for priorities), and a key of another type spoils only its own queue. A marker of an old version is passed over.
 * KEYS: wait, paused and prioritized of each queue. ARGV: what the queue's keys begin with.
 */
export const headsLua = `
local function tail(key)
  local id = redis.pcall('LINDEX', key, -1)
  if type(id) == 'string' and string.find(id, '^0:%d+$') then id = redis.pcall('LINDEX', key, -2) end
  return type(id) == 'string' and id or false
end
local heads = {}
for i, base in ipairs(ARGV) do
  local id = tail(KEYS[3 * i - 2]) or tail(KEYS[3 * i - 1])
  if not id then
    local first = redis.pcall('ZRANGE', KEYS[3 * i], 0, 0)
    id = first[1] or false
  end
  local born = id and redis.pcall('HGET', base .. id, 'timestamp')
  heads[i] = id and { id, type(born) == 'string' and string.sub(born, 1, 32) or false }
end
return heads`
