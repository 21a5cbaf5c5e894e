/** Elements around the place where one is expected that are looked at for it, once a script. */
export const seekWindow = 2000

/**
 * Lua that finds jobs where they were put: `seeker(list, at, step)` gives a function from a fingerprint to the index of an
 * element with it, which it gives once; nil where there is none near `at`. Each is expected beside the last, in the direction
 * of `step`; only when one is not there, the neighbourhood is read, most of it before `at`, since jobs before it leave.
 */
export const seekerLua = `
local function seeker(key, at, step)
  local expected, index, used = at, nil, {}
  local function read()
    index = {}
    local bytes, from, to = 0, math.max(0, at - ${seekWindow - 500}), at + 500
    while from < to and bytes < 8000000 do
      local chunk = redis.call('LRANGE', key, from, math.min(to, from + 50) - 1)
      if #chunk == 0 then return end
      for i, v in ipairs(chunk) do
        local print = digest(v)
        index[print] = index[print] or {}
        table.insert(index[print], from + i - 1)
        bytes = bytes + #v
      end
      from = from + #chunk
    end
  end
  return function(want)
    local place
    local v = expected >= 0 and not used[expected] and redis.call('LINDEX', key, expected)
    if v and digest(v) == want then place = expected
    else
      if not index then read() end
      local places = index[want] or {}
      while #places > 0 and not place do
        local last = table.remove(places)
        if not used[last] then place = last end
      end
    end
    if place then
      used[place] = true
      expected = place + step
    end
    return place
  end
end
`
