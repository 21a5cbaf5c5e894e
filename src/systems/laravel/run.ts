import type { AttemptsChoice } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { rescoreElements } from '../shared/elements/put-elements.ts'
import { moveElements, releaseOverdue } from '../shared/elements/relocate.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import { inOneSlot } from '../shared/one-slot.ts'
import type { Run, StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'

/**
 * 1 script per 100 jobs: takes delayed jobs, or reserved ones whose time is over by the server's clock, to the tail of the
 * queue and wakes a worker for each, as a worker itself does with those that are due. The bytes stay, and so do the
 * attempts that they count.
 */
export async function runNow(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  const from = placeOf(queue, state)
  const jobs = seenIn(from, refs)
  return outcomeOf(await moveElements(writer, from, placeOf(queue, 'ready'), jobs.seen), jobs)
}

/** 1 script per 100 jobs or 1 MB: all reserved jobs that were overdue when it began. The trash stays empty. */
export async function runAllNow(
  writer: Writer,
  queue: QueueRef,
  state: string,
  _trash: TrashSlot,
  _attempts: AttemptsChoice,
  run: Run,
): Promise<StepOutcome> {
  return releaseOverdue(writer, placeOf(queue, state), placeOf(queue, 'ready'), run)
}

/** 1 script per 100 jobs: ready jobs go to the tail of the other queue, delayed ones keep their time there. */
export async function move(
  writer: Writer,
  from: QueueRef,
  state: string,
  refs: readonly string[],
  to: QueueRef,
): Promise<StepOutcome> {
  const source = placeOf(from, state)
  const target = placeOf(to, state === 'delayed' ? state : 'ready')
  const jobs = seenIn(source, refs)
  return inOneSlot('In a Redis Cluster, jobs can only move between queues whose keys have the same {tag}.', async () =>
    outcomeOf(await moveElements(writer, source, target, jobs.seen), jobs),
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
