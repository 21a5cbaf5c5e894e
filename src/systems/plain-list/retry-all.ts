import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { StepOutcome, TrashSlot } from '../system.ts'
import { keysOf } from './keys.ts'
import { digestOf, script } from './lua.ts'
import { buffersOf, chunkBytes, chunkSize, numberOf } from './refs.ts'
import { purge } from './remove.ts'
import { retryPayload } from './retry-payload.ts'

/** The first elements of a list: at most 100, and no more than 1 MB unless the first alone is larger. */
const firstScript = script(
  'first',
  `
local out, bytes = {}, 0
for i, v in ipairs(redis.call('LRANGE', KEYS[1], 0, ${chunkSize - 1})) do
  bytes = bytes + #v
  if i > 1 and bytes > ${chunkBytes} then break end
  out[i] = v
end
return out`,
)

/** Moves the first #ARGV/2 elements of KEYS[1] to the tail of KEYS[2] as new bytes, if they are still the ones that were read. */
const drainScript = script(
  'drain',
  `
local n = #ARGV / 2
local now = redis.call('LRANGE', KEYS[1], 0, n - 1)
for i = 1, n do if not now[i] or digest(now[i]) ~= ARGV[2 * i - 1] then return -1 end end
for i = 1, n do redis.call('RPUSH', KEYS[2], ARGV[2 * i]) end
redis.call('LTRIM', KEYS[1], n, -1)
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[3]) end
return n`,
)

/**
 * 2 scripts per 100 jobs or 1 MB. The state is first renamed into a trash entry, which freezes what "all" means; then
 * it drains from there into the queue. If this stops half-way, the rest is in the trash and Undo puts it back.
 */
export async function retryAll(writer: Writer, queue: QueueRef, state: string, trash: TrashSlot): Promise<StepOutcome> {
  const frozen = await purge(writer, queue, state, Number.MAX_SAFE_INTEGER, trash)
  const data = `${trash.key}:data`
  let done = 0
  while (done < frozen.done) {
    const elements = buffersOf(await writer.run(firstScript, [data], []))
    if (elements.length === 0) break
    const args = elements.flatMap((bytes) => [digestOf(bytes), retryPayload(bytes)])
    const moved = numberOf(await writer.run(drainScript, [data, keysOf(queue).base, trash.key], args))
    if (moved < 0)
      throw new SluiceError(
        'CHANGED',
        `${done} jobs run again; the rest is in the trash, where another program changed it.`,
      )
    done += moved
  }
  return { done, missing: frozen.done - done, refused: [] }
}
