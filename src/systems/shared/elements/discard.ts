import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../../domain/errors.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome, TrashSlot } from '../../system.ts'
import { elementScript, optionalKeys, type Place, present } from './element-script.ts'
import { chunkBytes, chunkSize, chunksOf, codes, numberOf, numbersOf, rising, type Seen } from './seen.ts'

/**
 * A trash entry in Redis, written by the script that removes, so that nothing is ever in neither place:
 *
 *   sluice:trash:ID         HASH  of (queue and state), kind (items | whole), length, head, tail; TTL 7 days
 *   sluice:trash:ID:items   LIST  `index:bytes` or `score:bytes` of each removed job, highest index first
 *   sluice:trash:ID:data    LIST or ZSET  a purged state as it was, renamed
 *   sluice:trash:ID:wake    LIST  the wake-ups of a purged state, renamed
 */
export const trashKeys = (trash: TrashSlot) => ({
  entry: trash.key,
  items: `${trash.key}:items`,
  data: `${trash.key}:data`,
  wake: `${trash.key}:wake`,
})

/** What a trash entry says of itself: the queue and the state that its jobs were in. */
export function describeRemoved(queue: QueueRef, state: string): string {
  return JSON.stringify({ ...queue, state })
}

/**
 * Moves elements into the trash. KEYS: key, trash items, trash entry, wake. ARGV: which keys, tombstone, ttl ms, queue and
 * state as JSON, `held` to leave what a worker holds, then place and fingerprint of each. The entry of a list notes the
 * ends and the length of what stays, by which `restore` finds the old places again. Returns a code for each.
 */
const removeScript = elementScript(
  'remove',
  `${optionalKeys(3, ['wake'])}
if wake then must('list', wake) end
local result, found, taken = {}, {}, {}
for i = 6, #ARGV, 2 do
  local at, v = locate(KEYS[1], ARGV[i], ARGV[i + 1])
  local code = ${codes.missing}
  if at and not taken[at .. ':' .. ARGV[i + 1]] then
    if ARGV[5] == 'held' and held(at) then code = ${codes.held}
    else
      taken[at .. ':' .. ARGV[i + 1]] = true
      found[#found + 1] = { at, v }
      code = ${codes.done}
    end
  end
  result[#result + 1] = code
end
if #found == 0 then return result end
table.sort(found, function(a, b) return tonumber(a[1]) > tonumber(b[1]) end)
local list = isList(KEYS[1])
for _, job in ipairs(found) do
  redis.call('RPUSH', KEYS[2], job[1] .. ':' .. job[2])
  drop(KEYS[1], job[1], job[2], ARGV[2])
  if wake then redis.call('LPOP', wake) end
end
redis.call('HSET', KEYS[3], 'of', ARGV[4], 'kind', 'items')
if list then
  local head, tail = redis.call('LINDEX', KEYS[1], 0), redis.call('LINDEX', KEYS[1], -1)
  redis.call('HSET', KEYS[3], 'length', redis.call('LLEN', KEYS[1]),
    'head', head and digest(head) or '', 'tail', tail and digest(tail) or '')
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return result`,
)

/** 1 script per 100 jobs: the exact bytes and places go to the trash as the jobs leave. Returns a code for each ref. */
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
  for (const chunk of chunksOf(rising(seen).reverse(), chunkSize)) {
    const args = [flags, randomUUID(), trash.ttlMs, of, place.held ? 'held' : '']
    const pairs = chunk.flatMap(({ at, digest }) => [at, digest])
    const reply = numbersOf(await writer.run(removeScript, [place.key, items, entry, ...keys], [...args, ...pairs]))
    for (const [i, { ref }] of chunk.entries()) result.set(ref, reply[i] ?? codes.missing)
  }
  return result
}

/**
 * Renames a whole state into the trash. KEYS: key, trash data, trash entry, wake, trash wake. ARGV: which keys, ttl ms,
 * queue and state as JSON, most. Returns how many, or less than 0 when there are more than that.
 */
