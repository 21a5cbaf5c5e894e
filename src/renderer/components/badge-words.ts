import type { Badge as BadgeName } from '../../domain/job.ts'
import type { Tone } from '../ui/badge.tsx'

/** Each badge in one or two words, what it means for the operator, and how bad it is. */
export const badgeWords: Record<BadgeName, { label: string; meaning: string; tone: Tone }> = {
  'invalid-json': {
    label: 'not JSON',
    meaning: 'The payload is not valid JSON: a worker that parses it will fail.',
    tone: 'bad',
  },
  binary: { label: 'binary', meaning: 'The payload is not text. It is shown as bytes.', tone: 'warn' },
  large: {
    label: 'large',
    meaning: 'The payload is larger than 1 MiB: every read of it is slow for Redis and for workers.',
    tone: 'warn',
  },
  'no-data': {
    label: 'no data',
    meaning: 'The queue names this job, but its data is gone: a worker will find nothing.',
    tone: 'bad',
  },
  stalled: {
    label: 'stalled',
    meaning: 'Its worker has not been heard of for too long; it may be dead.',
    tone: 'warn',
  },
  overdue: { label: 'overdue', meaning: 'It was due before now and nobody has taken it.', tone: 'warn' },
  orphan: {
    label: 'orphan',
    meaning: 'No list of the queue names this job: no worker will ever take it.',
    tone: 'warn',
  },
  'wrong-type': { label: 'wrong type', meaning: 'Its key has another type than this queue system uses.', tone: 'bad' },
}
