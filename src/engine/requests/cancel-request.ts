import { isUtf8 } from 'node:buffer'
import { SluiceError } from '../../domain/errors.ts'
import { isJson, members, readFields, scalarText, setField } from '../../domain/json-text.ts'
import type { Outcome } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Script, Writer } from '../../systems/handles.ts'
import { channelOf, requestKey } from '../../systems/request-tracker/keys.ts'
import { isEnded } from '../../systems/request-tracker/status.ts'

/** A bot writes progress all the time: reading again is safe, because a refused attempt changed nothing. */
const attempts = 5

/**
 * KEYS: the request. ARGV: the bytes that were read, the bytes to put, the channel.
 * Atomic: test that the request is still what was read, write it with the same time to live, tell its channel.
 * Returns 1 when done, 0 when the request is gone, -1 when it changed.
 */
const cancelScript: Script = {
  name: 'cancel-request',
  lua: `
local now = redis.call('GET', KEYS[1])
if not now then return 0 end
if now ~= ARGV[1] then return -1 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
redis.call('PUBLISH', ARGV[3], ARGV[2])
return 1`,
}

/**
 * Marks a request as cancelled: only the bytes of its `status` change, then its channel is told, as an update by the
 * service itself is. 2 round trips for each attempt; needs Redis 6 (KEEPTTL). A request that ended is refused, one that
 * is gone counts as missing; throws CHANGED when it is written to faster than it can be read.
 * A bot that reads, works and writes the whole request back will undo this unless it looks at the status: the layout
 * has no other way to tell it.
 */
export async function cancelRequest(writer: Writer, trackers: readonly QueueRef[], hash: string): Promise<Outcome> {
  const outcome = { done: 0, missing: 0, refused: [], journalId: null }
  for (const tracker of trackers) {
    const key = requestKey(tracker, hash)
    for (let attempt = 0; attempt < attempts; attempt++) {
      const seen = await writer.call('GET', key)
      if (!Buffer.isBuffer(seen)) break // not of this tracker, or gone
      const reason = refusal(seen)
      if (reason !== null) return { ...outcome, refused: [{ ref: hash, reason }] }
      const cancelled = setField(seen.toString('utf8'), 'status', '"cancelled"')
      const done = await writer.run(cancelScript, [key], [seen, cancelled, channelOf(tracker, hash)])
      if (done === 1) return { ...outcome, done: 1 }
      if (done === 0) break
      if (attempt === attempts - 1) throw new SluiceError('CHANGED')
    }
  }
  return { ...outcome, missing: 1 }
}

/** Why a request cannot be cancelled, in a sentence; null when it can. */
function refusal(bytes: Buffer): string | null {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : ''
  if (!isJson(text) || members(text).length === 0) return 'What is stored for this request is not a JSON object.'
  const status = scalarText(readFields(text, ['status']).status)
  return status !== null && isEnded(status) ? `This request is ${status} already.` : null
}
