import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Arg, Writer } from '../handles.ts'
import type { StepOutcome } from '../system.ts'
import { keyOfState, keysOf } from './keys.ts'
import { script } from './lua.ts'
import { chunkBytes, chunkSize, chunksOf, numberOf, parseRef, type Seen, seenOf } from './refs.ts'
import { retryPayload } from './retry-payload.ts'

/** Bytes of the elements as they are now, by index and fingerprint; false for those that are gone. */
const readScript = script(
  'read',
  `
local out, bytes = {}, 0
for i = 1, #ARGV, 2 do
  local at, v = find(KEYS[1], tonumber(ARGV[i]), ARGV[i + 1])
  out[#out + 1] = v or false
  if v then bytes = bytes + #v end
  if bytes > ${chunkBytes} then break end
end
return out`,
)

/**
 * Moves elements from KEYS[1] to the tail of KEYS[2], each replaced by its new bytes. ARGV: tombstone, then index,
 * fingerprint and new bytes of each, in rising order. Finds first, then pushes in order, and cuts from the highest
 * index down so that no index shifts. Two refs that lead to one element count it once.
 */
const moveScript = script(
  'move',
  `
local found, taken = {}, {}
for i = 2, #ARGV, 3 do
  local at = find(KEYS[1], tonumber(ARGV[i]), ARGV[i + 1])
  if at and not taken[at] then
    taken[at] = true
    found[#found + 1] = { at, ARGV[i + 2] }
  end
end
table.sort(found, function(a, b) return a[1] < b[1] end)
for i = #found, 1, -1 do cut(KEYS[1], found[i][1], ARGV[1]) end
for _, job in ipairs(found) do redis.call('RPUSH', KEYS[2], job[2]) end
return #found`,
)

/** Runs a delayed job now: takes the member with this score and fingerprint and pushes it. */
const promoteScript = script(
  'promote',
  `
local done = 0
for i = 1, #ARGV, 2 do
  local members = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[i], ARGV[i], 'LIMIT', 0, 1000)
  for _, v in ipairs(members) do
    if digest(v) == ARGV[i + 1] then
      redis.call('ZREM', KEYS[1], v)
      redis.call('RPUSH', KEYS[2], v)
      done = done + 1
      break
    end
  end
end
return done`,
)

/** 2 scripts per 100 jobs or 1 MB. Dead letters go back without their `failedAt` and `error`, in their order; delayed jobs run now. */
export async function retry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  return move(writer, queue, state, refs, queue)
}

/** 2 scripts per 100 jobs or 1 MB: takes the jobs out and puts them at the tail of another queue, dead letters as runnable jobs. */
export async function move(
  writer: Writer,
  from: QueueRef,
  state: string,
  refs: readonly string[],
  to: QueueRef,
): Promise<StepOutcome> {
  const source = keyOfState(from, state)
  const target = keysOf(to).base
  const { seen, refused } = seenOf(refs)
  if (state === 'delayed') return promote(writer, source, target, seen, refused)
  let pending = [...seen].sort((a, b) => a.at - b.at)
  let done = 0
  let missing = 0
  while (pending.length > 0) {
    const chunk = pending.slice(0, chunkSize)
    // What earlier chunks took out has moved the rest down by as many places.
    const expected = chunk.map(({ at }) => Math.max(0, at - done))
    const reply = await writer.run(
      readScript,
      [source],
      chunk.flatMap(({ digest }, i) => [expected[i] as number, digest]),
    )
    const bytes = Array.isArray(reply) ? reply : []
    if (bytes.length === 0) throw new SluiceError('INTERNAL', 'Redis gave no elements back.')
    const args: Arg[] = bytes.flatMap((found, i) =>
      found instanceof Buffer
        ? [expected[i] as number, (chunk[i] as Seen).digest, state === 'dead' ? retryPayload(found) : found]
        : [],
    )
    const moved =
      args.length === 0 ? 0 : numberOf(await writer.run(moveScript, [source, target], [randomUUID(), ...args]))
    done += moved
    missing += bytes.length - moved
    pending = pending.slice(bytes.length)
  }
  return { done, missing, refused }
}

async function promote(
  writer: Writer,
  source: string,
  target: string,
  seen: readonly Seen[],
  refused: StepOutcome['refused'],
): Promise<StepOutcome> {
  let done = 0
  for (const chunk of chunksOf(seen, chunkSize)) {
    const args = chunk.flatMap(({ at, digest }) => [at, digest])
    done += numberOf(await writer.run(promoteScript, [source, target], args))
  }
  return { done, missing: seen.length - done, refused }
}

/** Takes one job out and puts the edited bytes at the tail of the queue; for a waiting job they take its place. */
const editScript = script(
  'edit',
  `
local at = find(KEYS[1], tonumber(ARGV[2]), ARGV[3])
if not at then return 0 end
if KEYS[1] == KEYS[2] then redis.call('LSET', KEYS[1], at, ARGV[4]) return 1 end
cut(KEYS[1], at, ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[4])
return 1`,
)

/** 1 script. */
export async function editAndRetry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  ref: string,
  payload: string,
): Promise<StepOutcome> {
  const parsed = parseRef(ref)
  if (parsed === null) throw new SluiceError('INVALID_INPUT')
  const keys = [keyOfState(queue, state), keysOf(queue).base]
  const done = numberOf(
    await writer.run(editScript, keys, [randomUUID(), parsed.at, parsed.digest, Buffer.from(payload)]),
  )
  return { done, missing: 1 - done, refused: [] }
}

const addScript = script('add', `redis.call('RPUSH', KEYS[1], ARGV[1]) return 1`)

/** 1 script: RPUSH of the exact text. */
export async function add(writer: Writer, queue: QueueRef, payload: string): Promise<StepOutcome> {
  return {
    missing: 0,
    refused: [],
    done: numberOf(await writer.run(addScript, [keysOf(queue).base], [Buffer.from(payload)])),
  }
}
