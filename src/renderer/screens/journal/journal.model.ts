import type { JournalEntry } from '../../../domain/operation.ts'
import { type Environment, environments } from '../../../domain/profile.ts'
import { formatCompact, formatCount, formatRelative } from '../../ui/format.ts'

/** The environment of an entry; null for a word that this version does not know. */
export function environmentOf({ environment }: JournalEntry): Environment | null {
  return environments.find((known) => known === environment) ?? null
}

/** Whether an entry has all words of the filter, in what was done, who did it, where or why; "undo" finds those that can be undone. */
export function matchesJournal(entry: JournalEntry, filter: string): boolean {
  const undoable = entry.undo === true && entry.undoneAt === null ? 'undo' : ''
  const text = [
    entry.summary,
    entry.who,
    entry.reason ?? '',
    entry.profileName,
    entry.environment,
    entry.action,
    undoable,
  ]
    .join(' ')
    .toLocaleLowerCase()
  return filter
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Jobs in the state before and after: "3,214 → 3,211"; null where neither was counted. */
export function countsOf({ before, after }: JournalEntry): { text: string; title: string } | null {
  if (before === null && after === null) return null
  const [from, to] = [before, after].map((count) => (count === null ? '–' : formatCompact(count)))
  const exact = (count: number | null) => (count === null ? 'not counted' : formatCount(count))
  return { text: `${from} → ${to}`, title: `Jobs in the state before: ${exact(before)}, after: ${exact(after)}` }
}

/** How long an Undo will be possible: "6 days left". */
export function expiryWords(expiresAt: number, now: number): string {
  if (expiresAt <= now) return 'no longer kept'
  const words = formatRelative(expiresAt, now)
  return words === 'just now' ? 'a moment left' : `${words.replace(/^in /, '')} left`
}
