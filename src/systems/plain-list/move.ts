import { SluiceError } from '../../domain/errors.ts'
import type { AttemptsChoice, NewJob } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { pushElements, replaceElement } from '../shared/elements/put-elements.ts'
import { moveElements } from '../shared/elements/relocate.ts'
import { rescheduleElements } from '../shared/elements/reschedule.ts'
import { rewriteElements } from '../shared/elements/rewrite.ts'
import { keptIn } from '../shared/elements/trash-entry.ts'
import type { StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'
import { seenOf } from './refs.ts'
import { retryPayload } from './retry-payload.ts'

/** 2 scripts per 100 jobs or 1 MB. Dead letters go back without their `failedAt` and `error`, in their order. */
export async function retry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  _attempts: AttemptsChoice,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const { seen, refused } = seenOf(refs)
  const from = placeOf(queue, state)
  const kept = keptIn(trash, queue, state, queue, 'waiting')
  return outcomeOf(await rewriteElements(writer, from, placeOf(queue, 'waiting'), seen, retryPayload, kept), refused)
}

/** 1 script per 100 jobs: delayed jobs run now, as a worker lets those run that are due. */
export async function promote(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  const { seen, refused } = seenOf(refs)
  return outcomeOf(await moveElements(writer, placeOf(queue, state), placeOf(queue, 'waiting'), seen), refused)
}

/** 1 script per 100 jobs: a new time for delayed jobs, in the unit that they count in. */
export async function reschedule(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  at: number,
): Promise<StepOutcome> {
  const { seen, refused } = seenOf(refs)
  return outcomeOf(await rescheduleElements(writer, placeOf(queue, state).key, at, seen), refused)
}

/**
 * 1 script per 100 jobs, 2 for dead letters: takes the jobs out and puts them at the tail of another queue, dead letters
 * as runnable jobs; delayed ones keep their time there.
 */
export async function move(
  writer: Writer,
  from: QueueRef,
  state: string,
  refs: readonly string[],
  to: QueueRef,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const toState = state === 'delayed' ? state : 'waiting'
  const source = placeOf(from, state)
  const target = placeOf(to, toState)
  const { seen, refused } = seenOf(refs)
  const kept = keptIn(trash, from, state, to, toState)
  const result =
    state === 'dead'
      ? await rewriteElements(writer, source, target, seen, retryPayload, kept)
      : await moveElements(writer, source, target, seen, kept)
  return outcomeOf(result, refused)
}

/** 1 script, 2 for a dead letter: the edited bytes go to the tail of the queue; for a waiting job they take its place. */
export async function editAndRetry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  ref: string,
  payload: string,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const [job] = seenOf([ref]).seen
  if (job === undefined) throw new SluiceError('INVALID_INPUT')
  const bytes = Buffer.from(payload)
  const from = placeOf(queue, state)
  if (state !== 'dead') {
    const kept = keptIn(trash, queue, state, queue, state)
    return outcomeOf(new Map([[ref, await replaceElement(writer, from.key, job, bytes, kept)]]), [])
  }
  const kept = keptIn(trash, queue, state, queue, 'waiting')
  return outcomeOf(await rewriteElements(writer, from, placeOf(queue, 'waiting'), [job], () => bytes, kept), [])
}

/** 1 script: RPUSH of the exact text. */
export async function add(writer: Writer, queue: QueueRef, job: NewJob): Promise<StepOutcome> {
  const done = await pushElements(writer, placeOf(queue, 'waiting'), [Buffer.from(job.payload)])
  return { done, missing: 0, refused: [] }
}
