import type { OperationRun } from '../../domain/operation.ts'
import type { FollowedRun } from '../state/operation-runs.ts'

const verbs: Partial<Record<OperationRun['action'], string>> = {
  retry: 'Retrying',
  remove: 'Removing from',
  purge: 'Purging',
  move: 'Moving from',
  undo: 'Putting back to',
  promote: 'Promoting in',
  duplicate: 'Duplicating in',
  reschedule: 'Rescheduling in',
}

/** What is being done, before the name of the queue. */
export function runWords(action: OperationRun['action']): string {
  return verbs[action] ?? 'Changing'
}

/** How long it still takes at the speed so far; null while that cannot be said. */
export function leftWords({ done, total, perSecond }: FollowedRun, duration: (ms: number) => string): string | null {
  if (total === null || perSecond === null || done >= total) return null
  return `${duration(((total - done) / perSecond) * 1000)} left`
}
