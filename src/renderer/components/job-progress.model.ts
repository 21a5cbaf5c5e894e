import type { FailureKind, JobProgress, JobRecord } from '../../domain/job-record.ts'
import { isJson, prettyJson } from '../../domain/json-text.ts'
import { formatCount } from '../ui/format.ts'

/** How far a job is, 0 to 1; null where that cannot be said. */
export function progressShare({ percent, done, total }: JobProgress): number | null {
  if (total !== null && total > 0 && done !== null) return Math.min(1, done / total)
  return percent === null ? null : percent / 100
}

/** How far a job is in words: "62%", "402,118 of 1,204,160, 42 failed", "12 done". */
export function progressWords(progress: JobProgress): string {
  const { percent, done, total, failed } = progress
  const words: string[] = []
  if (done !== null)
    words.push(total === null ? `${formatCount(done)} done` : `${formatCount(done)} of ${formatCount(total)}`)
  else if (percent !== null) words.push(`${Math.round(percent)}%`)
  if (failed !== null && failed > 0) words.push(`${formatCount(failed)} failed`)
  return words.join(', ')
}

/** Why a try failed, in a word for its badge and in a sentence. */
export const failureLooks: Record<FailureKind, { label: string; meaning: string }> = {
  threw: { label: 'failed', meaning: 'The handler said that it failed.' },
  time: { label: 'too slow', meaning: 'It took longer than its time limit, and its process was ended.' },
  memory: { label: 'too much memory', meaning: 'Its process needed more than its memory limit, and was ended.' },
  exited: { label: 'process ended', meaning: 'Its process ended before the job did.' },
  result: { label: 'no JSON', meaning: 'What the handler returned cannot be written as JSON.' },
  taken: { label: 'taken away', meaning: 'The worker stopped, or may no longer do this job: it went back.' },
}

/** How long a try has taken, in ms. A clock that is behind its start counts as no time. */
export function tookMs({ startedAt, endedAt }: JobRecord, now: number): number {
  return Math.max(0, (endedAt ?? now) - startedAt)
}

/** A result as a person reads it: indented where it is whole JSON, else as it is. */
export function resultText(result: string): string {
  return isJson(result) ? prettyJson(result) : result // one that was cut off is no longer JSON
}
