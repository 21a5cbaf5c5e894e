import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Place } from '../shared/elements/element-script.ts'
import { codes, outcomeOf as outcomeBy } from '../shared/elements/seen.ts'
import type { StepOutcome } from '../system.ts'
import { isState, keyOfState } from './keys.ts'

/** The key that holds a state. Throws for the one that nothing is ever done to: workers run what is in it. */
export function placeOf(queue: QueueRef, state: string): Place {
  if (!isState(state)) throw new SluiceError('NOT_FOUND', 'There is no such state.')
  if (state === 'processing') throw new SluiceError('UNSUPPORTED', 'Workers may be running these jobs.')
  return { key: keyOfState(queue, state), type: state === 'delayed' ? 'zset' : 'list' }
}

/** Why something that is no message stays where it is. */
export const noMessage = 'This is no message that a worker could run.'

/** What became of the jobs. */
export function outcomeOf(result: ReadonlyMap<string, number>, refused: StepOutcome['refused']): StepOutcome {
  return outcomeBy(result, refused, {
    [codes.twin]: () => 'A job with exactly these bytes is there already: the two would become one.',
    [codes.unfit]: () => noMessage,
  })
}
