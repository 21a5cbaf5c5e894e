import type { AttemptsChoice } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { describeRemoved } from '../shared/elements/discard.ts'
import { drainElements } from '../shared/elements/drain.ts'
import type { Run, StepOutcome, TrashSlot } from '../system.ts'
import { placeOf } from './place.ts'
import { retryPayload } from './retry-payload.ts'

/** 2 scripts per 100 jobs or 1 MB: all dead letters that were there when it began, by way of the trash. */
export async function retryAll(
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
  _attempts: AttemptsChoice,
  run: Run,
): Promise<StepOutcome> {
  const of = describeRemoved(queue, state)
  const waiting = placeOf(queue, 'waiting')
  const { stays: _, ...outcome } = await drainElements(
    writer,
    placeOf(queue, state),
    waiting,
    of,
    trash,
    run,
    retryPayload,
  )
  return outcome
}
