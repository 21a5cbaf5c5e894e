import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { describeRemoved, purgeElements, removeElements } from '../shared/elements/discard.ts'
import type { Frozen, StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'
import { seenOf } from './refs.ts'

/** 1 script per 100 jobs: the exact bytes and places go to the trash as the jobs leave. */
export async function remove(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  trash: TrashSlot,
): Promise<StepOutcome> {
  const { seen, refused } = seenOf(refs)
  const of = describeRemoved(queue, state)
  return outcomeOf(await removeElements(writer, placeOf(queue, state), seen, of, trash), refused)
}

/** 1 script, O(1) and what arrived since the freeze, which stays. A state of delayed jobs may not have grown since. */
export async function purge(
  writer: Writer,
  queue: QueueRef,
  state: string,
  frozen: Frozen,
  trash: TrashSlot,
): Promise<StepOutcome> {
  return purgeElements(writer, placeOf(queue, state), describeRemoved(queue, state), frozen, trash)
}
