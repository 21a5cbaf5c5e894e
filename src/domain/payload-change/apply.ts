import { isJson } from '../json-text.ts'
import type { PayloadChange } from '../payload-change.ts'
import { assignerOf } from './assign.ts'
import { Notes } from './notes.ts'
import { patcherOf } from './patch.ts'
import { Refusal } from './refusal.ts'

/** A payload as it becomes, and what is odd about that; or why it cannot be changed so. */
export type Changed = { readonly text: string; readonly notes: string[] } | { readonly problem: string }

/** Changes one payload after the other; never throws. */
export type Changer = (payload: string) => Changed

/** Payloads are no larger than what can be added by hand. */
const mostCharacters = 64 * 1024 * 1024

/**
 * What makes a change; or what is wrong with its text, in a sentence that names the line or the operation. All changes are
 * made in the text of a payload: bytes that are not changed stay as they were, and numbers keep their digits.
 * @param now epoch ms that `now()` gives, for all payloads alike
 */
export function changerOf(change: PayloadChange, now: number = Date.now()): Changer | { problem: string } {
  const made = guarded(() => (change.type === 'patch' ? patcherOf(change.text) : assignerOf(change.text, now)))
  if ('problem' in made) return made
  return (payload) => {
    if (!isJson(payload)) return { problem: 'This payload is not JSON.' }
    const notes = new Notes()
    const changed = guarded(() => made.value(payload, notes))
    if ('problem' in changed) return changed
    if (changed.value.length > mostCharacters) return { problem: 'It would become larger than 64 MB.' }
    return { text: changed.value, notes: notes.all }
  }
}

function guarded<T>(work: () => T): { value: T } | { problem: string } {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.message }
    throw error
  }
}
