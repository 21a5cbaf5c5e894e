import type { LiveEvent } from '../../../domain/live.ts'

/** Progress by job id after some events, oldest first: a job that ended or began anew is forgotten. */
export function progressAfter(
  before: ReadonlyMap<string, number>,
  events: readonly LiveEvent[],
): ReadonlyMap<string, number> {
  const after = new Map(before)
  for (const { jobId, event, progress } of events) {
    if (jobId === null) continue
    if (progress !== null) after.set(jobId, progress)
    else if (event !== 'progress') after.delete(jobId)
  }
  return after
}
