import { type Kind, kinds } from '../../domain/queue.ts'

/** The least a kind gets that is there at all, so that one failed job among a million is seen. */
const least = 0.05

/** Shares of the bar by kind, in the order of kinds, adding up to 1; none when there is nothing but completed jobs. */
export function barShares(counts: Partial<Record<Kind, number>>): { kind: Kind; share: number }[] {
  const present = kinds.filter((kind) => kind !== 'completed' && (counts[kind] ?? 0) > 0)
  const total = present.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0)
  const raised = present.map((kind) => Math.max(least, (counts[kind] ?? 0) / total))
  const sum = raised.reduce((one, other) => one + other, 0)
  return present.map((kind, index) => ({ kind, share: (raised[index] ?? 0) / sum }))
}
