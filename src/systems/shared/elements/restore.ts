import { SluiceError } from '../../../domain/errors.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Writer } from '../../handles.ts'
import type { Run, StepOutcome, TrashSlot } from '../../system.ts'
import type { Place } from './element-script.ts'
import { restoreItems } from './restore-items.ts'
import { putBackAll } from './restore-whole.ts'
import type { Rewrite } from './rewrite.ts'
import { readPlace, trashKeys } from './trash-entry.ts'
import { undoParked } from './undo-parked.ts'

/** What Undo needs to know of a system: where changed jobs went, and what they became. */
export interface Undoing {
  placeOf(queue: QueueRef, state: string): Place
  /** With which bytes the jobs of a state run again. */
  rewrite: Rewrite
}

/**
 * 1 script per 100 removed or changed jobs; 1 for a purge, O(1) and what arrived since. Byte for byte; `exact` is false where
 * the queue moved on. Throws NOT_FOUND once the entry is gone.
 */
export async function restoreElements(
  writer: Writer,
  place: Place,
  trash: TrashSlot,
  run: Run,
  { placeOf, rewrite }: Undoing,
): Promise<StepOutcome & { exact: boolean }> {
  const reply = await writer.call('HMGET', trashKeys(trash).entry, 'kind', 'to')
  const [kind = '', to = ''] = Array.isArray(reply) ? reply.map((field) => (field === null ? '' : String(field))) : []
  if (kind === '')
    throw new SluiceError('NOT_FOUND', 'The trash no longer holds this: it expired, or was undone already.')
  if (kind === 'whole') {
    const { done, left } = await putBackAll(writer, place, trash, run)
    return { done, missing: 0, refused: [], exact: true, ...(left > 0 && { left }) }
  }
  if (kind === 'items') return restoreItems(writer, place, null, trash, run)
  const went = readPlace(to)
  if (went === null) throw new SluiceError('NOT_FOUND', 'The trash does not say where these jobs went.')
  const target = placeOf(went.queue, went.state)
  return kind === 'retried'
    ? undoParked(writer, place, target, trash, run, rewrite)
    : restoreItems(writer, place, target, trash, run)
}
