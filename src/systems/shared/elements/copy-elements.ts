import { SluiceError } from '../../../domain/errors.ts'
import type { Writer } from '../../handles.ts'
import type { StepOutcome } from '../../system.ts'
import type { Place } from './element-script.ts'
import { pushElements, readElements } from './put-elements.ts'
import { seenIn } from './seen-in.ts'

export interface CopyElements {
  readonly from: Place
  readonly to: Place
  readonly refs: readonly string[]
  /** The bytes of a new job like this one; null when nothing could run it. */
  copy(bytes: Buffer): Buffer | null
  /** Why a job is refused that has no copy. */
  readonly noCopy: string
}

/** 2 scripts per 100 jobs or 1 MB: a copy of each job goes to the tail of a list, in the order of the refs. */
export async function copyElements(
  writer: Writer,
  { from, to, refs, copy, noCopy }: CopyElements,
): Promise<StepOutcome> {
  const { seen, refused } = seenIn(from, refs)
  const outcome = { done: 0, missing: 0, refused: [...refused] }
  for (let pending = seen; pending.length > 0; ) {
    const found = await readElements(writer, from.key, pending)
    if (found.length === 0) throw new SluiceError('INTERNAL', 'Redis gave no elements back.')
    const copies: Buffer[] = []
    for (const [i, bytes] of found.entries()) {
      const copied = bytes && copy(bytes)
      if (bytes === null) outcome.missing++
      else if (copied) copies.push(copied)
      else outcome.refused.push({ ref: pending[i]?.ref ?? '', reason: noCopy })
    }
    if (copies.length > 0) outcome.done += await pushElements(writer, to, copies)
    pending = pending.slice(found.length)
  }
  return outcome
}
