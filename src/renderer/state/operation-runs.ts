import { create } from 'zustand'
import type { OperationRun } from '../../domain/operation.ts'

/** Actions over many jobs, fed by operations.watch alone; null until it first spoke. `folded` is how a person has them. */
export const useOperationRuns = create<{ runs: readonly OperationRun[] | null; folded: boolean }>(() => ({
  runs: null,
  folded: false,
}))

/** Takes the runs as they are now, and gives back those that ended since the last time. */
export function feedOperationRuns(runs: readonly OperationRun[]): OperationRun[] {
  const before = useOperationRuns.getState().runs
  useOperationRuns.setState({ runs })
  if (before === null) return []
  return runs.filter((run) => run.status === 'ended' && before.find(({ id }) => id === run.id)?.status !== 'ended')
}

export function foldRuns(folded: boolean): void {
  useOperationRuns.setState({ folded })
}
