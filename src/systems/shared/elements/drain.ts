import { SluiceError } from '../../../domain/errors.ts'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome, TrashSlot } from '../../system.ts'
import { digestOf } from './digest.ts'
import { purgeElements, trashKeys } from './discard.ts'
import { elementScript, type Place } from './element-script.ts'
import { restoreElements } from './restore.ts'
import type { Rewrite } from './rewrite.ts'
import { buffersOf, chunkBytes, chunkSize, numberOf } from './seen.ts'

/** The first elements of a list: at most 100, and no more than 1 MB unless the first alone is larger. */
const firstScript = elementScript(
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

/**
 * Takes the first #ARGV/3 elements of KEYS[1], if they are still the ones that were read, and puts other bytes for each at
 * the tail of KEYS[2], or those that stay as they are back to KEYS[4]. ARGV: fingerprint, 'runs' or 'stays', bytes of
 * each. KEYS[3] is the trash entry, which ends with the last element.
 */
const drainScript = elementScript(
  'drain',
  `
must('list', KEYS[2])
must('list', KEYS[4])
local n = #ARGV / 3
local now = redis.call('LRANGE', KEYS[1], 0, n - 1)
for i = 1, n do if not now[i] or digest(now[i]) ~= ARGV[3 * i - 2] then return -1 end end
for i = 1, n do
  if ARGV[3 * i - 1] == 'runs' then redis.call('RPUSH', KEYS[2], ARGV[3 * i])
  else redis.call('RPUSH', KEYS[4], now[i]) end
end
redis.call('LTRIM', KEYS[1], n, -1)
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[3]) end
return n`,
)

/** What was stopped is put back whole, whatever the operator does now. */
const toTheEnd: Run = { signal: new AbortController().signal, progress: () => {} }

/**
 * 2 scripts per 100 jobs or 1 MB: puts all jobs of a list, rewritten, to the tail of another. The list is first renamed
 * into a trash entry, which freezes what "all" means; then it drains from there. If this stops half-way, the rest is in
 * the trash and Undo puts it back; where the operator stops it, the rest goes back at once. What cannot be rewritten goes
 * back to where it was, and is told with its number as `stays`.
 */
export async function drainElements(
  writer: Writer,
  from: Place,
  to: Place,
  of: string,
  trash: TrashSlot,
  run: Run,
  rewrite: Rewrite,
): Promise<StepOutcome & { stays: number }> {
  const frozen = await purgeElements(writer, from, of, Number.MAX_SAFE_INTEGER, trash)
  const { data, entry } = trashKeys(trash)
  let done = 0
  let stays = 0
  while (done + stays < frozen.done) {
    if (run.signal.aborted) {
      await restoreElements(writer, from, trash, toTheEnd)
      return { done, missing: 0, refused: [], left: frozen.done - done - stays, stays }
    }
    const elements = buffersOf(await writer.run(firstScript, [data], []))
    if (elements.length === 0) break
    const again = elements.map(rewrite)
    const args = elements.flatMap((bytes, i) => [digestOf(bytes), again[i] ? 'runs' : 'stays', again[i] ?? ''])
    const moved = numberOf(await writer.run(drainScript, [data, to.key, entry, from.key], args))
    if (moved < 0)
      throw new SluiceError(
        'CHANGED',
        `${done} jobs run again; the rest is in the trash, where another program changed it.`,
      )
    const kept = again.filter((bytes) => bytes === null).length
    done += moved - kept
    stays += kept
    run.progress(done + stays, frozen.done)
  }
  return { done, missing: frozen.done - done - stays, refused: [], stays }
}
