import type { AttemptsChoice } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { retryParked } from '../shared/elements/retry-parked.ts'
import { keptIn } from '../shared/elements/trash-entry.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../system.ts'
import { placeOf } from './place.ts'
import { retryInto, retryPayload } from './retry-payload.ts'

/** 1 script per 1,000 jobs or 1 MB: all dead letters that were there when it was frozen, by way of the trash. */
export async function retryAll(
  writer: Writer,
  queue: QueueRef,
  state: string,
  frozen: Frozen,
  trash: TrashSlot,
  _attempts: AttemptsChoice,
  run: Run,
): Promise<StepOutcome> {
  const from = placeOf(queue, state)
  const kept = keptIn(trash, queue, state, queue, 'waiting')
  const waiting = placeOf(queue, 'waiting')
  const { stays: _, ...outcome } = await retryParked(writer, from, waiting, frozen, kept, run, retryPayload, retryInto)
  return outcome
}
