import { randomUUID } from 'node:crypto'
import type { Writer } from '../../handles.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../../system.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { parseMark } from './freeze.ts'
import { parkElements } from './park.ts'
import { chunkBytes, chunkSize, codes, numbersOf, rising, type Seen } from './seen.ts'
import { keepLua, trashKeys } from './trash-entry.ts'

export { moreThanExpected } from './park.ts'
export { describeRemoved } from './trash-entry.ts'

/**
 * Moves elements into the trash. KEYS: key, trash items, trash entry, wake. ARGV: which keys, tombstone, ttl ms, queue and
 * state as JSON, `held` to leave what a worker holds, then place and fingerprint of each. Returns a code for each that it
 * came to.
 */
const removeScript = elementScript(
  'remove',
  `${keepLua}${optionalKeys(3, ['wake'])}
if wake then must('list', wake) end
must('list', KEYS[2])
local result, found = collect(KEYS[1], 6, 2, function(at)
  return ARGV[5] == 'held' and held(at) and ${codes.held} or ${codes.done}
end)
if #found == 0 then return result end
keep(KEYS[2], found)
take(KEYS[1], found, ARGV[2], wake)
stay(KEYS[2], KEYS[3], KEYS[1], #found, ARGV[3], ARGV[4], 'items')
return result`,
)

/**
 * 1 script per 100 jobs, of which one that has to walk far into a long list takes fewer: the exact bytes and places go to
 * the trash as the jobs leave. Returns a code for each ref.
 */
export async function removeElements(
  writer: Writer,
  place: Place,
  seen: readonly Seen[],
  of: string,
  trash: TrashSlot,
): Promise<Map<string, number>> {
  const { entry, items } = trashKeys(trash)
  const { keys, flags } = present([place.wake])
  const result = new Map<string, number>()
  for (let pending = rising(seen).reverse(); pending.length > 0; ) {
    const chunk = pending.slice(0, chunkSize)
    const args = [flags, randomUUID(), trash.ttlMs, of, place.held ? 'held' : '']
    const pairs = chunk.flatMap(({ at, digest }) => [at, digest])
    const reply = numbersOf(await writer.run(removeScript, [place.key, items, entry, ...keys], [...args, ...pairs]))
    for (const [i, code] of reply.entries()) result.set(chunk[i]?.ref ?? '', code)
    pending = pending.slice(cameTo(reply))
  }
  return result
}

/** 1 script, O(1) and what arrived since the freeze, which stays; see parkElements. */
export async function purgeElements(
  writer: Writer,
  place: Place,
  of: string,
  frozen: Frozen,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const done = await parkElements(writer, place, of, 'whole', '', frozen, trash)
  return { done, missing: Math.max(0, frozen.count - done), refused: [] }
}

/**
 * Moves what no worker held any more when it was frozen from a sorted set into the trash, as much as one script should.
 * KEYS: sorted set, trash items, trash entry. ARGV: unix seconds of the freeze, ttl ms, queue and state as JSON, most.
 * Returns how many were taken in all, how many are left, and how many are held or newer.
 */
const purgeOverdueScript = elementScript(
  'purge-overdue',
  `${keepLua}
must('list', KEYS[2])
local found, bytes = {}, 0
local jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'WITHSCORES', 'LIMIT', 0, 1)
while #jobs > 0 and #found < tonumber(ARGV[4]) and bytes < ${chunkBytes} do
  found[#found + 1] = { jobs[2], jobs[1] }
  redis.call('ZREM', KEYS[1], jobs[1])
  bytes = bytes + #jobs[1]
  jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'WITHSCORES', 'LIMIT', 0, 1)
end
if #found > 0 then
  keep(KEYS[2], found)
  stay(KEYS[2], KEYS[3], KEYS[1], #found, ARGV[2], ARGV[3], 'items')
end
local left = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[1])
return { tonumber(redis.call('HGET', KEYS[3], 'jobs') or '0'), left, redis.call('ZCARD', KEYS[1]) - left }`,
)

/**
 * 1 script per 100 jobs or 1 MB: what workers still held when it was frozen stays, and is told as refused. The entry counts
 * what was taken, so that it goes on where it was cut off.
 */
export async function purgeOverdue(
  writer: Writer,
  key: string,
  of: string,
  frozen: Frozen,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome> {
  const { entry, items } = trashKeys(trash)
  const { seconds } = parseMark(frozen.mark)
  const outcome = { done: 0, missing: 0, refused: [] as StepOutcome['refused'] }
  if (seconds === '') return { ...outcome, missing: frozen.count }
  let left = 1
  let running = 0
  for (let known = false; left > 0; known = true) {
    const most = run.signal.aborted ? 0 : await run.next(chunkSize)
    if (most === 0 && known) break
    const reply = await writer.run(purgeOverdueScript, [key, items, entry], [seconds, trash.ttlMs, of, most])
    ;[outcome.done = 0, left = 0, running = 0] = numbersOf(reply)
    run.progress(outcome.done, outcome.done + left)
    if (most === 0) break
  }
  const stay = Math.min(running, Math.max(0, frozen.count - outcome.done - left))
  outcome.missing = Math.max(0, frozen.count - outcome.done - left - stay)
  if (stay > 0) outcome.refused.push({ ref: 'held', reason: `Workers hold ${stay} of these jobs: they stay.` })
  return { ...outcome, ...(left > 0 && { left }) }
}

/** How many jobs a script came to before its time was up: one at least, so that a loop over the rest has an end. */
export function cameTo(reply: readonly number[]): number {
  return Math.max(1, reply.length)
}
