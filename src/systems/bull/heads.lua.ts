/**
 * The jobs that run next: [id, time of birth] of each queue, nothing where none waits. Two O(1) reads a queue, and a key
 * of another type spoils only its own queue. KEYS: wait and paused of each queue. ARGV: what the queue's keys begin with.
 */
export const headsLua = `
local heads = {}
for i, base in ipairs(ARGV) do
  local id = redis.pcall('LINDEX', KEYS[2 * i - 1], -1)
  if not id then id = redis.pcall('LINDEX', KEYS[2 * i], -1) end
  local born = type(id) == 'string' and redis.pcall('HGET', base .. id, 'timestamp')
  heads[i] = type(id) == 'string' and { id, type(born) == 'string' and string.sub(born, 1, 32) or false }
end
return heads`
