import { SluiceError } from '../../domain/errors.ts'
import type { NewJob } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { copyElements } from '../shared/elements/copy-elements.ts'
import { pushElements, replaceElement } from '../shared/elements/put-elements.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import { keptIn } from '../shared/elements/trash-entry.ts'
import { completed, renewedBytes, requireRunnable } from '../shared/laravel-payloads/copy.ts'
import type { StepOutcome, TrashSlot } from '../system.ts'
import { outcomeOf, placeOf } from './place.ts'

/** What a new payload begins as: a string job, which needs no serialized object. */
export const template = `{
  "job": "App\\\\Jobs\\\\SendReport@handle",
  "data": { "report": 17 }
}`

/** 1 script: RPUSH, and a wake-up for a blocked worker, which would else see the job only after its `block_for`. */
export async function add(writer: Writer, queue: QueueRef, job: NewJob): Promise<StepOutcome> {
  if (job.name !== null || job.options !== null) {
    throw new SluiceError('INVALID_INPUT', 'A Laravel job is its payload alone.')
  }
  const payload = Buffer.from(completed(job.payload, Date.now()))
  return { done: await pushElements(writer, placeOf(queue, 'ready'), [payload]), missing: 0, refused: [] }
}

/** 2 scripts per 100 jobs or 1 MB: each copy is a new job with a new uuid and id and no attempts, at the tail of the queue. */
export async function duplicate(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  return copyElements(writer, {
    from: placeOf(queue, state),
    to: placeOf(queue, 'ready'),
    refs,
    copy: (bytes) => renewedBytes(bytes, Date.now()),
    noCopy: 'This is no payload that a worker could run.',
  })
}

/** 1 script: the exact text takes the place of the job; ready jobs keep their turn, delayed ones their time. */
export async function edit(
  writer: Writer,
  queue: QueueRef,
  state: string,
  ref: string,
  payload: string,
  trash: TrashSlot,
): Promise<StepOutcome> {
  requireRunnable(payload)
  const place = placeOf(queue, state)
  const jobs = seenIn(place, [ref])
  const [job] = jobs.seen
  if (job === undefined) throw new SluiceError('INVALID_INPUT')
  const kept = keptIn(trash, queue, state, queue, state)
  const code = await replaceElement(writer, place.key, job, Buffer.from(payload), kept)
  return outcomeOf(new Map([[ref, code]]), jobs)
}
