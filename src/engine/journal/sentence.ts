import { type Begun, type Ended, type JournalRecord, trashTtlMs } from './journal-line.ts'

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
])

/** What was done, as a sentence in the past tense: "Removed 3 jobs from email (Dead)", "Paused email". */
export function sentenceOf(begun: Begun, ended: Ended | null): string {
  const done = uncounted.has(begun.action) ? actOf(begun) : jobsOf(begun, ended?.done ?? 0)
  if (ended === null) return `${done}: Sluice ended before Redis answered, so the outcome is unknown`
  if (ended.error !== null) return `${done}: ${ended.error}`
  const { left = 0 } = ended
  return left === 0 ? done : `${done}: cancelled, ${left.toLocaleString('en')} ${left === 1 ? 'was' : 'were'} left`
}

const nouns: Partial<Record<Begun['action'], string>> = { cancel: 'request', 'clean-up-requests': 'expired entry' }

function jobsOf({ action, queue, state, stateLabel, detail }: Begun, count: number): string {
  const noun = nouns[action] ?? 'job'
  const place = queue === null ? '' : ` ${placeWord(action)} ${queue.name}${state && ` (${stateLabel})`}`
  const number = count.toLocaleString('en')
  return `${verbs[action]} ${number} ${count === 1 ? noun : plural(noun)}${place}${detail && ` ${detail}`}`
}

const plural = (noun: string) => (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`)

function actOf({ action, queue, detail }: Begun): string {
  const name = queue === null || action === 'tell-worker' ? '' : ` ${queue.name}`
  return detail === '' ? `${verbs[action]}${name}` : `${verbs[action]} ${detail}${name && ` of${name}`}`
}

function placeWord(action: Begun['action']): string {
  if (action === 'add' || action === 'undo') return 'to'
  return action === 'remove' || action === 'purge' || action === 'move' ? 'from' : 'in'
}

/** True when an entry can be undone now, else the reason why not. */
export function undoOf({ begun, ended, undoneAt }: JournalRecord, now: number): true | string {
  if (undoneAt !== null) return 'Undone already.'
  if (begun.trash !== null && now > begun.at + trashTtlMs) return 'Its 7 days in the trash are over.'
  const incomplete = ended === null || ended.error !== null
  if (begun.action === 'remove' || begun.action === 'purge') {
    return incomplete || ended.done > 0 ? true : 'Nothing was removed.'
  }
  if (begun.action === 'retry' && begun.trash !== null && incomplete) return true
  return reasons[begun.action] ?? 'This cannot be undone.'
}

const reasons: Partial<Record<Begun['action'], string>> = {
  retry: 'The jobs may have run already.',
  edit: 'The job may have run already.',
  move: 'Move the jobs back from the other queue.',
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
}
