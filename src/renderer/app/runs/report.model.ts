import type { Report } from '../../../domain/operation.ts'

/** Jobs that share one fate: no longer there, or refused for one reason. */
export interface ReportGroup {
  readonly what: 'missing' | 'refused'
  readonly reason: string
  readonly others: Report['others']
}

/** The jobs of a report by what became of them, the largest group first. */
export function groupReport(others: Report['others']): ReportGroup[] {
  const groups = new Map<string, { what: ReportGroup['what']; reason: string; others: Report['others'] }>()
  for (const other of others) {
    const key = `${other.what} ${other.reason}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { what: other.what, reason: other.reason, others: [other] })
    else group.others.push(other)
  }
  return [...groups.values()].sort((one, other) => other.others.length - one.others.length)
}
