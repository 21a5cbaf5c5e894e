import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { describeRemoved, purgeElements, removeElements } from '../shared/elements/discard.ts'
import { restoreElements } from '../shared/elements/restore.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import type { Run, StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'

/** 1 script per 100 jobs: the exact bytes and places go to the trash as the jobs leave. */
export async function remove(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  trash: TrashSlot,
): Promise<StepOutcome> {
  const place = placeOf(queue, state)
  const { seen, refused } = seenIn(place, refs)
  return outcomeOf(await removeElements(writer, place, seen, describeRemoved(queue, state), trash), refused)
}

/** 1 script, O(1) whatever the length: what arrives later is not in it, and nothing happens when more is there than expected. */
export async function purge(
  writer: Writer,
  queue: QueueRef,
  state: string,
  expected: number,
  trash: TrashSlot,
): Promise<StepOutcome> {
  return purgeElements(writer, placeOf(queue, state), describeRemoved(queue, state), expected, trash)
}

/**
 * 1 script per 100 removed jobs; 1 for a purge whatever its length. Byte for byte; `exact` is false where the queue moved
 * on. Workers that cap what they keep as completed cut it back with the next job that they finish.
 */
export async function restore(
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  return restoreElements(writer, placeOf(queue, state), trash, run)
}
