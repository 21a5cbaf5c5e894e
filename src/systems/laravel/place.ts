import type { QueueRef } from '../../domain/queue.ts'
import type { Place } from '../shared/elements/element-script.ts'
import { codes, outcomeOf as outcomeBy, type Seen } from '../shared/elements/seen.ts'
import type { StepOutcome } from '../system.ts'
import { isState, keyOfState, notifyKey, stateTypes } from './keys.ts'

/** The key that holds a state, with the wake-ups for ready jobs, and the guard for those that a worker may be running. */
export function placeOf(queue: QueueRef, state: string): Place {
  const id = isState(state) ? state : 'ready'
  return {
    key: keyOfState(queue, id),
    type: stateTypes[id],
    ...(id === 'ready' && { wake: notifyKey(queue) }),
    ...(id === 'reserved' && { held: true as const }),
  }
}

/** What became of the jobs, with the time until which a worker holds one that it holds. */
export function outcomeOf(
  result: ReadonlyMap<string, number>,
  { seen, refused }: { seen: readonly Seen[]; refused: StepOutcome['refused'] },
): StepOutcome {
  const until = new Map(seen.map(({ ref, at }) => [ref, Number(at)]))
  return outcomeBy(result, refused, {
    [codes.held]: (ref) => `A worker holds it until ${timeText(until.get(ref) ?? 0)}.`,
    [codes.twin]: () => 'A job with exactly these bytes is there already: the two would become one.',
  })
}

const timeText = (seconds: number) =>
  Math.abs(seconds) < 1e11 ? `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'later'
