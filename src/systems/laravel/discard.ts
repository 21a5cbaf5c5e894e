import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { describeRemoved, purgeElements, purgeOverdue, removeElements } from '../shared/elements/discard.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'

/**
 * 1 script per 100 jobs. A reserved job goes only when its time is over: the worker of one that is running would put it
 * back when it releases it. A `ShouldBeUnique` lock and the counter of a batch know nothing of a removal, here as with
 * Laravel's own commands.
 */
export async function remove(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  trash: TrashSlot,
): Promise<StepOutcome> {
  const place = placeOf(queue, state)
  const jobs = seenIn(place, refs)
  return outcomeOf(await removeElements(writer, place, jobs.seen, describeRemoved(queue, state), trash), jobs)
}

/**
 * Ready and delayed: 1 script, O(1) and what arrived since the freeze. Reserved: 1 script per 100 overdue jobs; what workers hold stays,
 * unlike with `queue:clear`, which loses those that fail afterwards.
 */
export async function purge(
  writer: Writer,
  queue: QueueRef,
  state: string,
  frozen: Frozen,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome> {
  const place = placeOf(queue, state)
  const of = describeRemoved(queue, state)
  return place.held
    ? purgeOverdue(writer, place.key, of, frozen, trash, run)
    : purgeElements(writer, place, of, frozen, trash)
}
