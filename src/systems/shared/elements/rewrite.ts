import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../../domain/errors.ts'
import type { Arg, Writer } from '../../handles.ts'
import { cameTo } from './discard.ts'
import { elementScript, type Place } from './element-script.ts'
import { readElements } from './put-elements.ts'
import { chunkSize, codes, numbersOf, rising, type Seen } from './seen.ts'
import { type Kept, keepLua, keptArgs, takenSoFar, trashKeys } from './trash-entry.ts'

/** The bytes with which a job runs again; null for what no worker could run. Pure. */
export type Rewrite = (bytes: Buffer) => Buffer | null

/**
 * The same written into another buffer, for what makes very many: returns where it ends, at most the length of `bytes` further
 * on than `at`; -1 for those that only `Rewrite` can tell. Pure.
 */
export type RewriteInto = (bytes: Buffer, into: Buffer, at: number) => number

/**
 * Takes elements out of the list KEYS[1] and puts other bytes for each at the tail of the list KEYS[2]. KEYS[3] and KEYS[4]:
 * trash items and entry. ARGV: tombstone, ttl ms, where they are and where they go as JSON, then index, fingerprint and
 * new bytes of each, in rising order. Returns a code for each that it came to.
 */
const rewriteScript = elementScript(
  'rewrite',
  `${keepLua}
must('list', KEYS[2])
must('list', KEYS[3])
local result, found = collect(KEYS[1], 5, 3)
if #found == 0 then return result end
keep(KEYS[3], found, function(job) return digest(ARGV[job[3] + 2]) end)
take(KEYS[1], found, ARGV[1])
stay(KEYS[3], KEYS[4], KEYS[1], #found, ARGV[2], ARGV[3], 'changed', ARGV[4])
for _, job in ipairs(found) do redis.call('RPUSH', KEYS[2], ARGV[job[3] + 2]) end
return result`,
)

/**
 * 2 scripts per 100 jobs or 1 MB, of which one that has to walk far into a long list takes fewer: takes jobs out of a list
 * and puts them, rewritten, at the tail of another, in their order. What cannot be rewritten stays. Keeps what undoes it.
 * Returns a code for each ref.
 */
export async function rewriteElements(
  writer: Writer,
  from: Place,
  to: Place,
  seen: readonly Seen[],
  rewrite: Rewrite,
  kept: Kept,
): Promise<Map<string, number>> {
  const { items, entry } = trashKeys(kept.trash)
  const result = new Map<string, number>()
  let pending = rising(seen)
  let done = await takenSoFar(writer, kept)
  while (pending.length > 0) {
    // What was taken out before has moved the rest down by as many places.
    const chunk = pending.slice(0, chunkSize).map((job) => ({ ...job, at: String(Math.max(0, Number(job.at) - done)) }))
    const found = await readElements(writer, from.key, chunk)
    if (found.length === 0) throw new SluiceError('INTERNAL', 'Redis gave no elements back.')
    const places: number[] = []
    const args: Arg[] = []
    for (const [i, bytes] of found.entries()) {
      const job = chunk[i]
      if (job === undefined) continue
      const again = bytes && rewrite(bytes)
      result.set(job.ref, bytes === null ? codes.missing : codes.unfit)
      if (again === null) continue
      places.push(i)
      args.push(job.at, job.digest, again)
    }
    let behind = found.length
    if (places.length > 0) {
      const keys = [from.key, to.key, items, entry]
      const reply = numbersOf(await writer.run(rewriteScript, keys, [randomUUID(), ...keptArgs(kept), ...args]))
      for (const [i, code] of reply.entries()) result.set(chunk[places[i] ?? 0]?.ref ?? '', code)
      done += reply.filter((code) => code === codes.done).length
      behind = places[cameTo(reply)] ?? behind
    }
    pending = pending.slice(behind)
  }
  return result
}
