import { create } from 'zustand'
import type { OperationRun } from '../../domain/operation.ts'

/** A run and how fast it has been, jobs a second; null before that can be said. */
export interface FollowedRun extends OperationRun {
  readonly perSecond: number | null
}

/** Actions over many jobs that run now, fed by operations.watch alone. */
export const useOperationRuns = create<{ runs: readonly FollowedRun[] }>(() => ({ runs: [] }))

export function feedOperationRuns(runs: readonly OperationRun[], now = Date.now()): void {
  useOperationRuns.setState({ runs: runs.map((run) => ({ ...run, perSecond: speedOf(run, now) })) })
}

function speedOf({ done, startedAt }: OperationRun, now: number): number | null {
  const seconds = (now - startedAt) / 1000
  return done === 0 || seconds < 0.5 ? null : done / seconds
}
