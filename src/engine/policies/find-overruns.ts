import type { JobSummary } from '../../domain/job.ts'
import type { Overrun, QueuePolicy } from '../../domain/policy.ts'
import { queueKey, type SystemId } from '../../domain/queue.ts'
import type { QueueSample } from '../../domain/sample.ts'
import type { Reader } from '../../systems/handles.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { inParallel } from '../in-parallel.ts'

/** Running jobs of a state that are looked at; more workers than that on one queue are rare. */
const mostLookedAt = 200

/**
 * One page of at most 200 jobs for each queue whose policy has a timeout and in which jobs run now; nothing for others.
 * Tells which of those queues have jobs that run longer than that. Samples cannot tell: they count running jobs in O(1).
 */
export async function findOverruns(
  reader: Reader,
  policies: readonly QueuePolicy[],
  samples: readonly Pick<QueueSample, 'queue' | 'states'>[],
  systemOf: (id: SystemId) => QueueSystem,
): Promise<Overrun[]> {
  const byKey = new Map(samples.map((sample) => [queueKey(sample.queue), sample]))
  const overruns: Overrun[] = []
  await inParallel(policies, async ({ queue, policy: { timeoutSeconds } }) => {
    const sample = byKey.get(queueKey(queue))
    if (timeoutSeconds === null || sample === undefined) return
    const system = systemOf(queue.system)
    const over: JobSummary[] = []
    let more = false
    for (const { id, kind, uncounted } of system.states) {
      if (kind !== 'active' || uncounted === true || (sample.states[id] ?? 0) === 0) continue
      const page = await system.page(reader, queue, id, { offset: 0, limit: mostLookedAt })
      over.push(...page.jobs.filter((job) => runsTooLong(job, timeoutSeconds * 1000, Date.now())))
      more ||= page.total > mostLookedAt
    }
    if (over.length > 0) overruns.push({ queue, jobs: over.length, atLeast: more, longestMs: longest(over) })
  })
  return overruns
}

/**
 * Laravel keeps no time of start, only when it hands a job out again, which has to be later than any timeout: there a
 * job that is overdue has run too long.
 */
function runsTooLong({ at, badges }: JobSummary, timeoutMs: number, now: number): boolean {
  return at === null ? badges.includes('overdue') : now - at > timeoutMs
}

function longest(jobs: readonly JobSummary[]): number | null {
  const starts = jobs.flatMap(({ at }) => at ?? [])
  return starts.length === 0 ? null : Date.now() - Math.min(...starts)
}
