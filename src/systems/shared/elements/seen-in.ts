import type { StepOutcome } from '../../system.ts'
import type { Place } from './element-script.ts'
import { parseElementRef } from './elements.ts'
import { type Seen, seenOf } from './seen.ts'

/** The jobs that the refs name, as seen in the place; refs of another type of key are refused. */
export function seenIn(place: Place, refs: readonly string[]): { seen: Seen[]; refused: StepOutcome['refused'] } {
  return seenOf(refs, (ref) => {
    const parsed = parseElementRef(ref)
    return parsed?.type === place.type ? { at: parsed.place, digest: parsed.digest } : null
  })
}
