import { SluiceError } from '../../domain/errors.ts'
import type { JournalAction, PlanQuestion } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Place } from '../../domain/selection.ts'
import { capability, systemOf } from '../../systems/registry.ts'
import type { Frozen, WriteActions } from '../../systems/system.ts'

/** A place of a plan that its run acts on. */
export interface PlannedPlace extends Place {
  readonly count: number
  /** Where the state ends, when it is acted on as a whole; else `set` is the number of its place in the frozen set. */
  readonly frozen: Frozen | null
  readonly set: number | null
  /** Whether the refs are gone through from the last one on, which leaves all that are to come where they were seen. */
  readonly backwards: boolean
}

/**
 * Systems whose refs name a place in a list: a job that leaves moves all behind it. So refs of these are kept by rising
 * place. What runs again is taken from the first one on, so that the queue gets the oldest first: there the scripts know
 * how many left before. What is removed is taken from the last one on.
 */
const placesInLists: ReadonlySet<string> = new Set(['plain-list', 'http-jobs', 'laravel'])

/** Whether the refs of an action are gone through from the last one on. */
export function isBackwards({ action }: PlanQuestion, { system }: QueueRef): boolean {
  return action === 'remove' && placesInLists.has(system)
}

/** Refs in any order by rising place, where they name one. */
export function byPlace(refs: readonly string[], { system }: QueueRef): readonly string[] {
  if (!placesInLists.has(system)) return refs
  const placeOf = (ref: string) => Number(/(-?\d[\d.e+-]*):[0-9a-f]{40}$/.exec(ref)?.[1] ?? 0)
  return refs
    .map((ref) => ({ ref, place: placeOf(ref) }))
    .sort((a, b) => a.place - b.place)
    .map(({ ref }) => ref)
}

/** What a run over jobs is made from: plain JSON, written down with it. */
export interface JobsSpec {
  readonly question: PlanQuestion
  /** The set of refs; it has the id of the plan. */
  readonly setId: string
  readonly places: readonly PlannedPlace[]
  /** When it was planned, epoch ms; and what redaction makes its words with. */
  readonly at: number
  readonly key: string
}

/** What is done to a place; `whole` when the system does it to all of a state at once. */
export interface Doing {
  readonly action: JournalAction
  readonly method: keyof WriteActions
  readonly whole: boolean
}

/** The methods of actions on jobs that are named one by one. */
const methods = {
  retry: 'retry',
  edit: 'editAndRetry',
  remove: 'remove',
  move: 'move',
  promote: 'promote',
  reschedule: 'reschedule',
  duplicate: 'duplicate',
  copy: 'add',
} as const

/** How an action is done at a place. */
export function doingOf({ action, selection }: PlanQuestion, queue: QueueRef): Doing {
  const all = selection.type === 'all'
  if (all && action === 'remove') return { action: 'purge', method: 'purge', whole: true }
  if (all && action === 'retry' && systemOf(queue.system).write?.retryAll !== undefined) {
    return { action, method: 'retryAll', whole: true }
  }
  return { action, method: methods[action], whole: false }
}

/** Whether an action leaves in the trash what its Undo needs. */
export function isUndoable({ action, method }: Doing, queue: QueueRef): boolean {
  if (action === 'copy') return false
  return method === 'remove' || method === 'purge' || systemOf(queue.system).undoes?.includes(method) === true
}

/** True, or why an action cannot be done at a place. Copies are judged by who makes them. */
export function ableAt(question: PlanQuestion, { queue, state: id }: Place): true | string {
  const system = systemOf(queue.system)
  const state = system.states.find((one) => one.id === id)
  if (state === undefined) return `${system.label} has no state named ${id}.`
  const { action, method } = doingOf(question, queue)
  if (action === 'copy') return true
  const able = capability(system, state, action === 'purge' ? 'purge' : (action as 'retry'))
  if (able !== true) return able
  if (system.write?.[method] === undefined) return `${system.label} queues cannot do this.`
  return question.action === 'move' ? movable(queue, question.to) : true
}

/** True, or why jobs cannot move from one queue to another. */
export function movable(from: QueueRef, to: QueueRef | null): true | string {
  if (to === null || to.name === '') return 'Name the queue to move to.'
  if (to.system !== from.system) return 'Jobs can only move between queues of one system.'
  const same = to.prefix === from.prefix && to.name === from.name
  return same ? 'That is the queue in which the jobs are.' : true
}

/** Throws INVALID_INPUT where a question lacks what its action needs. */
export function requireWhole({ action, to, into, at, change }: PlanQuestion): void {
  const lacks = (sentence: string) => {
    throw new SluiceError('INVALID_INPUT', sentence)
  }
  if (action === 'move' && (to === null || to.name === '')) lacks('Name the queue to move to.')
  if (action === 'copy' && (to === null || to.name === '' || into === null)) lacks('Name where to copy to.')
  if (action === 'reschedule' && at === null) lacks('Say when the jobs are due.')
  if (action === 'edit' && change === null) lacks('Say how the payloads change.')
}
