import type { OperationRun } from '../../domain/operation.ts'
import { countsOf, type RunState } from './run-state.ts'

/** A run that nobody carries on, as its file tells it. */
export function viewOfEnded(state: RunState): OperationRun {
  const { question, id, startedAt, endedAt, steering, places, problem } = state
  const { connectionId, action, queue, stateLabel, total, steerable } = question
  return {
    ...{ id, connectionId, action, queue, stateLabel, status: 'ended', ...countsOf(state) },
    journalIds: places.flatMap(({ journalId }) => journalId ?? []),
    ...{ total, startedAt, endedAt, cancelled: steering.cancelled, rate: null, leftMs: null, pace: steering.pace },
    ...{ canary: null, problem, steerable, resumed: false },
  }
}
