import type { AttemptsChoice } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { rescoreElements } from '../shared/elements/put-elements.ts'
import { moveElements, releaseOverdue } from '../shared/elements/relocate.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import { keptIn } from '../shared/elements/trash-entry.ts'
import { inOneSlot } from '../shared/one-slot.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'

/**
 * 1 script per 100 jobs: takes delayed jobs to the tail of the queue and wakes a worker for each, as a worker itself does
 * with those that are due. The bytes stay, and so do the attempts that they count.
 */
export async function promote(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  const from = placeOf(queue, state)
  const jobs = seenIn(from, refs)
  return outcomeOf(await moveElements(writer, from, placeOf(queue, 'ready'), jobs.seen), jobs)
}

/** 1 script per 100 jobs: the same with reserved jobs, whose time is over by the server's clock. */
export async function retry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  _attempts: AttemptsChoice,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const from = placeOf(queue, state)
  const jobs = seenIn(from, refs)
  const kept = keptIn(trash, queue, state, queue, 'ready')
  return outcomeOf(await moveElements(writer, from, placeOf(queue, 'ready'), jobs.seen, kept), jobs)
}

/** 1 script per 100 jobs or 1 MB: all reserved jobs that were overdue when it was frozen. */
export async function retryAll(
  writer: Writer,
  queue: QueueRef,
  state: string,
  frozen: Frozen,
  trash: TrashSlot,
  _attempts: AttemptsChoice,
  run: Run,
): Promise<StepOutcome> {
  const kept = keptIn(trash, queue, state, queue, 'ready')
  return releaseOverdue(writer, placeOf(queue, state), placeOf(queue, 'ready'), frozen, kept, run)
}

/** 1 script per 100 jobs: ready jobs go to the tail of the other queue, delayed ones keep their time there. */
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
  const jobs = seenIn(source, refs)
  const kept = keptIn(trash, from, state, to, toState)
  return inOneSlot('In a Redis Cluster, jobs can only move between queues whose keys have the same {tag}.', async () =>
    outcomeOf(await moveElements(writer, source, placeOf(to, toState), jobs.seen, kept), jobs),
  )
}

/** 1 script per 100 jobs: a new time for delayed jobs, to the second. */
export async function reschedule(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  at: number,
): Promise<StepOutcome> {
  const place = placeOf(queue, state)
  const jobs = seenIn(place, refs)
  return outcomeOf(await rescoreElements(writer, place.key, Math.ceil(at / 1000), jobs.seen), jobs)
}
