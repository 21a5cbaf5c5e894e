import type { OutputLine } from '../../domain/job-record.ts'
import { formatClock } from '../ui/format.ts'

/** Lines that a screen keeps. */
const mostLines = 1_000

/** What is known with what came since, oldest first, no line twice. */
export function joinLines(known: readonly OutputLine[], fresh: readonly OutputLine[]): readonly OutputLine[] {
  const last = known.at(-1)?.seq ?? -1
  const added = fresh.filter(({ seq }) => seq > last)
  return added.length === 0 ? known : [...known, ...added].slice(-mostLines)
}

/** Lines that are missing before a line, because more came than were asked for at a time. */
export function missingBefore(lines: readonly OutputLine[], place: number): number {
  const before = lines[place - 1]
  const line = lines[place]
  return before === undefined || line === undefined ? 0 : line.seq - before.seq - 1
}

/** Lines as text, for the clipboard. */
export function linesText(lines: readonly OutputLine[]): string {
  return lines
    .map(({ at, pid, from, text }) => [formatClock(at), pid ?? '', from, text].filter((part) => part !== '').join(' '))
    .join('\n')
}
