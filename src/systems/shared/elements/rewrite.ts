import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../../domain/errors.ts'
import type { Arg, Writer } from '../../handles.ts'
import { elementScript, type Place } from './element-script.ts'
import { readElements } from './put-elements.ts'
import { chunkSize, codes, numbersOf, rising, type Seen } from './seen.ts'

/** The bytes with which a job runs again; null for what no worker could run. Pure. */
export type Rewrite = (bytes: Buffer) => Buffer | null

/**
 * Takes elements out of the list KEYS[1] and puts other bytes for each at the tail of the list KEYS[2]. ARGV: tombstone,
 * then index, fingerprint and new bytes of each, in rising order. Finds first, then cuts from the highest index down so
 * that no index shifts, then pushes in order. Two refs that lead to one element count it once. Returns a code for each.
 */
const rewriteScript = elementScript(
  'rewrite',
  `
must('list', KEYS[2])
local result, found, taken = {}, {}, {}
for i = 2, #ARGV, 3 do
  local at = find(KEYS[1], tonumber(ARGV[i]), ARGV[i + 1])
  local code = ${codes.missing}
  if at and not taken[at] then
    taken[at] = true
    found[#found + 1] = { at, ARGV[i + 2] }
    code = ${codes.done}
  end
  result[#result + 1] = code
end
table.sort(found, function(a, b) return a[1] < b[1] end)
for i = #found, 1, -1 do cut(KEYS[1], found[i][1], ARGV[1]) end
for _, job in ipairs(found) do redis.call('RPUSH', KEYS[2], job[2]) end
return result`,
)

/**
 * 2 scripts per 100 jobs or 1 MB: takes jobs out of a list and puts them, rewritten, at the tail of another, in their
 * order. What cannot be rewritten stays. Returns a code for each ref.
 */
export async function rewriteElements(
  writer: Writer,
  from: Place,
  to: Place,
  seen: readonly Seen[],
  rewrite: Rewrite,
): Promise<Map<string, number>> {
  const result = new Map<string, number>()
  let pending = rising(seen)
  let done = 0
  while (pending.length > 0) {
    // What earlier chunks took out has moved the rest down by as many places.
    const chunk = pending.slice(0, chunkSize).map((job) => ({ ...job, at: String(Math.max(0, Number(job.at) - done)) }))
    const found = await readElements(writer, from.key, chunk)
    if (found.length === 0) throw new SluiceError('INTERNAL', 'Redis gave no elements back.')
    const refs: string[] = []
    const args: Arg[] = []
    for (const [i, bytes] of found.entries()) {
      const job = chunk[i]
      if (job === undefined) continue
      const again = bytes && rewrite(bytes)
      result.set(job.ref, bytes === null ? codes.missing : codes.unfit)
      if (again === null) continue
      refs.push(job.ref)
      args.push(job.at, job.digest, again)
    }
    if (refs.length > 0) {
      const reply = numbersOf(await writer.run(rewriteScript, [from.key, to.key], [randomUUID(), ...args]))
      for (const [i, ref] of refs.entries()) result.set(ref, reply[i] ?? codes.missing)
      done += reply.filter((code) => code === codes.done).length
    }
    pending = pending.slice(found.length)
  }
  return result
}