const purgeScript = elementScript(
  'purge',
  `${optionalKeys(3, ['wake', 'oldWake'])}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local length = redis.call(isList(KEYS[1]) and 'LLEN' or 'ZCARD', KEYS[1])
if length > tonumber(ARGV[4]) then return -length end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[3], 'of', ARGV[3], 'kind', 'whole', 'length', length)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
if wake and redis.call('EXISTS', wake) == 1 then
  redis.call('RENAME', wake, oldWake)
  redis.call('PEXPIRE', oldWake, ARGV[2])
end
return length`,
)

/** 1 script, O(1) whatever the length: what arrives later is not in it. CHANGED when more is there than expected. */
export async function purgeElements(
  writer: Writer,
  place: Place,
  of: string,
  expected: number,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const { entry, data, wake } = trashKeys(trash)
  const { keys, flags } = present(place.wake === undefined ? [] : [place.wake, wake])
  const most = Math.min(expected, Number.MAX_SAFE_INTEGER)
  const args = [flags, trash.ttlMs, of, most]
  const done = numberOf(await writer.run(purgeScript, [place.key, data, entry, ...keys], args))
  if (done < 0) throw moreThanExpected(-done, expected)
  return { done, missing: 0, refused: [] }
}

export function moreThanExpected(found: number, expected: number): SluiceError {
  return new SluiceError(
    'CHANGED',
    `There are ${found} jobs now, more than the ${expected} you confirmed. Nothing was removed.`,
  )
}

/**
 * Moves what no worker holds any more from a sorted set into the trash, as much as one script should. KEYS: key, trash
 * items, trash entry. ARGV: unix seconds when this began ('' for the first call, which sets it), ttl ms, queue and state as
 * JSON, most. Returns when it began, how many it took, how many are left and how many are held; less than 0 at first
 * when there are more than the most.
 */
const purgeOverdueScript = elementScript(
  'purge-overdue',
  `
local all = redis.call('ZCARD', KEYS[1])
local began = ARGV[1]
if began == '' then
  if all > tonumber(ARGV[4]) then return { -all } end
  began = redis.call('TIME')[1]
end
local done, bytes = 0, 0
while done < ${chunkSize} and bytes < ${chunkBytes} do
  local job = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. began, 'WITHSCORES', 'LIMIT', 0, 1)
  if #job == 0 then break end
  redis.call('RPUSH', KEYS[2], job[2] .. ':' .. job[1])
  redis.call('ZREM', KEYS[1], job[1])
  done, bytes = done + 1, bytes + #job[1]
end
if done > 0 then
  redis.call('HSET', KEYS[3], 'of', ARGV[3], 'kind', 'items')
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
end
local left = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. began)
return { tonumber(began), done, left, all - done - left }`,
)

/** 1 script per 100 jobs or 1 MB: what workers still hold stays, and is told as refused. */
export async function purgeOverdue(
  writer: Writer,
  key: string,
  of: string,
  expected: number,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome> {
  const { entry, items } = trashKeys(trash)
  const most = Math.min(expected, Number.MAX_SAFE_INTEGER)
  let began: number | '' = ''
  let done = 0
  let running = 0
  for (let left = 1; left > 0 && !run.signal.aborted; ) {
    const reply = await writer.run(purgeOverdueScript, [key, items, entry], [began, trash.ttlMs, of, most])
    const [at = 0, taken = 0, stillThere = 0, held = 0] = numbersOf(reply)
    if (at < 0) throw moreThanExpected(-at, expected)
    began = at
    done += taken
    left = stillThere
    running = held
    run.progress(done, done + left)
  }
  const reason = `Workers hold ${running} of these jobs: they stay.`
  return { done, missing: 0, refused: running > 0 ? [{ ref: 'held', reason }] : [] }
}
