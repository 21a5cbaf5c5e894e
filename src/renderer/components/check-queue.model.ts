import { listSystems, type PoolAudit } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { formatCount, formatCounted, formatDuration } from '../ui/format.ts'

/** Whether Sluice's own protocol works on this queue, and so whether its jobs can be counted up. */
export function canBeChecked({ system }: QueueRef): boolean {
  return listSystems.some((id) => id === system)
}

const labels: readonly (readonly [keyof PoolAudit['places'], string, string])[] = [
  ['waiting', 'Waiting', ''],
  ['high', 'Waiting, high priority', ''],
  ['low', 'Waiting, low priority', ''],
  ['delayed', 'Delayed', 'retries and jobs for later'],
  ['suspects', 'To be run alone', 'workers died while they held them'],
  ['held', 'In the hands of workers', ''],
  ['claimed', 'On the way to a worker', ''],
  ['dead', 'Dead letters', ''],
  ['done', 'Done', 'since the pools began to count'],
]

export interface AuditRow {
  readonly place: keyof PoolAudit['places']
  readonly label: string
  readonly hint: string
  readonly count: number
}

/** The places where jobs are, in the order of a job's way. */
export function auditRows({ places }: PoolAudit): AuditRow[] {
  return labels.map(([place, label, hint]) => ({ place, label, hint, count: places[place] }))
}

/** What does not add up: what the engine found, and a sum that is none. */
export function auditProblems(audit: PoolAudit): string[] {
  const sum = auditRows(audit).reduce((all, { count }) => all + count, 0)
  const off =
    sum === audit.total ? [] : [`The places add up to ${formatCount(sum)}, not to ${formatCount(audit.total)}.`]
  return [...audit.problems, ...off]
}

/** The result in one sentence. */
export function auditSentence(audit: PoolAudit): string {
  const jobs = formatCounted(audit.total, 'job')
  const problems = auditProblems(audit).length
  if (problems > 0) return `${jobs}, and ${problems === 1 ? 'one thing does' : `${problems} things do`} not add up.`
  return audit.total === 0 ? 'No jobs, and nothing left over.' : `${jobs}, all accounted for.`
}

/** What stands among the jobs being run and belongs to no pool. */
export function orphanSentence({ orphans: { count, oldestAgeMs } }: PoolAudit): string {
  const [stand, them] = count === 1 ? ['stands', 'it'] : ['stand', 'them']
  const age = oldestAgeMs === null ? '' : `, ${count === 1 ? '' : 'the oldest '}for ${formatDuration(oldestAgeMs)}`
  const jobs = formatCounted(count, 'more job', 'more jobs')
  return `${jobs} ${stand} there as being run, owner unknown${age}: a worker that is no pool has ${them}, or died with ${them}.`
}
