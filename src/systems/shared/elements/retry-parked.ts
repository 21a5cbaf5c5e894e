import { SluiceError } from '../../../domain/errors.ts'
import type { Arg, Writer } from '../../handles.ts'
import type { Frozen, Run, StepOutcome } from '../../system.ts'
import { digestOf } from './digest.ts'
import { elementScript, type Place } from './element-script.ts'
import { parkElements } from './park.ts'
import { putBackAll } from './restore-whole.ts'
import type { Rewrite, RewriteInto } from './rewrite.ts'
import { ReplySize } from './scan-size.ts'
import { buffersOf, chunkBytes, numbersOf } from './seen.ts'
import { type Kept, trashKeys } from './trash-entry.ts'

/** Jobs that one script lets run again, at most, and bytes of them: some 3 ms. */
const mostInStep = 1000

/**
 * Lets the next jobs of a parked state run. KEYS: data, target, the place they came from, entry. ARGV: ttl ms, how many are
 * behind, an `r` (runs) or `s` (stays) for each, the fingerprint of the last of them, and the bytes with which those that run
 * do so, each behind its length. The parked list stays as it is, for Undo: what cannot run goes back as a copy. Ends early
 * when it has run for long. Returns how many are behind, how many run and how many stay; -1, and nothing is done, where it
 * is somewhere else by now, or these are others.
 */
