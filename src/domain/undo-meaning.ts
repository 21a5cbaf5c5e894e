import type { JournalAction } from './operation.ts'

const meanings: Partial<Record<JournalAction, string>> = {
  remove: 'Undo puts the jobs back where they were.',
  purge: 'Undo puts the jobs back where they were.',
  retry: 'Undo takes back those that have not begun to run.',
  edit: 'Undo takes back those that have not begun to run, as they were before.',
  move: 'Undo takes back those that have not begun to run in the other queue.',
}

/** What the Undo of an action does, in a sentence; null for an action that never has one. */
export function undoMeaning(action: JournalAction): string | null {
  return meanings[action] ?? null
}
