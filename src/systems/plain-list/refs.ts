import { type Seen, seenOf as seenBy } from '../shared/elements/seen.ts'
import type { StepOutcome } from '../system.ts'

/** The two parts of a ref, `index:digest` or `score:digest`; null when it is none. */
export function parseRef(ref: string): { at: number; digest: string } | null {
  const match = /^(-?\d+):([0-9a-f]{40})$/.exec(ref)
  return match ? { at: Number(match[1]), digest: match[2] as string } : null
}

/** Refs of a list, parsed, without repeats; those that are no refs are refused. */
export function seenOf(refs: readonly string[]): { seen: Seen[]; refused: StepOutcome['refused'] } {
  return seenBy(refs, (ref) => {
    const parsed = parseRef(ref)
    return parsed && { at: String(parsed.at), digest: parsed.digest }
  })
}
