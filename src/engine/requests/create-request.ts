import { randomInt } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import { isJson } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { NewRequest } from '../../domain/request.ts'
import type { Script, Writer } from '../../systems/handles.ts'
import { newRequestText } from '../../systems/request-tracker/edit.ts'
import { channelOf, listKey, requestKey, ttlSeconds } from '../../systems/request-tracker/keys.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const hashLength = 32

/**
 * KEYS: the request, the list. ARGV: its text, seconds to live, the channel, its hash.
 * Atomic: write the request unless there is one of that hash, put its hash at the head of the list, tell the channel, so
 * that pools and screens need not look. Returns 1 when done, 0 when the hash is taken.
 */
const createScript: Script = {
  name: 'create-request',
  lua: `
redis.call('LLEN', KEYS[2]) -- throws, before anything is written, when that is no list
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('LPUSH', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.pcall('PUBLISH', ARGV[3], ARGV[1])
return 1`,
}

/**
 * Begins a request, pending, and resolves to its hash. 1 round trip. Throws INVALID_INPUT when its data is no JSON
 * object, READ_ONLY, WRONG_TYPE.
 */
export async function createRequest(
  writer: Writer,
  tracker: QueueRef,
  request: NewRequest,
): Promise<{ readonly hash: string }> {
  if (!/^\s*\{/.test(request.data) || !isJson(request.data)) {
    throw new SluiceError('INVALID_INPUT', 'The data of a request must be a JSON object.')
  }
  for (;;) {
    const hash = newHash()
    const text = newRequestText(hash, request, Date.now())
    const keys = [requestKey(tracker, hash), listKey(tracker)]
    if ((await writer.run(createScript, keys, [text, ttlSeconds, channelOf(tracker, hash), hash])) === 1)
      return { hash }
  }
}

/** `req_` and 32 letters and digits at random: 190 bits, which nobody guesses. */
function newHash(): string {
  return `req_${Array.from({ length: hashLength }, () => letters[randomInt(letters.length)]).join('')}`
}
