import type { QueueRef } from '../../domain/queue.ts'
import type { Reader, Writer } from '../handles.ts'
import { fatesOfElements } from '../shared/elements/fates.ts'
import { restoreElements } from '../shared/elements/restore.ts'
import { trashKeysOfElements } from '../shared/elements/trash-entry.ts'
import type { Fates, Run, StepOutcome, TrashSlot } from '../system.ts'
import { keyOfState } from './keys.ts'
import { againMessage } from './message.ts'
import { placeOf } from './place.ts'
import { messageOf } from './run.ts'

/**
 * 1 script per 100 jobs; 1 for a purge whatever its length. Byte for byte; `exact` is false where the queue moved on.
 * Workers that cap what they keep as completed cut it back with the next job that they finish.
 */
export async function restore(
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  return restoreElements(writer, placeOf(queue, state), trash, run, { placeOf, rewrite: messageOf(state) })
}

/** 5 to 10 round trips: jobs keep their id, whatever their runs write into them. */
export async function fates(
  reader: Reader,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
  most: number,
): Promise<Fates> {
  return fatesOfElements(reader, trash, most, {
    waiting: keyOfState(queue, 'ready'),
    underWay: [keyOfState(queue, 'processing'), keyOfState(queue, 'delayed')],
    failed: keyOfState(queue, 'failed'),
    rewrite: state === 'completed' ? messageOf(state) : againMessage,
    idFields: ['id'],
    failedAtFields: ['failed_at'],
  })
}

/** 1 round trip. */
export const trashKeys = (reader: Reader, _queue: QueueRef, trash: TrashSlot) => trashKeysOfElements(reader, trash)
