import { SluiceError } from '../../domain/errors.ts'
import { changerOf } from '../../domain/payload-change/apply.ts'
import { systemOf } from '../../systems/registry.ts'
import type { StepOutcome, WriteActions } from '../../systems/system.ts'
import type { Connection } from '../redis/connection.ts'
import { copierOf } from '../transfers/copy-jobs.ts'
import type { BulkKind, BulkPlace, StepTools } from './bulk-work.ts'
import { type FrozenSet, openFrozenSet } from './frozen-set.ts'
import { doingOf, isUndoable, type JobsSpec, type PlannedPlace } from './jobs-spec.ts'

export interface JobsWorkOptions {
  /** Where the sets of plans are. */
  readonly folder: string
  /** Throws NOT_OPEN. */
  connection(id: string): Connection
}

/** Edited jobs are read whole: fewer go into a chunk. */
const editChunk = 20

/** The runs that do what a plan says; see jobs-spec.ts for what they are made from. */
export function jobsKind(options: JobsWorkOptions): BulkKind {
  return async (stored) => {
    const spec = stored as JobsSpec // written by plans.ts
    const set = await openFrozenSet(options.folder, spec.setId)
    return {
      places: spec.places.map((place) => workOf(spec, place, set, options)),
      close: (over) => set.close(over),
    }
  }
}

function workOf(spec: JobsSpec, place: PlannedPlace, set: FrozenSet, { connection }: JobsWorkOptions): BulkPlace {
  const { question } = spec
  const { queue, state, count, frozen } = place
  const system = systemOf(queue.system)
  const label = system.states.find(({ id }) => id === state)?.label ?? state
  const doing = doingOf(question, queue)
  const fates = system.write?.fates
  const runsAgain = doing.action === 'retry' || doing.action === 'edit'
  const base = {
    ...{ queue, state, stateLabel: label, count, detail: detailOf(spec), undoable: isUndoable(doing, queue) },
    ...(fates !== undefined &&
      runsAgain && {
        fates: ((open, trash, most) => fates(open.reader, queue, state, trash, most)) satisfies BulkPlace['fates'],
      }),
  }
  if (frozen !== null && doing.whole) {
    return {
      ...base,
      how: {
        type: 'whole',
        async work({ writer, trash, run }) {
          const write = writing(queue.system)
          if (doing.method === 'purge') return write.purge(writer, queue, state, frozen, trash, run)
          return write.retryAll(writer, queue, state, frozen, trash, question.attempts, run)
        },
      },
    }
  }
  const items = (size: number, skip: number) =>
    place.backwards ? set.refsBackwards(place.set ?? 0, size, skip) : set.refs(place.set ?? 0, size, skip)
  if (question.action === 'copy')
    return { ...base, ...copyOf(spec, place, connection), how: copyHow(spec, place, items, connection) }
  const step = question.action === 'edit' ? editStep(spec, place) : stepOf(spec, place)
  return { ...base, how: { type: 'chunks', items, step, ...(question.action === 'edit' && { most: editChunk }) } }
}

/** The methods of a system; which ones it has was looked at when the run was planned. */
const writing = (id: PlannedPlace['queue']['system']) => systemOf(id).write as Required<WriteActions>

function detailOf({ question }: JobsSpec): string {
  if (question.action === 'move') return `to ${question.to?.name}`
  if (question.action === 'reschedule') return `to ${new Date(question.at ?? 0).toISOString()}`
  return question.action === 'retry' && question.attempts === 'reset' ? 'with all attempts' : ''
}

type Step = (items: readonly string[], tools: StepTools) => Promise<StepOutcome>

function stepOf({ question }: JobsSpec, { queue, state }: PlannedPlace): Step {
  return async (refs, { writer, trash }) => {
    const write = writing(queue.system)
    switch (question.action) {
      case 'retry':
        return write.retry(writer, queue, state, refs, question.attempts, trash)
      case 'remove':
        return write.remove(writer, queue, state, refs, trash)
      case 'move':
        return write.move(writer, queue, state, refs, question.to ?? queue, trash)
      case 'promote':
        return write.promote(writer, queue, state, refs)
      case 'reschedule':
        return write.reschedule(writer, queue, state, refs, question.at ?? 0)
      default:
        return write.duplicate(writer, queue, state, refs)
    }
  }
}

function editStep({ question, at }: JobsSpec, { queue, state }: PlannedPlace): Step {
  return async (refs, { writer, trash }) => {
    const change = question.change && changerOf(question.change, at)
    if (change === null || typeof change !== 'function') {
      throw new SluiceError('INVALID_INPUT', change?.problem ?? 'Say how the payloads change.')
    }
    const total = { done: 0, missing: 0, refused: [] as StepOutcome['refused'], gone: [] as string[] }
    for (const ref of refs) {
      const job = await systemOf(queue.system).job(writer, queue, state, ref, true)
      const changed = job === null ? null : editedBy(change, job.payload)
      if (changed === null) {
        total.missing++
        total.gone.push(ref)
      } else if ('problem' in changed) total.refused.push({ ref, reason: changed.problem })
      else {
        const { editAndRetry } = writing(queue.system)
        const { done, missing, refused } = await editAndRetry(writer, queue, state, ref, changed.text, trash)
        total.done += done
        total.missing += missing
        total.refused.push(...refused)
        if (missing > 0) total.gone.push(ref)
      }
    }
    return total
  }
}

/** A payload as a change makes it, or why it cannot be changed. */
export function editedBy(
  change: (payload: string) => { text: string; notes: readonly string[] } | { problem: string },
  payload: { text: string; encoding: string; truncated: boolean },
): { text: string; notes: readonly string[] } | { problem: string } {
  if (payload.encoding !== 'utf8') return { problem: 'The payload is not text.' }
  if (payload.truncated) return { problem: 'The payload is too large to be changed here.' }
  return change(payload.text)
}

/** A copy is written down where it changes something: at the queue that gets it. */
function copyOf(spec: JobsSpec, { queue, state }: PlannedPlace, connection: JobsWorkOptions['connection']) {
  const label = systemOf(queue.system).states.find(({ id }) => id === state)?.label ?? state
  const { name } = connection(spec.question.connectionId).profile
  return {
    ...{ queue: spec.question.to ?? queue, state: '', stateLabel: '', undoable: false },
    detail: `from ${queue.name} (${label}) of ${name}`,
  }
}

/** What makes the copies of a place; or why there can be none. */
export function copierAt(
  spec: Pick<JobsSpec, 'question' | 'key' | 'at'>,
  place: { queue: PlannedPlace['queue']; state: string },
  profile: string,
) {
  const { question, key, at } = spec
  const { queue, state } = place
  const to = question.to ?? queue
  return copierOf({
    from: { profile, system: systemOf(queue.system), queue, state },
    into: { system: systemOf(to.system), queue: to },
    ...{ redaction: question.redaction, change: question.change, key, at },
  })
}

function copyHow(
  spec: JobsSpec,
  place: PlannedPlace,
  items: (size: number, skip: number) => AsyncGenerator<string[], void, void>,
  connection: JobsWorkOptions['connection'],
): BulkPlace['how'] {
  return {
    type: 'chunks',
    items,
    most: editChunk,
    async step(refs, { writer, remember }) {
      const source = connection(spec.question.connectionId)
      const copier = copierAt(spec, place, source.profile.name)
      if ('problem' in copier) throw new SluiceError('UNSUPPORTED', copier.problem)
      return copier.add(writer, await remember(() => copier.read(source.reader, refs)))
    },
  }
}
