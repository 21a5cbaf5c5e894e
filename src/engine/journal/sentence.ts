import { type Begun, type Ended, type JournalRecord, trashTtlMs } from './journal-line.ts'

const verbs: Readonly<Record<Begun['action'], string>> = {
  retry: 'Retried',
  edit: 'Edited and retried',
  remove: 'Removed',
  purge: 'Purged',
  move: 'Moved',
  add: 'Added',
  promote: 'Promoted',
  pause: 'Paused',
  resume: 'Resumed',
  cancel: 'Cancelled',
  undo: 'Put back',
  unlock: 'Unlocked',
}

/** What was done, as a sentence in the past tense: "Removed 3 jobs from email (Dead)". */
export function sentenceOf(begun: Begun, ended: Ended | null): string {
  const count = ended?.done ?? 0
  const noun = begun.action === 'cancel' ? 'request' : 'job'
  const place =
    begun.queue === null
      ? ''
      : ` ${placeWord(begun.action)} ${begun.queue.name}${begun.state && ` (${begun.stateLabel})`}`
  const what = begun.action === 'unlock' ? '' : ` ${count} ${noun}${count === 1 ? '' : 's'}`
  const done = `${verbs[begun.action]}${what}${place}${begun.detail && ` ${begun.detail}`}`
  if (ended === null) return `${done}: Sluice ended before Redis answered, so the outcome is unknown`
  return ended.error === null ? done : `${done}: ${ended.error}`
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
}
