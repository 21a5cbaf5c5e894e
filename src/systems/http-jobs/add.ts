import { SluiceError } from '../../domain/errors.ts'
import type { NewJob } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import { copyElements } from '../shared/elements/copy-elements.ts'
import { pushElements, replaceElement } from '../shared/elements/put-elements.ts'
import { rewriteElements } from '../shared/elements/rewrite.ts'
import { seenIn } from '../shared/elements/seen-in.ts'
import { keptIn } from '../shared/elements/trash-entry.ts'
import type { StepOutcome, TrashSlot } from '../system.ts'
import { completedMessage, copyMessage, requireMessage } from './message.ts'
import { noMessage, outcomeOf, placeOf } from './place.ts'

/** 1 script: RPUSH of what was typed, with an id and the dates where they are missing. */
export async function add(writer: Writer, queue: QueueRef, job: NewJob): Promise<StepOutcome> {
  if (job.name !== null || job.options !== null) {
    throw new SluiceError('INVALID_INPUT', 'An HTTP job is its message alone.')
  }
  const message = Buffer.from(completedMessage(job.payload, Date.now()))
  return { done: await pushElements(writer, placeOf(queue, 'ready'), [message]), missing: 0, refused: [] }
}

/** 2 scripts per 100 jobs or 1 MB: each copy is a new job of the same record, at the tail of the queue. */
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
    copy: (bytes) => copyMessage(bytes, Date.now()),
    noCopy: noMessage,
  })
}

/**
 * The exact text in place of the job. 1 script: ready jobs keep their turn, delayed ones their time. 2 scripts: failed and
 * completed ones go to the tail of the queue with it, and nothing is taken out of it, for it is what a person wants.
 */
export async function edit(
  writer: Writer,
  queue: QueueRef,
  state: string,
  ref: string,
  payload: string,
  trash: TrashSlot,
): Promise<StepOutcome> {
  requireMessage(payload)
  const place = placeOf(queue, state)
  const [job] = seenIn(place, [ref]).seen
  if (job === undefined) throw new SluiceError('INVALID_INPUT')
  const bytes = Buffer.from(payload)
  if (state === 'ready' || state === 'delayed') {
    const kept = keptIn(trash, queue, state, queue, state)
    return outcomeOf(new Map([[ref, await replaceElement(writer, place.key, job, bytes, kept)]]), [])
  }
  const kept = keptIn(trash, queue, state, queue, 'ready')
  return outcomeOf(await rewriteElements(writer, place, placeOf(queue, 'ready'), [job], () => bytes, kept), [])
}
