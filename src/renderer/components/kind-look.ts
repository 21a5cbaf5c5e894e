import type { Kind } from '../../domain/queue.ts'

/** Name and colour classes of each kind; written out so that the style sheet has them. */
export const kindLook: Record<Kind, { label: string; fill: string; text: string }> = {
  waiting: { label: 'Waiting', fill: 'bg-kind-waiting', text: 'text-kind-waiting' },
  delayed: { label: 'Delayed', fill: 'bg-kind-delayed', text: 'text-kind-delayed' },
  active: { label: 'Active', fill: 'bg-kind-active', text: 'text-kind-active' },
  retrying: { label: 'Retrying', fill: 'bg-kind-retrying', text: 'text-kind-retrying' },
  failed: { label: 'Failed', fill: 'bg-kind-failed', text: 'text-kind-failed' },
  completed: { label: 'Completed', fill: 'bg-kind-completed', text: 'text-kind-completed' },
  paused: { label: 'Paused', fill: 'bg-kind-paused hatched', text: 'text-kind-paused' },
}
