import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { StepOutcome, TrashSlot } from '../system.ts'
import { keyOfState } from './keys.ts'
import { script } from './lua.ts'
import { chunkSize, chunksOf, numberOf, seenOf } from './refs.ts'
import { describeRemoved } from './trash.ts'

/**
 * Moves elements into the trash list as `index:bytes`, highest index first. KEYS: list, trash items, trash entry.
 * ARGV: tombstone, ttl ms, queue and state as JSON, then index and fingerprint of each in falling order. The entry
 * notes the ends and the length of what stays, by which `restore` finds the old places again.
 */
const removeScript = script(
  'remove',
  `
local found, taken = {}, {}
for i = 4, #ARGV, 2 do
  local at, v = find(KEYS[1], tonumber(ARGV[i]), ARGV[i + 1])
  if at and not taken[at] then
    taken[at] = true
    found[#found + 1] = { at, v }
  end
end
if #found == 0 then return 0 end
table.sort(found, function(a, b) return a[1] > b[1] end)
for _, job in ipairs(found) do
  redis.call('RPUSH', KEYS[2], job[1] .. ':' .. job[2])
  cut(KEYS[1], job[1], ARGV[1])
end
local head, tail = redis.call('LINDEX', KEYS[1], 0), redis.call('LINDEX', KEYS[1], -1)
redis.call('HSET', KEYS[3], 'of', ARGV[3], 'kind', 'items', 'length', redis.call('LLEN', KEYS[1]),
  'head', head and digest(head) or '', 'tail', tail and digest(tail) or '')
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return #found`,
)

/** 1 script per 100 jobs: the exact bytes and places go to the trash as the jobs leave the list. */
export async function remove(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  trash: TrashSlot,
): Promise<StepOutcome> {
  const { seen, refused } = seenOf(refs)
  const falling = [...seen].sort((a, b) => b.at - a.at)
  let done = 0
  for (const chunk of chunksOf(falling, chunkSize)) {
    const args = [
      randomUUID(),
      trash.ttlMs,
      describeRemoved(queue, state),
      ...chunk.flatMap(({ at, digest }) => [at, digest]),
    ]
    done += numberOf(await writer.run(removeScript, [keyOfState(queue, state), `${trash.key}:items`, trash.key], args))
  }
  return { done, missing: seen.length - done, refused }
}

/** Renames a whole state into the trash: KEYS: list, trash data, trash entry. ARGV: ttl ms, queue and state as JSON, most. */
const purgeScript = script(
  'purge',
  `
local length = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('LLEN', KEYS[1]) or 0
if length == 0 then return 0 end
if length > tonumber(ARGV[3]) then return -length end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[3], 'of', ARGV[2], 'kind', 'whole', 'length', length)
redis.call('PEXPIRE', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[1])
return length`,
)

/** 1 script, O(1) whatever the length: what arrives later is not in it, and nothing happens when more is there than expected. */
export async function purge(
  writer: Writer,
  queue: QueueRef,
  state: string,
  expected: number,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const keys = [keyOfState(queue, state), `${trash.key}:data`, trash.key]
  const most = Math.min(expected, Number.MAX_SAFE_INTEGER)
  const done = numberOf(await writer.run(purgeScript, keys, [trash.ttlMs, describeRemoved(queue, state), most]))
  if (done < 0)
    throw new SluiceError(
      'CHANGED',
      `There are ${-done} jobs now, more than the ${expected} you confirmed. Nothing was removed.`,
    )
  return { done, missing: 0, refused: [] }
}
