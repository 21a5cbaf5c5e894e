import type { Badge, JobDetail, JobSummary } from '../../domain/job.ts'
import { type JsonScalar, scalarText, timeOf } from '../../domain/json-text.ts'
import { payloadBadges, previewOf, storedText } from '../../domain/stored-text.ts'
import { type Element, fieldsOf } from '../shared/elements/elements.ts'
import { commandOf, payloadFields, payloadRows } from '../shared/laravel-payloads/payload.ts'
import type { StateId } from './keys.ts'

/** A due job is moved when a worker next asks; one that is due for longer than this has no worker that asks. */
const graceMs = 60_000

const count = (field: JsonScalar | undefined) => (typeof field === 'number' ? field : null)

function bornAt(fields: Record<string, JsonScalar>): number | null {
  return timeOf(fields.createdAt) ?? timeOf(fields.pushedAt)
}

/** When a job was pushed: since 12.20, or where Horizon notes it; null before. */
export function birthOf(element: Element): number | null {
  return bornAt(fieldsOf(element, ['createdAt', 'pushedAt']))
}

const scoreMs = (element: Element) => (element.score === null ? null : Math.round(element.score * 1000))

export function summaryOf(element: Element, state: StateId, now: number): JobSummary {
  const fields = payloadFields(element)
  const score = scoreMs(element)
  const badges: Badge[] = payloadBadges(element.bytes, element.size)
  if (score !== null && score < (state === 'delayed' ? now - graceMs : now)) badges.push('overdue')
  return {
    ref: element.ref,
    id: scalarText(fields.uuid) ?? scalarText(fields.id),
    name: scalarText(fields.displayName) ?? scalarText(fields.job),
    state,
    preview: previewOf(element.bytes, element.size),
    bytes: element.size,
    createdAt: bornAt(fields),
    at: state === 'delayed' ? score : null,
    attempts: count(fields.attempts),
    maxAttempts: count(fields.maxTries),
    progress: null,
    error: null,
    badges,
  }
}

export function detailOf(element: Element, state: StateId, key: string, now: number): JobDetail {
  const summary = summaryOf(element, state, now)
  const fields = payloadFields(element)
  const rows = [...payloadRows(element), ['Key', key, true], ['Command', commandOf(element.bytes), true]] as const
  const times: [number | null, string][] = [
    [summary.createdAt, 'Pushed'],
    [scoreMs(element), state === 'delayed' ? 'Due' : 'Handed out again, unless it is done'],
    [timeOf(fields.retryUntil ?? fields.timeoutAt), 'No retry after'],
  ]
  return {
    ...summary,
    payload: storedText(element.bytes, element.bytes.length, element.size),
    fields: rows.flatMap(([label, value, mono]) => (value === null ? [] : [{ label, value, mono }])),
    timeline: times.flatMap(([at, label]) => (at === null ? [] : [{ at, label }])).sort((a, b) => a.at - b.at),
    failures: [],
    logs: [],
    result: null,
    family: null,
  }
}
