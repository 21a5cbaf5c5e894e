import { Inbox } from 'lucide-react'
import type { StateInfo } from '../../../domain/queue.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

/** Views that are looked for when they are opened. */
const views: Readonly<Record<string, string>> = {
  stalled: 'Every job in hand has a worker that keeps its lock. Jobs whose worker died appear here.',
  orphans:
    'Every job that is stored is in a state. A job that fell out of all of them, after a crash say, appears here.',
}

interface NoJobsProps {
  info: StateInfo
  /** What is wrong with the keys of the queue. */
  problem: string | null
  onAdd: (() => void) | null
}

/** An empty state, and what that means. */
export function NoJobs({ info, problem, onAdd }: NoJobsProps) {
  const waits = info.kind === 'waiting'
  const words: Partial<Record<StateInfo['kind'], string>> = {
    waiting: 'Nothing waits to be run. New jobs appear here by themselves.',
    active: 'No worker has a job in hand. What is being run appears here by itself.',
    failed: 'No job failed for good. What does is kept here, to be looked at, edited and tried again.',
    retrying: 'No job waits for another attempt.',
    delayed: 'No job waits for its time.',
    completed: 'No finished job is kept here.',
    paused: 'No job is held back.',
  }
  return (
    <EmptyState
      icon={<Inbox size={20} />}
      title={`No jobs in ${info.label}`}
      action={waits && onAdd !== null ? <Button onClick={onAdd}>Add a job</Button> : undefined}
    >
      {problem ?? views[info.id] ?? words[info.kind]}
    </EmptyState>
  )
}
