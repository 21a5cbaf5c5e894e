import type { Script } from '../../systems/handles.ts'

/**
 * A script that writes, with a receipt: a hash beside the trash entry that holds the number of the last script (`n`) and
 * its reply (`r`), written in the same atomic step. The same number again gives the same reply and does nothing; any
 * other than the next one is refused, before anything is done. The receipt's key stands behind the script's own KEYS; its
 * number and lifetime (ms) behind its own ARGV: all three are taken off first. The receipt is read first, so that what
 * forbids the key forbids the script.
 */
export function withReceipt(script: Script): Script {
  const known = wrapped.get(script)
  if (known !== undefined) return known
  const made: Script = {
    name: script.name,
    lua: `local receipt, number, ttl = KEYS[#KEYS], tonumber(ARGV[#ARGV - 1]), ARGV[#ARGV]
KEYS[#KEYS] = nil
ARGV[#ARGV] = nil
ARGV[#ARGV] = nil
local last = tonumber(redis.call('HGET', receipt, 'n') or 0)
if last == number then
  local reply = redis.call('HGET', receipt, 'r')
  return reply and cmsgpack.unpack(reply)
end
if last ~= number - 1 then return redis.error_reply('${receiptLost} ' .. last) end
local function body()
${script.lua}
end
local reply = body()
if reply == nil then reply = false end
redis.call('HSET', receipt, 'n', string.format('%.0f', number), 'r', cmsgpack.pack(reply))
redis.call('PEXPIRE', receipt, ttl)
return reply`,
  }
  wrapped.set(script, made)
  return made
}

const wrapped = new WeakMap<Script, Script>()

/** How the refusal of a number begins that is not the next one: the receipt expired, or Redis lost it. */
export const receiptLost = 'RECEIPT of another script:'

/**
 * KEYS: receipt. ARGV: number, lifetime (ms). O(1): numbers up to this one are over, whoever still sends them; 0 when later
 * ones were used already.
 */
export const fenceScript: Script = {
  name: 'receipt.fence',
  lua: `if tonumber(redis.call('HGET', KEYS[1], 'n') or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'n', ARGV[1])
redis.call('HDEL', KEYS[1], 'r')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`,
}
