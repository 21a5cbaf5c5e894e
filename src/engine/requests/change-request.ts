import type { Outcome } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { RequestChange } from '../../domain/request.ts'
import type { Writer } from '../../systems/handles.ts'
import { editRequest } from '../../systems/request-tracker/edit.ts'
import { updateRequest } from './update-request.ts'

/**
 * Progress, end, cancellation or one-time code of one request, field by field as the application writes it: see edit.ts.
 * 2 round trips, more where others write at the same time. Its time to live starts anew and its channel hears of it.
 * What cannot be is refused with a reason: any change of a request that ended, a code where none is asked for. Throws
 * READ_ONLY, CHANGED.
 */
export function changeRequest(
  writer: Writer,
  trackers: readonly QueueRef[],
  hash: string,
  change: RequestChange,
): Promise<Outcome> {
  return updateRequest(writer, trackers, hash, (text) => editRequest(text, change, Date.now()))
}
