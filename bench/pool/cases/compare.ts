import type { Report } from '../../report.ts'
import type { Findings } from '../rounds.ts'

/** A figure of ours that is compared with the same of others. */
export interface Compared {
  readonly case: string
  /** What the measurement calls it. */
  readonly found: string
  readonly metric: string
  readonly unit: string
}

/** Reports a figure of ours, once for each of the others. */
export function compare(
  report: Report,
  { case: of, found, metric, unit }: Compared,
  findings: Readonly<Record<string, Findings>>,
  ours = 'sluice',
): void {
  const mine = findings[ours]
  if (mine === undefined) throw new Error(`nothing was measured of ${ours}`)
  for (const [peer, theirs] of Object.entries(findings)) {
    if (theirs === mine) continue
    report.add({ case: of, metric, value: mine.median(found), unit, peer, ratio: mine.ratioTo(theirs, found) })
  }
}
