import type { SearchRun } from '../../state/searches.model.ts'
import { formatCount, formatCounted } from '../../ui/format.ts'

/** What became of a search, or how far it is, in a sentence. */
export function searchWords({ phase, progress, problem }: SearchRun): string {
  if (progress === null) return phase === 'failed' ? `The search failed. ${problem}` : 'Counting the jobs'
  const { matches, scanned } = progress
  const found = formatCounted(matches, 'match', 'matches')
  switch (phase) {
    case 'running':
      return `Searching: ${found} so far`
    case 'done':
      return `${found} in ${formatCounted(scanned, 'job')}`
    case 'stopped':
      return `Stopped at ${found}`
    case 'failed':
      return `Not finished: ${found}`
  }
}

/** What the rows leave out: matches that are not shown, jobs that were not read; null when they are all. */
export function leftOutWords({ phase, progress, found, problem }: SearchRun): string | null {
  if (progress === null) return null
  const { matches, scanned, total } = progress
  const sentences = [
    ...(phase === 'failed' && problem !== null ? [problem] : []),
    ...(matches > found.length
      ? [`The first ${formatCount(found.length)} of ${formatCount(matches)} matches are shown.`]
      : []),
    ...(phase === 'stopped' || phase === 'failed'
      ? [`${formatCounted(Math.max(0, total - scanned), 'job')} ${total - scanned === 1 ? 'was' : 'were'} not read.`]
      : []),
  ]
  return sentences.length === 0 ? null : sentences.join(' ')
}
