import { randomUUID } from 'node:crypto'
import type { Outcome } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Script, Writer } from '../../systems/handles.ts'
import { claimKeys, listKey, requestKey } from '../../systems/request-tracker/keys.ts'

/** Entries looked at in one script: a few ms of Redis' time. */
const chunk = 500
/** Entries looked at in all, from the oldest on; what is beyond is for the next time. */
const mostLooked = 200_000

/**
 * KEYS: the list, the claims, the claimers. ARGV: what request keys begin with, how many live entries the tail holds that
 * were looked at before, how many to look at, a word that is no hash.
 * Atomic for its chunk: marks the entries whose request is gone, then takes the marked ones out from the tail; order and
 * time to live of the list stay. Entries that are added meanwhile come to the head, so that places counted from the tail
 * hold still. A request is written before its hash is listed, so one that has no key is gone for good.
 * Returns how many were looked at and how many went.
 */
const cleanUpScript: Script = {
  name: 'clean-up-requests',
  lua: `
local kept, mark, gone = tonumber(ARGV[2]), ARGV[4], 0
local first = -kept - tonumber(ARGV[3])
local found = redis.call('LRANGE', KEYS[1], first, -kept - 1)
-- Where the list is shorter than asked for, the first one found is its head.
first = -kept - #found
for i, hash in ipairs(found) do
  if redis.call('EXISTS', ARGV[1] .. hash) == 0 then
    redis.call('LSET', KEYS[1], first + i - 1, mark)
    redis.call('ZREM', KEYS[2], hash)
    redis.call('HDEL', KEYS[3], hash)
    gone = gone + 1
  end
end
if gone > 0 then redis.call('LREM', KEYS[1], -gone, mark) end
return { #found, gone }`,
}

/**
 * Takes the hashes of requests that expired out of the list; `done` says how many. 1 round trip for each 500 entries,
 * oldest first, at most 200,000 entries in all; Redis serves others between two chunks. Needs one server: the script
 * looks at keys that it finds in the list. Throws READ_ONLY, WRONG_TYPE.
 */
export async function cleanUpRequests(writer: Writer, tracker: QueueRef, most = mostLooked): Promise<Outcome> {
  const { claims, claimers } = claimKeys(tracker)
  const mark = `gone:${randomUUID()}`
  let done = 0
  let kept = 0
  for (let looked = 0; looked < most; ) {
    const size = Math.min(chunk, most - looked)
    const keys = [listKey(tracker), claims, claimers]
    const reply = await writer.run(cleanUpScript, keys, [requestKey(tracker, ''), kept, size, mark])
    const [found = 0, gone = 0] = Array.isArray(reply) ? reply.map(Number) : []
    looked += found
    done += gone
    kept += found - gone
    if (found < size) break
  }
  return { done, missing: 0, refused: [], journalId: null }
}
