import type { JournalAction, OperationRun } from '../../../domain/operation.ts'
import { formatClock, formatCount, formatCounted, formatDuration } from '../../ui/format.ts'

interface Verbs {
  /** Before the name of the queue, while it runs. */
  readonly now: string
  /** Before the count, when it ended. */
  readonly did: string
}

const verbs: Partial<Record<JournalAction, Verbs>> = {
  retry: { now: 'Retrying', did: 'Retried' },
  edit: { now: 'Editing in', did: 'Edited' },
  remove: { now: 'Removing from', did: 'Removed' },
  purge: { now: 'Purging', did: 'Purged' },
  move: { now: 'Moving from', did: 'Moved' },
  promote: { now: 'Promoting in', did: 'Promoted' },
  reschedule: { now: 'Rescheduling in', did: 'Rescheduled' },
  duplicate: { now: 'Duplicating in', did: 'Duplicated' },
  copy: { now: 'Copying from', did: 'Copied' },
  import: { now: 'Importing to', did: 'Imported' },
  undo: { now: 'Putting back to', did: 'Put back' },
}

/** What is being done, before the name of the queue; `several` where there are more queues than one. */
export function runTitle({ action, queue }: OperationRun): string {
  const { now } = verbs[action] ?? { now: 'Changing' }
  return queue === null ? `${now} several queues` : now
}

/** How far a run is, and how fast. */
export function progressWords({ done, missing, refused, total, rate, leftMs, status }: OperationRun): string {
  const seen = done + missing + refused
  const words = [total === null ? formatCounted(seen, 'job') : `${formatCount(seen)} of ${formatCount(total)}`]
  if (status === 'running') {
    if (rate !== null) words.push(rate < 9.95 ? `${rate.toFixed(1)}/s` : `${formatCount(Math.round(rate))}/s`)
    if (leftMs !== null) words.push(`${formatDuration(leftMs)} left`)
  }
  return words.join(' · ')
}

/** The share that is done, 0 to 1; 0 while nobody knows of how many. */
export function runShare({ done, missing, refused, total, status }: OperationRun): number {
  if (total === null || total === 0) return status === 'ended' ? 1 : 0
  return (done + missing + refused) / total
}

/** What the jobs of a canary do; null where there is none, or it is through. */
export function canaryWords({ canary, status }: OperationRun): string | null {
  if (canary === null || (status !== 'watching' && status !== 'held')) return null
  const { step, steps, waiting, succeeded, failed, until } = canary
  const ran = waiting + succeeded + failed
  const words = [`${formatCount(ran)} run`, `${formatCount(succeeded)} succeeded`, `${formatCount(failed)} failed`]
  if (waiting > 0) words.push(`${formatCount(waiting)} still out`)
  const goesOn = status === 'watching' && until !== null ? ` Goes on at ${formatClock(until)} at the latest.` : ''
  return `Canary, step ${step} of ${steps}: ${words.join(', ')}.${goesOn}`
}

/** What became of a run, in sentences. */
export function endedWords({ action, done, missing, refused, total, cancelled }: OperationRun): string {
  const did = verbs[action]?.did ?? 'Changed'
  const sentences = done > 0 || missing + refused === 0 ? [`${did} ${formatCounted(done, 'job')}.`] : []
  if (missing > 0) sentences.push(`${formatCounted(missing, 'job')} ${missing === 1 ? 'was' : 'were'} no longer there.`)
  if (refused > 0) sentences.push(`${formatCounted(refused, 'job')} ${refused === 1 ? 'was' : 'were'} refused.`)
  const left = total === null ? 0 : total - done - missing - refused
  if (cancelled) sentences.push(left > 0 ? `Cancelled: ${formatCounted(left, 'job')} left as they were.` : 'Cancelled.')
  return sentences.join(' ')
}

/** Whether a run did all that was asked for. */
export function isWhole({ missing, refused, cancelled, problem, total, done }: OperationRun): boolean {
  return missing === 0 && refused === 0 && !cancelled && problem === null && (total === null || done >= total)
}

/** Shorter ones are over before anybody could read of them. */
export const shownAfterMs = 800

/** Whether a run was over before it could be seen, and left nothing to look into. */
export function isFleeting(run: OperationRun): boolean {
  return run.endedAt !== null && run.endedAt - run.startedAt < shownAfterMs && isWhole(run)
}

/** What a folded panel says: how many run and how far they are, or how many ended. */
export function foldedWords(runs: readonly OperationRun[]): string {
  const going = runs.filter(({ status }) => status !== 'ended')
  const ended = runs.length - going.length
  if (going.length === 0) return `${formatCounted(ended, 'action')} ended`
  const held = going.filter(({ status }) => status === 'held').length
  const share = going.reduce((sum, run) => sum + runShare(run), 0) / going.length
  return `${formatCounted(going.length, 'action')} · ${held > 0 ? 'held' : `${Math.floor(share * 100)}%`}`
}
