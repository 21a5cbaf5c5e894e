import { SluiceError } from '../../../../domain/errors.ts'
import type { Arg, Reply, Script, Writer } from '../../../handles.ts'
import type { StepOutcome } from '../../../system.ts'
import type { Layout } from '../layout.ts'
import { parseRef, type Seen } from '../refs.ts'
import { itemsOf } from '../replies.ts'
import { chunkSize } from './prelude.lua.ts'

/** Why a job was left as it is, by the code that a script answers. */
const reasons: Readonly<Record<string, string>> = {
  changed: 'It changed since you looked at it.',
  held: 'A worker holds it.',
  wrong: 'Its key holds something else than a job.',
  empty: 'Its hash is gone, so no worker could run it.',
  schedule: 'It is the next job of a schedule, which would end with it: remove the schedule instead.',
  children: 'Children of it failed: retry or remove those first.',
  busy: 'A worker holds one of its children.',
  many: 'It has more than 1,000 children that did not end: remove those first.',
  exists: 'Another job has this id now.',
  family: 'It belongs to a flow, which is bound to its queue.',
  unique: 'Its deduplication id is bound to this queue.',
  repeats: 'A schedule of this queue made it.',
  flow: 'It belongs to a flow, which counts on it again: let it run, or remove it.',
  lost: 'A worker lost it: back among those that run, it would only be put to work again.',
  far: 'So many jobs wait that it could not be found among them.',
}

/** Why nothing may be written to a queue at all. */
const refusals: Readonly<Record<string, string>> = {
  old: 'A version of BullMQ before 5 wrote here, which keeps jobs in another way: Sluice only reads this queue.',
  new: 'A version of BullMQ that this Sluice does not know wrote here: it only reads this queue.',
}

/** What a script answered; throws UNSUPPORTED where it refused the queue as a whole. */
export async function runScript(
  writer: Pick<Writer, 'run'>,
  script: Script,
  keys: readonly string[],
  args: readonly Arg[],
): Promise<Reply> {
  const reply = await writer.run(script, keys, args)
  if (Buffer.isBuffer(reply)) {
    const refusal = refusals[reply.toString()]
    if (refusal !== undefined) throw new SluiceError('UNSUPPORTED', refusal)
  }
  return reply
}

/** Counts answers into an outcome. */
export class Answers {
  done = 0
  missing = 0
  /** Jobs that were not come to, because the operator cancelled. */
  left = 0
  readonly refused: { ref: string; reason: string }[] = []
  add(ref: string, answer: Reply): void {
    if (answer === 1) this.done++
    else if (String(answer) === 'gone') this.missing++
    else this.refused.push({ ref, reason: reasonOf(String(answer)) })
  }

  outcome(): StepOutcome {
    return { done: this.done, missing: this.missing, refused: this.refused, ...(this.left > 0 && { left: this.left }) }
  }
}

/** The reasons of jobs that a script over very many wrote down, by id: 1 round trip per 1,000. */
export async function refusedIn(writer: Pick<Writer, 'call'>, key: string): Promise<StepOutcome['refused']> {
  const found = new Map<string, string>()
  let cursor = '0'
  do {
    const [next, pairs] = itemsOf(await writer.call('HSCAN', key, cursor, 'COUNT', 1000))
    const flat = itemsOf(pairs).map((item) => String(item))
    for (let i = 0; i < flat.length; i += 2) found.set(flat[i] ?? '', flat[i + 1] ?? '')
    cursor = String(next ?? '0')
  } while (cursor !== '0')
  return Array.from(found, ([ref, code]) => ({ ref, reason: reasonOf(code) }))
}

const reasonOf = (code: string) => reasons[code] ?? `It was refused: ${code}.`

/** The refs that can be read, each once; the others are refused in `answers`. */
export function seenOf(layout: Layout, refs: readonly string[], answers: Answers): { ref: string; seen: Seen }[] {
  return [...new Set(refs)].flatMap((ref) => {
    const seen = parseRef(layout, ref)
    if (seen === null) answers.refused.push({ ref, reason: 'This is no reference to a job.' })
    return seen === null ? [] : [{ ref, seen }]
  })
}

/** Runs a script of `eachSeen` over all jobs, chunk by chunk, and counts what it answers. */
export async function runOverSeen(
  writer: Writer,
  script: Script,
  keys: readonly string[],
  head: readonly Arg[],
  jobs: readonly { ref: string; seen: Seen }[],
  answers: Answers,
): Promise<void> {
  for (let from = 0; from < jobs.length; ) {
    const chunk = jobs.slice(from, from + chunkSize)
    const args = chunk.flatMap(({ seen }): Arg[] => [seen.id, seen.stamp, seen.mark])
    const reply = await runScript(writer, script, keys, [...head, ...args])
    const items = Array.isArray(reply) ? reply : []
    if (items.length === 0) throw new SluiceError('INTERNAL', 'Redis answered for none of the jobs.')
    for (const [i, answer] of items.entries()) answers.add(chunk[i]?.ref ?? '', answer)
    from += items.length
  }
}
