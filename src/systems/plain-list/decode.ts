import type { JobDetail, JobSummary } from '../../domain/job.ts'
import { type JsonScalar, readFields, scalarText, timeOf } from '../../domain/json-text.ts'
import { payloadBadges, previewOf, storedText } from '../../domain/stored-text.ts'

/** An element as a read script returns it: the beginning of its bytes, its whole size and its fingerprint. */
export interface Element {
  readonly index: number
  readonly digest: string
  readonly bytes: Buffer
  readonly whole: number
  /** Due time in ms for an element of the delayed set. */
  readonly score: number | null
}

const names = [
  'id', 'uuid', 'jobId', 'type', 'name', 'job', 'task', 'to', 'attempts', 'attempt', 'error', 'failedAt', 'failed_at',
  'createdAt', 'created_at', 'timestamp', 'queuedAt', 'queued_at', 'enqueued_at',
] // biome-ignore format: a list of names reads best in rows

const first = (fields: Record<string, JsonScalar>, ...keys: string[]) =>
  keys.map((key) => fields[key]).find((value) => value !== undefined)

/** When the job was made, from the names producers use for it; null when it does not say. */
export function birthOf(fields: Record<string, JsonScalar>): number | null {
  return timeOf(first(fields, 'createdAt', 'created_at', 'queuedAt', 'queued_at', 'enqueued_at', 'timestamp'))
}

/** The text of the beginning of a payload, for reading fields; bytes that are no UTF-8 have none. */
function fieldsOf(bytes: Buffer): Record<string, JsonScalar> {
  return readFields(bytes.toString('utf8'), names)
}

/** The time of birth that a payload's beginning tells; null when it does not. */
export function birthOfPayload(bytes: Buffer): number | null {
  return birthOf(fieldsOf(bytes))
}

export function summaryOf(element: Element, state: string): JobSummary {
  const fields = fieldsOf(element.bytes)
  const attempts = first(fields, 'attempts', 'attempt')
  const badges = payloadBadges(element.bytes, element.whole)
  return {
    ref: `${element.score ?? element.index}:${element.digest}`,
    id: scalarText(first(fields, 'id', 'uuid', 'jobId')),
    name: scalarText(first(fields, 'type', 'name', 'job', 'task')),
    state,
    preview: previewOf(element.bytes, element.whole),
    bytes: element.whole,
    createdAt: birthOf(fields),
    at: timeOf(element.score ?? first(fields, 'failedAt', 'failed_at')),
    attempts: typeof attempts === 'number' ? attempts : null,
    maxAttempts: null,
    progress: null,
    error: state === 'dead' ? scalarText(fields.error) : null,
    badges,
  }
}

export function detailOf(element: Element, state: string, key: string): JobDetail {
  const summary = summaryOf(element, state)
  const fields = fieldsOf(element.bytes)
  const to = scalarText(fields.to)
  const times: [number | null, string][] = [
    [summary.createdAt, 'Created'],
    [summary.at, state === 'delayed' ? 'Due' : 'Failed'],
  ]
  return {
    ...summary,
    payload: storedText(element.bytes, element.bytes.length, element.whole),
    fields: [
      ...(to === null ? [] : [{ label: 'To', value: to, mono: false }]),
      { label: 'Key', value: key, mono: true },
      ...(element.score === null && element.index >= 0
        ? [{ label: 'Index', value: String(element.index), mono: true }]
        : []),
      { label: 'Fingerprint', value: element.digest, mono: true },
    ],
    timeline: times.flatMap(([at, label]) => (at === null ? [] : [{ at, label }])),
    failures:
      summary.error === null
        ? []
        : [{ attempt: summary.attempts ?? 1, message: summary.error, stack: scalarText(fields.stack) }],
    logs: [],
    result: null,
    family: null,
  }
}
