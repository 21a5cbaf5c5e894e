import type { QueueRef } from '../../domain/queue.ts'
import type { Reader, Writer } from '../handles.ts'
import { fatesOfElements } from '../shared/elements/fates.ts'
import { restoreElements } from '../shared/elements/restore.ts'
import { trashKeysOfElements } from '../shared/elements/trash-entry.ts'
import type { Fates, Run, StepOutcome, TrashSlot } from '../system.ts'
import { keyOfState } from './keys.ts'
import { placeOf } from './place.ts'

const asItIs = (bytes: Buffer) => bytes

/** 1 script per 100 jobs; 1 for a purge whatever its length. Byte for byte, with the wake-ups. */
export async function restore(
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  return restoreElements(writer, placeOf(queue, state), trash, run, { placeOf, rewrite: asItIs })
}

/** 5 to 10 round trips. What failed for good is in the application's database, so it counts here as gone. */
export async function fates(
  reader: Reader,
  queue: QueueRef,
  _state: string,
  trash: TrashSlot,
  most: number,
): Promise<Fates> {
  return fatesOfElements(reader, trash, most, {
    waiting: keyOfState(queue, 'ready'),
    underWay: [keyOfState(queue, 'reserved'), keyOfState(queue, 'delayed')],
    failed: null,
    rewrite: asItIs,
    idFields: ['uuid', 'id'],
    failedAtFields: [],
  })
}

/** 1 round trip. */
export const trashKeys = (reader: Reader, _queue: QueueRef, trash: TrashSlot) => trashKeysOfElements(reader, trash)
