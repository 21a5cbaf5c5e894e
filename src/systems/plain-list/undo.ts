import type { QueueRef } from '../../domain/queue.ts'
import type { Reader, Writer } from '../handles.ts'
import { fatesOfElements } from '../shared/elements/fates.ts'
import { restoreElements } from '../shared/elements/restore.ts'
import { trashKeysOfElements } from '../shared/elements/trash-entry.ts'
import type { Fates, Run, StepOutcome, TrashSlot } from '../system.ts'
import { keysOf } from './keys.ts'
import { placeOf } from './place.ts'
import { retryPayload } from './retry-payload.ts'

/** 1 script per 100 jobs; 1 for a purge whatever its length. Byte for byte; `exact` is false where the queue moved on. */
export async function restore(
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  return restoreElements(writer, placeOf(queue, state), trash, run, { placeOf, rewrite: retryPayload })
}

/** 5 to 10 round trips: dead letters are known again by their id, or by what is left of them without their death. */
export async function fates(
  reader: Reader,
  queue: QueueRef,
  _state: string,
  trash: TrashSlot,
  most: number,
): Promise<Fates> {
  const keys = keysOf(queue)
  return fatesOfElements(reader, trash, most, {
    waiting: keys.base,
    underWay: [keys.processing, keys.delayed],
    failed: keys.dead,
    rewrite: retryPayload,
    idFields: ['id', 'uuid', 'jobId'],
    failedAtFields: ['failedAt', 'failed_at'],
  })
}

/** 1 round trip. */
export const trashKeys = (reader: Reader, _queue: QueueRef, trash: TrashSlot) => trashKeysOfElements(reader, trash)