const stepScript = elementScript(
  'retry-parked',
  `
must('list', KEYS[2])
must('list', KEYS[3])
local at = tonumber(redis.call('HGET', KEYS[4], 'next') or '-1')
if at ~= tonumber(ARGV[2]) or redis.call('HEXISTS', KEYS[4], 'left') == 1 then return { -1 } end
local flags, packed = ARGV[3], ARGV[5]
local count, n, stays, place = #flags, 0, 0, 1
local last = redis.call('LINDEX', KEYS[1], at + count - 1)
if not last or digest(last) ~= ARGV[4] then return { -1 } end
while n < count and not (n > 0 and late()) do
  local runs, to = {}, math.min(count, n + 100)
  for i = n + 1, to do
    if string.byte(flags, i) == 114 then
      local length = struct.unpack('>I4', packed, place)
      runs[#runs + 1] = string.sub(packed, place + 4, place + 3 + length)
      place = place + 4 + length
    else
      redis.call('RPUSH', KEYS[3], redis.call('LINDEX', KEYS[1], at + i - 1))
      stays = stays + 1
    end
  end
  if #runs > 0 then redis.call('RPUSH', KEYS[2], unpack(runs)) end
  n = to
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
 * 1 LRANGE and 1 script per 1,000 jobs or 1 MB: puts all jobs of a list that were there when it was frozen, rewritten, to
 * the tail of another. The list is first renamed into the trash entry, where a cursor walks over it: what is behind it is
 * what Undo needs, and what is before it is not lost, whatever happens. Where the operator stops it, that goes back at
 * once. What cannot be rewritten goes back to where it was, and is told with its number as `stays`. While Redis does a
 * step, the next one is read and made.
 */
export async function retryParked(
  writer: Writer,
  from: Place,
  to: Place,
  frozen: Frozen,
  kept: Kept,
  run: Run,
  rewrite: Rewrite,
  into?: RewriteInto,
): Promise<StepOutcome & { stays: number }> {
  const { data, entry } = trashKeys(kept.trash)
  const length = await parkElements(writer, from, kept.of, 'retried', kept.to, frozen, kept.trash)
  const parked = (await readParked(writer, entry)) ?? { next: 0, done: 0, stays: 0, left: null }
  let { next, done, stays, left } = parked
  const size = new ReplySize(mostInStep)
  const stepAt = async (place: number): Promise<Step> => {
    if (place >= length) return emptyStep
    const elements = buffersOf(await writer.call('LRANGE', data, place, Math.min(length, place + size.count) - 1))
    size.saw(elements)
    return stepOf(elements, rewrite, into)
  }
  if (next > 0) run.progress(next, length)
  let ahead = left === null ? stepAt(next) : Promise.resolve(emptyStep)
  while (next < length && left === null) {
    const step = await ahead
    if (step.elements.length === 0) throw changed(done)
    const most = run.signal.aborted ? 0 : Math.min(step.elements.length, await run.next(step.elements.length))
    if (most === 0) {
      left = length - next
      break
    }
    ahead = most < step.elements.length ? Promise.resolve(behindOf(step, most)) : stepAt(next + most)
    ahead.catch(() => {}) // thrown when its turn comes
    const args = [kept.trash.ttlMs, next, ...firstOf(step, most)]
    const reply = await writer.run(stepScript, [data, to.key, from.key, entry], args)
    const [behind = -1, ran = 0, stayed = 0] = numbersOf(reply)
    if (behind < 0) throw changed(done)
    if (behind !== next + most) ahead = stepAt(behind)
    next = behind
    done = ran
    stays = stayed
    run.progress(next, length)
  }
  if (left !== null) {
    await ahead.catch(() => {}) // nothing of it is on its way when what is left goes back
    if (next === 0) await putBackAll(writer, from, kept.trash, toTheEnd)
    else await returnParked(writer, from, kept, toTheEnd)
  }
  return { done, missing: Math.max(0, frozen.count - length), refused: [], stays, ...(left && { left }) }
}

/** Jobs that lie next to each other, and the bytes with which those run that can, each behind its length. */
interface Step {
  readonly elements: readonly Buffer[]
  readonly flags: string
  readonly packed: Buffer
  /** Where in `packed` what each job became ends. */
  readonly ends: readonly number[]
}

const emptyStep: Step = { elements: [], flags: '', packed: Buffer.alloc(0), ends: [] }

/** One argument for all: a client takes longer to send a thousand, and Redis to make them arguments of a script. */
function stepOf(elements: readonly Buffer[], rewrite: Rewrite, into?: RewriteInto): Step {
  let room = 0
  for (const { length } of elements) room += 4 + length
  let packed = Buffer.allocUnsafe(room)
  const ends: number[] = []
  let [flags, at] = ['', 0]
  for (const bytes of elements) {
    room -= 4 + bytes.length
    let end = into?.(bytes, packed, at + 4) ?? -1
    const again = end < 0 ? rewrite(bytes) : null
    if (again !== null) {
      end = at + 4 + again.length
      if (end + room > packed.length) packed = Buffer.concat([packed.subarray(0, at), Buffer.alloc(end - at + room)])
      again.copy(packed, at + 4)
    }
    flags += end < 0 ? 's' : 'r'
    if (end >= 0) {
      packed.writeUInt32BE(end - at - 4, at)
      at = end
    }
    ends.push(at)
  }
  return { elements, flags, packed: packed.subarray(0, at), ends }
}

/** A step without its first jobs. */
function behindOf({ elements, flags, packed, ends }: Step, count: number): Step {
  const from = ends[count - 1] ?? 0
  return {
    elements: elements.slice(count),
    flags: flags.slice(count),
    packed: packed.subarray(from),
    ends: ends.slice(count).map((end) => end - from),
  }
}

/** The first jobs of a step as arguments of its script. */
function firstOf({ elements, flags, packed, ends }: Step, count: number): Arg[] {
  const last = elements[count - 1]
  return [flags.slice(0, count), last ? digestOf(last) : '', packed.subarray(0, ends[count - 1])]
}

/** What was stopped goes back whole, whatever the operator does now. */
const toTheEnd: Run = {
  signal: new AbortController().signal,
  progress: () => {},
  next: async (most) => most,
}

const changed = (done: number) =>
  new SluiceError('CHANGED', `${done} jobs run again; the rest is in the trash, where another program changed it.`)
