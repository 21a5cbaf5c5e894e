import type { AttemptsChoice } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { moveElements } from '../shared/elements/relocate.ts'
import { rescheduleElements } from '../shared/elements/reschedule.ts'
import { retryParked } from '../shared/elements/retry-parked.ts'
import { rewriteElements } from '../shared/elements/rewrite.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import { keptIn } from '../shared/elements/trash-entry.ts'
import { inOneSlot } from '../shared/one-slot.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../system.ts'
import { againMessage, onceMoreMessage } from './message.ts'
import { noMessage, outcomeOf, placeOf } from './place.ts'

/**
 * 2 scripts per 100 jobs or 1 MB: failed and completed jobs go to the tail of the queue as if they had never run, in the
 * order in which they ended. They keep their ids; completed ones are counted, so that a server which has seen the id as
 * an idempotency key does them once more.
 */
export async function retry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  _attempts: AttemptsChoice,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const from = placeOf(queue, state)
  const { seen, refused } = seenIn(from, refs)
  const kept = keptIn(trash, queue, state, queue, 'ready')
  return outcomeOf(await rewriteElements(writer, from, placeOf(queue, 'ready'), seen, messageOf(state), kept), refused)
}

/** The message with which a job of that state runs again. */
export const messageOf = (state: string) => (state === 'completed' ? onceMoreMessage : againMessage)

/** 1 script per 1,000 jobs or 1 MB: all jobs of the state that were there when it was frozen, by way of the trash. */
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
  const ready = placeOf(queue, 'ready')
  const kept = keptIn(trash, queue, state, queue, 'ready')
  const { stays, ...outcome } = await retryParked(writer, from, ready, frozen, kept, run, messageOf(state))
  return stays === 0
    ? outcome
    : { ...outcome, refused: [{ ref: state, reason: `${stays} of these stay. ${noMessage}` }] }
}

/** 1 script per 100 jobs: delayed jobs go to the tail of the queue, as the scheduler would send those that are due. */
export async function promote(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  const from = placeOf(queue, state)
  const { seen, refused } = seenIn(from, refs)
  return outcomeOf(await moveElements(writer, from, placeOf(queue, 'ready'), seen), refused)
}

/** 1 script per 100 jobs: a new time for delayed jobs, in seconds or ms as each had it. */
export async function reschedule(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  at: number,
): Promise<StepOutcome> {
  const place = placeOf(queue, state)
  const { seen, refused } = seenIn(place, refs)
  return outcomeOf(await rescheduleElements(writer, place.key, at, seen), refused)
}

/**
 * 1 script per 100 jobs, 2 for failed ones: ready jobs go to the tail of the other queue, delayed ones keep their time
 * there, failed ones run there as if they had never run.
 */
export async function move(
  writer: Writer,
  from: QueueRef,
  state: string,
  refs: readonly string[],
  to: QueueRef,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const toState = state === 'delayed' ? state : 'ready'
  const source = placeOf(from, state)
  const target = placeOf(to, toState)
  const kept = keptIn(trash, from, state, to, toState)
  const { seen, refused } = seenIn(source, refs)
  return inOneSlot('In a Redis Cluster, jobs can only move between queues whose keys have the same {tag}.', async () =>
    outcomeOf(
      state === 'failed'
        ? await rewriteElements(writer, source, target, seen, againMessage, kept)
        : await moveElements(writer, source, target, seen, kept),
      refused,
    ),
  )
}
