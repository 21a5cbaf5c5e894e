import type { QueueRef } from '../../domain/queue.ts'
import type { Place } from '../shared/elements/element-script.ts'
import { codes, outcomeOf as outcomeBy } from '../shared/elements/seen.ts'
import type { StepOutcome } from '../system.ts'
import { keyOfState } from './keys.ts'

/** The key that holds a state, for states that are written to: not the view of what workers hold. */
export function placeOf(queue: QueueRef, state: string): Place {
  return { key: keyOfState(queue, state), type: state === 'delayed' ? 'zset' : 'list' }
}

/** What became of the jobs. */
export function outcomeOf(result: ReadonlyMap<string, number>, refused: StepOutcome['refused']): StepOutcome {
  return outcomeBy(result, refused, {
    [codes.twin]: () => 'A job with exactly these bytes is there already: the two would become one.',
  })
}
