import { type Begun, type JournalRecord, trashDaysOf, trashEndOf } from './journal-line.ts'

const verbs: Readonly<Record<Begun['action'], string>> = {
  retry: 'Retried',
  edit: 'Edited',
  remove: 'Removed',
  purge: 'Purged',
  move: 'Moved',
  add: 'Added',
  promote: 'Promoted',
  reschedule: 'Rescheduled',
  duplicate: 'Duplicated',
  log: 'Wrote to the log of',
  pause: 'Paused',
  resume: 'Resumed',
  cancel: 'Cancelled',
  undo: 'Put back',
  unlock: 'Unlocked',
  'save-schedule': 'Changed the schedule',
  'remove-schedule': 'Removed the schedule',
  'run-schedule': 'Ran the schedule',
  'tell-worker': 'Told the worker',
  'create-request': 'Began a request for',
  'change-request': 'Changed the request',
  'clean-up-requests': 'Cleaned up',
  copy: 'Copied',
  import: 'Imported',
  'empty-trash': 'Ended the Undo',
}

/** Actions on a queue, or on something in it that `detail` names: they count no jobs. */
const uncounted = new Set<Begun['action']>([
  'pause',
  'resume',
  'unlock',
  'save-schedule',
  'remove-schedule',
  'run-schedule',
  'tell-worker',
  'create-request',
  'change-request',
  'empty-trash',
])

/** What was done, as a sentence in the past tense: "Removed 3 jobs from email (Dead)", "Paused email". */
export function sentenceOf({ begun, ended, underWay }: JournalRecord): string {
  const done = uncounted.has(begun.action) ? actOf(begun) : jobsOf(begun, ended?.done ?? null)
  if (underWay) return `Under way: ${done.charAt(0).toLowerCase()}${done.slice(1)}`
  if (ended === null) return `${done}: Sluice ended before Redis answered, so the outcome is unknown`
  if (ended.error !== null) return `${done}: ${ended.error}`
  const { left = 0 } = ended
  return left === 0 ? done : `${done}: cancelled, ${left.toLocaleString('en')} ${left === 1 ? 'was' : 'were'} left`
}

const nouns: Partial<Record<Begun['action'], string>> = { cancel: 'request', 'clean-up-requests': 'expired entry' }

function jobsOf({ action, queue, state, stateLabel, detail }: Begun, count: number | null): string {
  const noun = nouns[action] ?? 'job'
  const place = queue === null ? '' : ` ${placeWords[action] ?? 'in'} ${queue.name}${state && ` (${stateLabel})`}`
  const number = count === null ? '' : `${count.toLocaleString('en')} `
  return `${verbs[action]} ${number}${count === 1 ? noun : plural(noun)}${place}${detail && ` ${detail}`}`
}

const plural = (noun: string) => (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`)

function actOf({ action, queue, detail }: Begun): string {
  const name = queue === null || unnamed.has(action) ? '' : ` ${queue.name}`
  return detail === '' ? `${verbs[action]}${name}` : `${verbs[action]} ${detail}${name && ` of${name}`}`
}

/** Actions whose `detail` says all. */
const unnamed = new Set<Begun['action']>(['tell-worker', 'empty-trash'])

const placeWords: Partial<Record<Begun['action'], string>> = {
  add: 'to',
  undo: 'to',
  import: 'to',
  remove: 'from',
  purge: 'from',
  move: 'from',
  copy: 'to',
}

/** True when an entry can be undone now, else the reason why not. */
export function undoOf({ begun, ended, undoneAt, emptiedAt }: JournalRecord, now: number): true | string {
  if (undoneAt !== null) return 'Undone already.'
  if (emptiedAt !== null) return 'Its Undo was ended: the trash was emptied.'
  const never = neverUndone(begun.action)
  const verb = undoable[begun.action]
  const end = trashEndOf(begun)
  if (verb === undefined || end === null) return never
  if (now > end) {
    const days = trashDaysOf(begun.action)
    return days === 1 ? 'Its day in the trash is over.' : `Its ${days} days in the trash are over.`
  }
  const incomplete = ended === null || ended.error !== null
  return incomplete || ended.done > 0 ? true : `Nothing was ${verb}.`
}

/** Why an action that left nothing in the trash cannot be undone. */
export const neverUndone = (action: Begun['action']): string => reasons[action] ?? 'This cannot be undone.'

/** Actions that have an Undo where they left something in the trash. */
const undoable: Partial<Record<Begun['action'], string>> = {
  remove: 'removed',
  purge: 'removed',
  retry: 'retried',
  move: 'moved',
  edit: 'edited',
}

const reasons: Partial<Record<Begun['action'], string>> = {
  retry: 'The jobs may have run already.',
  edit: 'The job may have run already.',
  move: 'Move the jobs back from the other queue.',
  remove: 'Nothing of it was kept.',
  purge: 'Nothing of it was kept.',
  add: 'Remove the job from its queue.',
  cancel: 'The request was told that it is cancelled.',
  undo: 'Remove the jobs again.',
  unlock: 'The unlock ends by itself.',
  promote: 'The jobs may have run already.',
  reschedule: 'Reschedule the jobs again.',
  duplicate: 'Remove the copies.',
  log: 'Lines of a log stay.',
  pause: 'Resume the queue.',
  resume: 'Pause the queue again.',
  'save-schedule': 'Change the schedule back.',
  'remove-schedule': 'Add the schedule again where its program does.',
  'run-schedule': 'The job may have run already.',
  'tell-worker': 'Tell the worker the opposite.',
  'create-request': 'Cancel the request.',
  'change-request': 'Its service and its page have been told.',
  'clean-up-requests': 'What these entries named had expired.',
  copy: 'Remove the copies where they went.',
  import: 'Remove the jobs from their queue.',
  'empty-trash': 'What was in the trash is gone.',
}
