import type { Badge, JobDetail, JobSummary } from '../../domain/job.ts'
import { type JsonScalar, members, scalarText, timeOf } from '../../domain/json-text.ts'
import { payloadBadges, previewOf, storedText } from '../../domain/stored-text.ts'
import { type Element, fieldsOf } from '../shared/elements/elements.ts'
import type { StateId } from './keys.ts'

const names = [
  'id',
  'job_id',
  'api_url',
  'max_retry_count',
  'retry_count',
  'created_at',
  'scheduled_at',
  'started_at',
  'failed_at',
  'completed_at',
  'timeout',
  'status_code',
  'duration_ms',
  'error',
  'error_message',
  'last_error',
]

/** Go writes a time that was never set as the year 1. */
export function time(field: JsonScalar | undefined): number | null {
  const at = timeOf(field)
  return at !== null && at > 0 ? at : null
}

const count = (field: JsonScalar | undefined) => (typeof field === 'number' ? field : null)

/** Some workers keep only the job's id in a list or set, and the message elsewhere. */
function bareId({ bytes, size }: Element): string | null {
  const whole = bytes.toString('utf8')
  return size <= 200 && /^[\w.:-]+$/.test(whole) ? whole : null
}

/** Host and path of the URL that a job calls: what a person knows it by. The query may hold secrets and stays out. */
function target(url: string | null): string | null {
  if (url === null) return null
  const parsed = URL.canParse(url) ? new URL(url) : null
  return parsed === null || parsed.host === '' ? url : parsed.host + parsed.pathname
}

/** Epoch ms of a score; schedulers write seconds or ms. */
export const due = (score: number | null) => (score === null ? null : time(score))

/** When a job was made, for the age of the oldest. */
export function birthOf(element: Element): number | null {
  return time(fieldsOf(element, ['created_at']).created_at)
}

export function summaryOf(element: Element, state: StateId, now: number): JobSummary {
  const fields = fieldsOf(element, names)
  const id = bareId(element)
  const started = time(fields.started_at)
  const timeout = count(fields.timeout)
  const at = {
    ready: null,
    delayed: due(element.score),
    processing: started,
    failed: time(fields.failed_at),
    completed: time(fields.completed_at),
  }[state]
  const badges: Badge[] = id === null ? payloadBadges(element.bytes, element.size) : ['no-data']
  if (state === 'delayed' && at !== null && at < now) badges.push('overdue')
  if (state === 'processing' && started !== null && timeout !== null && started + timeout * 1000 < now) {
    badges.push('stalled')
  }
  return {
    ref: element.ref,
    id: id ?? scalarText(fields.id),
    name: target(scalarText(fields.api_url)),
    state,
    preview: previewOf(element.bytes, element.size),
    bytes: element.size,
    createdAt: time(fields.created_at),
    at,
    attempts: count(fields.retry_count),
    maxAttempts: count(fields.max_retry_count),
    progress: null,
    error: scalarText(fields.error ?? fields.error_message ?? fields.last_error),
    badges,
  }
}

export function detailOf(element: Element, state: StateId, key: string, now: number): JobDetail {
  const summary = summaryOf(element, state, now)
  const fields = fieldsOf(element, names)
  const timeout = scalarText(fields.timeout)
  const took = scalarText(fields.duration_ms)
  const rows: [string, string | null, boolean][] = [
    ['URL', scalarText(fields.api_url), true],
    ['Job record', scalarText(fields.job_id), true],
    ['Time limit', timeout === null ? null : `${timeout} s`, false],
    ['Answered', scalarText(fields.status_code), false],
    ['Took', took === null ? null : `${took} ms`, false],
    ['Key', key, true],
  ]
  const times: [JsonScalar | undefined, string][] = [
    [fields.created_at, 'Created'],
    [fields.scheduled_at, 'Scheduled for'],
    [element.score ?? undefined, 'Due'],
    [fields.started_at, 'Started'],
    [fields.failed_at, 'Failed'],
    [fields.completed_at, 'Completed'],
  ]
  return {
    ...summary,
    payload: storedText(element.bytes, element.bytes.length, element.size),
    fields: rows.flatMap(([label, value, mono]) => (value === null ? [] : [{ label, value, mono }])),
    timeline: times
      .flatMap(([field, label]) => {
        const at = time(field)
        return at === null ? [] : [{ at, label }]
      })
      .sort((a, b) => a.at - b.at),
    failures:
      summary.error === null ? [] : [{ attempt: (summary.attempts ?? 0) + 1, message: summary.error, stack: null }],
    logs: [],
    result: resultOf(element.bytes),
    family: null,
  }
}

/** What the call answered, where the worker keeps it in the message. */
function resultOf(bytes: Buffer): JobDetail['result'] {
  const json = bytes.toString('utf8')
  const found = members(json).findLast(({ key }) => key === 'result' || key === 'response')
  return found ? storedText(Buffer.from(json.slice(found.valueStart, found.valueEnd))) : null
}
