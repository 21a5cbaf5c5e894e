import { isUtf8 } from 'node:buffer'
import { setTimeout } from 'node:timers/promises'
import { SluiceError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Script, Writer } from '../../systems/handles.ts'
import { type Edit, unreadable } from '../../systems/request-tracker/edit.ts'
import { channelOf, listKey, requestKey, ttlSeconds } from '../../systems/request-tracker/keys.ts'

/**
 * Others write at the same time: what lost the race is tried again at once on what they wrote. It is the quicker for it,
 * since whoever won has to read first. Where all do so their turns can fall into step, and the same one loses each time:
 * so one that has lost a few waits for a moment of its own, and reads again.
 */
const attempts = 200
const losses = 6
const longestPauseMs = 8

/**
 * Lua that stores and tells a request: its time to live starts anew, and so does that of its list, which else would go
 * before what is in it; what has none keeps none. Who may not publish, or not touch the list, may still update: the
 * request is what counts.
 */
export const storeLua = `
local function store(key, text, ttl, channel, list)
  if redis.call('PTTL', key) == -1 then redis.call('SET', key, text) else redis.call('SET', key, text, 'EX', ttl) end
  local left = redis.pcall('TTL', list)
  if type(left) == 'number' and left >= 0 then redis.pcall('EXPIRE', list, ttl) end
  redis.pcall('PUBLISH', channel, text)
end`

/**
 * KEYS: the request. ARGV: the bytes that were read, the bytes to put, seconds to live, the channel, the list.
 * Atomic: test that the request is still what was read, write it, tell its channel.
 * Returns 1 when done, 0 when the request is gone, the bytes that are there when it changed.
 */
const updateScript: Script = {
  name: 'update-request',
  lua: `${storeLua}
local now = redis.call('GET', KEYS[1])
if not now then return 0 end
if now ~= ARGV[1] then return now end
store(KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])
return 1`,
}

/**
 * Changes one request in whichever tracker has it, by what `edit` makes of its text, and tells its channel. 2 round trips
 * (a read and a compare-and-set on the exact text), 1 or 2 more for each writer that came between; no update of anybody who
 * does the same is lost. A bot that reads, works and writes the whole request back may still undo it: the layout has no
 * way to tell it. What `edit` refuses is refused, a request that is gone counts as missing; throws CHANGED when it is
 * written to faster than it can be read.
 */
export async function updateRequest(
  writer: Writer,
  trackers: readonly QueueRef[],
  hash: string,
  edit: (text: string) => Edit,
): Promise<Outcome> {
  const outcome = { done: 0, missing: 0, refused: [], journalId: null }
  for (const tracker of trackers) {
    const key = requestKey(tracker, hash)
    let seen = await writer.call('GET', key)
    for (let tries = 1; Buffer.isBuffer(seen); tries++) {
      const edited = editStored(seen, edit)
      if ('refusal' in edited) return { ...outcome, refused: [{ ref: hash, reason: edited.refusal }] }
      const where = [ttlSeconds, channelOf(tracker, hash), listKey(tracker)]
      const reply = await writer.run(updateScript, [key], [seen, edited.text, ...where])
      if (reply === 1) return { ...outcome, done: 1 }
      if (tries === attempts) throw new SluiceError('CHANGED')
      seen = reply // what is there now; 0 when it is gone
      if (tries % losses !== 0) continue
      await setTimeout(Math.random() * longestPauseMs)
      seen = await writer.call('GET', key)
    }
  }
  return { ...outcome, missing: 1 }
}

/** What an edit makes of stored bytes; refuses what is no JSON object, whose other bytes could not be kept. */
export function editStored(bytes: Buffer, edit: (text: string) => Edit): Edit {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : ''
  const refusal = unreadable(text)
  return refusal === null ? edit(text) : { refusal }
}
