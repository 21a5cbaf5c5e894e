import type { Badge, JobSummary } from '../../../domain/job.ts'
import { isJson, readFields } from '../../../domain/json-text.ts'
import { payloadBadges, previewOf } from '../../../domain/stored-text.ts'
import { dueOf, type Layout } from './layout.ts'
import { refOf } from './refs.ts'
import { numberOf } from './replies.ts'

/** A job's hash as it was read: fields whole or cut at their end. */
export interface StoredJob {
  readonly id: Buffer
  /** `data`, or its beginning; null when the hash has none, or when it was not read because of its size. */
  readonly data: Buffer | null
  /** Mark of the whole of `data`; empty when it was not read, see refs.ts. */
  readonly mark: string
  /** Size of `data` in bytes. */
  readonly size: number
  readonly fields: ReadonlyMap<string, Buffer>
  /** Score in the sorted set of its state; null for lists. */
  readonly score: number | null
  /** Whether a worker holds its lock. */
  readonly locked: boolean
  /** The key of the hash holds something else. */
  readonly wrongType: boolean
}

/** Bytes of a name that are shown, in rows and detail alike. */
const nameBytes = 256
/** A delayed job is late once it is due for longer than workers may sleep. */
const graceMs = 10_000

/** Text of a field, at most `limit` bytes of it; null when it is absent or empty. */
export function textOf(job: StoredJob, name: string, limit = Number.POSITIVE_INFINITY): string | null {
  const bytes = job.fields.get(name)
  if (bytes === undefined || bytes.length === 0) return null
  const text = bytes.subarray(0, limit).toString('utf8')
  return bytes.length >= limit ? text.replace(/\uFFFD$/, '') : text // the cut may split the last character
}

/** Epoch ms of a field; null when it is absent or no time. */
export function timeIn(job: StoredJob, name: string): number | null {
  const at = numberOf(job.fields.get(name))
  return at !== null && at > 0 ? Math.round(at) : null
}

/** Attempts that ended; null when the job says nothing of them. */
export function attemptsOf(layout: Layout, job: StoredJob): number | null {
  const name = layout.attempts.find((each) => job.fields.has(each))
  return name === undefined ? null : numberOf(job.fields.get(name))
}

/** The field whose time tells one stay in a state from the next one; null for delayed jobs, where the score does. */
export function stampField(state: string): 'timestamp' | 'processedOn' | 'finishedOn' | null {
  if (state === 'delayed') return null
  if (state === 'active' || state === 'stalled') return 'processedOn'
  return state === 'failed' || state === 'completed' ? 'finishedOn' : 'timestamp'
}

/** The stamp of a ref: what `stampField` names, in digits; empty where the job has none. */
export function stampOf(job: StoredJob, state: string): string {
  const field = stampField(state)
  if (field === null) return job.score === null ? '' : job.score.toFixed(0)
  const text = textOf(job, field) ?? ''
  return /^\d{1,20}$/.test(text) ? text : ''
}

/** When the job is due, was started or ended; null while it waits. */
export function momentOf(job: StoredJob, state: string): number | null {
  if (state === 'delayed') return job.score === null ? null : dueOf(job.score)
  if (state === 'active' || state === 'stalled') return timeIn(job, 'processedOn')
  if (state === 'orphans') return timeIn(job, 'finishedOn') ?? timeIn(job, 'processedOn')
  if (state === 'failed' || state === 'completed') return timeIn(job, 'finishedOn') ?? job.score
  return null
}

/** Attempts that the job's options allow, one where they do not say; null when they were not read whole. */
function maxAttemptsOf(job: StoredJob): number | null {
  const text = textOf(job, 'opts')
  const { attempts } = readFields(text ?? '', ['attempts'])
  if (typeof attempts === 'number') return Math.max(1, attempts)
  return text !== null && isJson(text) ? 1 : null
}

function badgesOf(job: StoredJob, state: string, now: number): Badge[] {
  const badges: Badge[] = []
  if (job.wrongType) badges.push('wrong-type')
  else if (job.data !== null) badges.push(...payloadBadges(job.data, job.size))
  else if (job.size > 0) badges.push(...payloadBadges(Buffer.alloc(0), job.size))
  else badges.push('no-data')
  if ((state === 'active' || state === 'stalled') && !job.locked) badges.push('stalled')
  if (state === 'orphans') badges.push('orphan')
  const due = momentOf(job, state)
  if (state === 'delayed' && due !== null && due < now - graceMs) badges.push('overdue')
  return badges
}

/** A row of a page. `now` is epoch ms by the server's clock. */
export function summaryOf(layout: Layout, job: StoredJob, state: string, now: number): JobSummary {
  const name = textOf(job, 'name', nameBytes)
  const made = attemptsOf(layout, job)
  const progress = numberOf(job.fields.get('progress'))
  const unread = job.data === null && job.size > 0
  return {
    ref: refOf({ state, stamp: stampOf(job, state), mark: job.mark, id: job.id }),
    id: job.id.toString('utf8'),
    name: name === layout.unnamed ? null : name,
    state,
    preview: unread ? `${job.size} bytes: open the job to read them` : previewOf(job.data ?? Buffer.alloc(0), job.size),
    bytes: job.size,
    createdAt: timeIn(job, 'timestamp'),
    at: momentOf(job, state),
    attempts: made ?? (job.fields.size === 0 ? null : 0),
    maxAttempts: maxAttemptsOf(job),
    progress: progress !== null && progress >= 0 && progress <= 100 ? progress : null,
    error: state === 'completed' ? null : textOf(job, 'failedReason', 1024),
    badges: badgesOf(job, state, now),
  }
}
