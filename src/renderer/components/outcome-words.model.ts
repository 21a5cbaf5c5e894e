import type { Outcome } from '../../domain/operation.ts'
import { formatCounted } from '../ui/format.ts'

/** What became of an action, in sentences: what was done, what had left, what was refused and why. */
export function outcomeWords(did: string, { done, missing, refused, left = 0 }: Outcome, noun = 'job'): string {
  const sentences: string[] = []
  if (done > 0) sentences.push(`${did} ${formatCounted(done, noun)}.`)
  else if (missing === 0 && refused.length === 0) sentences.push('There was nothing to do.')
  if (missing > 0) {
    const were = missing === 1 ? 'was' : 'were'
    sentences.push(`${formatCounted(missing, noun)} ${were} no longer there.`)
  }
  if (left > 0)
    sentences.push(`Cancelled: ${formatCounted(left, noun)} ${left === 1 ? 'was' : 'were'} left as they were.`)
  const reasons = new Map<string, number>()
  for (const { reason } of refused) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  for (const [reason, count] of reasons) {
    sentences.push(`${formatCounted(count, noun)} ${count === 1 ? 'was' : 'were'} refused: ${reason}`)
  }
  return sentences.join(' ')
}

/** Whether all that was asked for was done. */
export function wholeOutcome({ missing, refused, left = 0 }: Outcome): boolean {
  return missing === 0 && refused.length === 0 && left === 0
}
