import { SluiceError } from '../../../domain/errors.ts'
import type { Writer } from '../../handles.ts'
import type { Frozen, Run, StepOutcome } from '../../system.ts'
import { elementScript, type Place, readingScript } from './element-script.ts'
import { parkElements } from './park.ts'
import { putBackAll } from './restore-whole.ts'
import type { Rewrite } from './rewrite.ts'
import { buffersOf, chunkBytes, numbersOf } from './seen.ts'
import { type Kept, trashKeys } from './trash-entry.ts'

/** Jobs that one script lets run again: half a millisecond or so. */
const mostInStep = 500

/** Elements of a list from an index on, as many as asked for and no more than 1 MB, unless the first alone is larger. */
export const readFromScript = readingScript(
  'read-from',
  `
local out, bytes, from, most = {}, 0, tonumber(ARGV[1]), tonumber(ARGV[2])
while #out < most do
  local chunk = redis.call('LRANGE', KEYS[1], from + #out, from + math.min(most, #out + 50) - 1)
  if #chunk == 0 then return out end
  for _, v in ipairs(chunk) do
    bytes = bytes + #v
    if #out > 0 and bytes > ${chunkBytes} then return out end
    out[#out + 1] = v
  end
end
return out`,
)

/**
 * Lets the next jobs of a parked state run. KEYS: data, target, the place they came from, entry. ARGV: ttl ms, how many are
 * behind, an `r` (runs) or `s` (stays) for each, then the bytes with which each runs. The parked list stays as it is, for
 * Undo: what cannot run goes back as a copy. Returns how many are behind, how many run and how many stay; -1 where it is
 * somewhere else by now.
 */
const stepScript = elementScript(
  'retry-parked',
  `
must('list', KEYS[2])
must('list', KEYS[3])
local at = tonumber(redis.call('HGET', KEYS[4], 'next') or '-1')
if at ~= tonumber(ARGV[2]) or redis.call('HEXISTS', KEYS[4], 'left') == 1 then return { -1 } end
local flags = ARGV[3]
local n, stays = #flags, 0
for i = 1, n do
  if string.sub(flags, i, i) == 'r' then redis.call('RPUSH', KEYS[2], ARGV[3 + i])
  else
    redis.call('RPUSH', KEYS[3], redis.call('LINDEX', KEYS[1], at + i - 1))
    stays = stays + 1
  end
end
local behind = redis.call('HINCRBY', KEYS[4], 'next', n)
if behind >= redis.call('LLEN', KEYS[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[4], ARGV[1])
end
return { behind, redis.call('HINCRBY', KEYS[4], 'done', n - stays), redis.call('HINCRBY', KEYS[4], 'stays', stays) }`,
)

/**
 * Puts what has not run back in front of what arrived, as much as one script should. KEYS: data, the place they came from,
 * entry. ARGV: ttl ms. The first one notes how many these are. Returns how many are still to go, and how many went.
 */
const returnScript = elementScript(
  'return-parked',
  `
must('list', KEYS[2])
local keep = tonumber(redis.call('HGET', KEYS[3], 'next'))
local left, bytes, moved = redis.call('LLEN', KEYS[1]) - keep, 0, 0
redis.call('HSETNX', KEYS[3], 'left', left)
while left > 0 and moved < 1000 and bytes < ${chunkBytes} and not late() do
  local v = redis.call('RPOP', KEYS[1])
  redis.call('LPUSH', KEYS[2], v)
  left, moved, bytes = left - 1, moved + 1, bytes + #v
end
if left == 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[3], ARGV[1])
end
return { left, moved }`,
)

/** How far a parked state came; null where there is none. */
export async function readParked(
  writer: Writer,
  entry: string,
): Promise<{ length: number; next: number; done: number; stays: number; left: number | null } | null> {
  const reply = await writer.call('HMGET', entry, 'length', 'next', 'done', 'stays', 'left')
  const [length, next, done, stays, left] = Array.isArray(reply) ? reply.map((field) => field && Number(field)) : []
  if (typeof length !== 'number') return null
  const number = (field: unknown) => (typeof field === 'number' ? field : 0)
  return {
    length,
    next: number(next),
    done: number(done),
    stays: number(stays),
    left: typeof left === 'number' ? left : null,
  }
}

/** 1 script per 1,000 jobs or 1 MB: what a parked state has yet to let run goes back to its place. Returns how many went. */
export async function returnParked(
  writer: Writer,
  from: Place,
  kept: Pick<Kept, 'trash'>,
  run: Run,
): Promise<{ moved: number; left: number }> {
  const { data, entry } = trashKeys(kept.trash)
  const total = { moved: 0, left: 1 }
  while (total.left > 0) {
    const reply = numbersOf(await writer.run(returnScript, [data, from.key, entry], [kept.trash.ttlMs]))
    total.left = reply[0] ?? 0
    total.moved += reply[1] ?? 0
    if (total.left > 0 && (await run.next(1000)) === 0) break
  }
  return total
}

/**
 * 2 scripts per 500 jobs or 1 MB: puts all jobs of a list that were there when it was frozen, rewritten, to the tail of
 * another. The list is first renamed into the trash entry, where a cursor walks over it: what is behind it is what Undo
 * needs, and what is before it is not lost, whatever happens. Where the operator stops it, that goes back at once. What
 * cannot be rewritten goes back to where it was, and is told with its number as `stays`.
 */
export async function retryParked(
  writer: Writer,
  from: Place,
  to: Place,
  frozen: Frozen,
  kept: Kept,
  run: Run,
  rewrite: Rewrite,
): Promise<StepOutcome & { stays: number }> {
  const { data, entry } = trashKeys(kept.trash)
  const length = await parkElements(writer, from, kept.of, 'retried', kept.to, frozen, kept.trash)
  const parked = (await readParked(writer, entry)) ?? { next: 0, done: 0, stays: 0, left: null }
  let { next, done, stays, left } = parked
  if (next > 0) run.progress(next, length)
  while (next < length && left === null) {
    const most = run.signal.aborted ? 0 : await run.next(mostInStep)
    if (most === 0) {
      left = length - next
      break
    }
    const elements = buffersOf(await writer.run(readFromScript, [data], [next, most]))
    if (elements.length === 0) throw changed(done)
    const again = elements.map(rewrite)
    const flags = again.map((bytes) => (bytes === null ? 's' : 'r')).join('')
    const args = [kept.trash.ttlMs, next, flags, ...again.map((bytes) => bytes ?? '')]
    const [behind = -1, ran = 0, stayed = 0] = numbersOf(
      await writer.run(stepScript, [data, to.key, from.key, entry], args),
    )
    if (behind < 0) throw changed(done)
    next = behind
    done = ran
    stays = stayed
    run.progress(next, length)
  }
  if (left !== null) {
    if (next === 0) await putBackAll(writer, from, kept.trash, toTheEnd)
    else await returnParked(writer, from, kept, toTheEnd)
  }
  return { done, missing: Math.max(0, frozen.count - length), refused: [], stays, ...(left && { left }) }
}

/** What was stopped goes back whole, whatever the operator does now. */
const toTheEnd: Run = {
  signal: new AbortController().signal,
  progress: () => {},
  next: async (most) => most,
}

const changed = (done: number) =>
  new SluiceError('CHANGED', `${done} jobs run again; the rest is in the trash, where another program changed it.`)
