import type { JobSummary } from '../../../domain/job.ts'
import type { Kind } from '../../../domain/queue.ts'
import { formatCount } from '../../ui/format.ts'

/** Jobs asked for at once. */
export const pageSize = 100
/** Pages kept to come back to and to filter: 10,000 rows. Those read first go first. */
export const keptPages = 100

/** Where the pages begin that hold these rows. */
export function offsetsOf(first: number, last: number): number[] {
  const offsets: number[] = []
  for (let offset = pageOf(first); offset <= last; offset += pageSize) offsets.push(offset)
  return offsets
}

/** Where the page begins that holds a row. */
export function pageOf(index: number): number {
  return Math.floor(Math.max(0, index) / pageSize) * pageSize
}

/** How a state differs from what was read of it, in two words; null when it has as many jobs. */
export function newsWords(read: number, now: number): string | null {
  if (now === read) return null
  return now > read ? `${formatCount(now - read)} new` : `${formatCount(read - now)} gone`
}

/** A loaded job and its place in the state. */
export interface Row {
  readonly index: number
  readonly job: JobSummary
}

/** The loaded rows that have all words of a filter in their id, name, error or preview. */
export function filterRows(rows: Iterable<Row>, filter: string): Row[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const found: Row[] = []
  for (const row of rows) {
    const { id, name, error, preview } = row.job
    const text = `${id ?? ''}\n${name ?? ''}\n${error ?? ''}\n${preview}`.toLocaleLowerCase()
    if (words.every((word) => text.includes(word))) found.push(row)
  }
  return found.sort((one, other) => one.index - other.index)
}

/** What the time in a row means in each kind of state. */
export function timeHeading(kind: Kind): { label: string; title: string } {
  switch (kind) {
    case 'waiting':
    case 'paused':
      return { label: 'Added', title: 'When the job was added' }
    case 'delayed':
    case 'retrying':
      return { label: 'Due', title: 'When the job is due' }
    case 'active':
      return { label: 'Started', title: 'When a worker took the job' }
    case 'failed':
      return { label: 'Failed', title: 'When the job failed for good' }
    case 'completed':
      return { label: 'Ended', title: 'When the job was done' }
  }
}

/** The time that a row shows; null when the job carries none. */
export function rowTime(job: JobSummary, kind: Kind): number | null {
  return kind === 'waiting' || kind === 'paused' ? (job.createdAt ?? job.at) : (job.at ?? job.createdAt)
}

/** The order in which a state is listed, for its heading. */
export function orderWords(kind: Kind): string {
  if (kind === 'failed' || kind === 'completed') return 'newest first'
  if (kind === 'delayed' || kind === 'retrying') return 'next due first'
  return kind === 'active' ? 'as Redis has them' : 'next to run first'
}
