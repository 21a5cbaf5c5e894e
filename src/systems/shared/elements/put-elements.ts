import type { Arg, Writer } from '../../handles.ts'
import { elementScript, optionalKeys, type Place, present, readingScript } from './element-script.ts'
import { chunkBytes, chunkSize, chunksOf, codes, numberOf, numbersOf, type Seen } from './seen.ts'
import { type Kept, keepLua, keptArgs, trashKeys } from './trash-entry.ts'

/**
 * Puts other bytes in place of one element, which keeps its index or its score. KEYS: key, trash items, trash entry. ARGV:
 * place, fingerprint, bytes, ttl ms, the place as JSON twice. Returns a code; a sorted set that holds these bytes already
 * is left as it is, for the two would become one.
 */
const replaceScript = elementScript(
  'replace',
  `${keepLua}
must('list', KEYS[2])
local at, v = locate(KEYS[1], ARGV[1], ARGV[2])
if not at then return ${codes.missing} end
if v == ARGV[3] then return ${codes.done} end
local list = isList(KEYS[1])
if not list and redis.call('ZSCORE', KEYS[1], ARGV[3]) then return ${codes.twin} end
keep(KEYS[2], { { at, v } }, function() return digest(ARGV[3]) end)
if list then redis.call('LSET', KEYS[1], at, ARGV[3])
else
  redis.call('ZREM', KEYS[1], v)
  redis.call('ZADD', KEYS[1], at, ARGV[3])
end
stay(KEYS[2], KEYS[3], KEYS[1], 1, ARGV[4], ARGV[5], 'changed', ARGV[6])
return ${codes.done}`,
)

/** 1 script. Keeps what undoes it. Returns a code. */
export async function replaceElement(
  writer: Writer,
  key: string,
  seen: Seen,
  bytes: Buffer,
  kept: Kept,
): Promise<number> {
  const { items, entry } = trashKeys(kept.trash)
  const args = [seen.at, seen.digest, bytes, ...keptArgs(kept)]
  return numberOf(await writer.run(replaceScript, [key, items, entry], args))
}

/** Gives members of a sorted set the score ARGV[1]. ARGV: score, then old score and fingerprint of each. Returns a code for each. */
const rescoreScript = elementScript(
  'rescore',
  `
local result = {}
for i = 2, #ARGV, 2 do
  local at, v = locate(KEYS[1], ARGV[i], ARGV[i + 1])
  if at then redis.call('ZADD', KEYS[1], ARGV[1], v) end
  result[#result + 1] = at and ${codes.done} or ${codes.missing}
end
return result`,
)

/** 1 script per 100 jobs. Returns a code for each ref. */
export async function rescoreElements(
  writer: Writer,
  key: string,
  score: number,
  seen: readonly Seen[],
): Promise<Map<string, number>> {
  const result = new Map<string, number>()
  for (const chunk of chunksOf(seen, chunkSize)) {
    const pairs = chunk.flatMap(({ at, digest }) => [at, digest])
    const reply = numbersOf(await writer.run(rescoreScript, [key], [score, ...pairs]))
    for (const [i, { ref }] of chunk.entries()) result.set(ref, reply[i] ?? codes.missing)
  }
  return result
}

/** Pushes new elements to the tail of a list and wakes a worker for each. KEYS: list, wake. ARGV: which keys, then the bytes. */
const pushScript = elementScript(
  'push',
  `${optionalKeys(1, ['wake'])}
must('list', KEYS[1])
if wake then must('list', wake) end
for i = 2, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
if wake then for _ = 2, #ARGV do redis.call('RPUSH', wake, '1') end end
return #ARGV - 1`,
)

/** 1 script. Returns how many were pushed. */
export async function pushElements(writer: Writer, to: Place, elements: readonly Arg[]): Promise<number> {
  const { keys, flags } = present([to.wake])
  return numberOf(await writer.run(pushScript, [to.key, ...keys], [flags, ...elements]))
}

/** Bytes of the elements as they are now, by place and fingerprint; false for those that are gone. Stops after about 1 MB. */
const readScript = readingScript(
  'read',
  `
local out, bytes = {}, 0
for i = 1, #ARGV, 2 do
  local at, v = locate(KEYS[1], ARGV[i], ARGV[i + 1])
  out[#out + 1] = v or false
  if v then bytes = bytes + #v end
  if bytes > ${chunkBytes} or late() then break end
end
return out`,
)

/**
 * 1 script: the bytes of the first of these elements, as many as make about 1 MB but one at least; null for one that
 * left. At most 100 are asked for.
 */
export async function readElements(
  writer: Writer,
  key: string,
  seen: readonly Omit<Seen, 'ref'>[],
): Promise<(Buffer | null)[]> {
  const pairs = seen.slice(0, chunkSize).flatMap(({ at, digest }) => [at, digest])
  const reply = await writer.run(readScript, [key], pairs)
  return (Array.isArray(reply) ? reply : []).map((bytes) => (bytes instanceof Buffer ? bytes : null))
}
