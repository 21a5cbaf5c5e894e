import type { Badge, JobDetail, JobSummary } from '../../domain/job.ts'
import { type JsonScalar, members, readFields, scalarText, timeOf } from '../../domain/json-text.ts'
import { payloadBadges, previewOf, storedText } from '../../domain/stored-text.ts'
import { type Element, fieldsOf } from '../elements.ts'
import type { StateId } from './keys.ts'
import { phpProperties } from './php.ts'

const names = [
  'uuid',
  'id',
  'displayName',
  'job',
  'maxTries',
  'maxExceptions',
  'failOnTimeout',
  'backoff',
  'delay',
  'timeout',
  'timeoutAt',
  'retryUntil',
  'attempts',
  'createdAt',
  'pushedAt',
  'type',
  'tags',
  'silenced',
  'retry_of',
  'deleteWhenMissingModels',
]

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
  const fields = fieldsOf(element, names)
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

const duration = (field: JsonScalar | undefined) => {
  const text = scalarText(field)
  return text === null ? null : `${text} s`
}

export function detailOf(element: Element, state: StateId, key: string, now: number): JobDetail {
  const summary = summaryOf(element, state, now)
  const fields = fieldsOf(element, names)
  const data = dataOf(element.bytes)
  const php = data.command === null ? null : phpProperties(data.command)
  const rows: [string, string | null, boolean][] = [
    ['Class', data.commandName ?? php?.className ?? null, true],
    ['Handler', scalarText(fields.job), true],
    ...(php?.properties ?? []).map(({ name, value }): [string, string, boolean] => [`Property ${name}`, value, true]),
    ['Time limit', duration(fields.timeout), false],
    ['Back-off', duration(fields.backoff), false],
    ['Most exceptions', scalarText(fields.maxExceptions), false],
    ['Fails on timeout', fields.failOnTimeout === true ? 'yes' : null, false],
    ['Delay', duration(fields.delay), false],
    ['Batch', data.batchId, true],
    ['Tags', tagsOf(fields.tags), false],
    ['Type', scalarText(fields.type), false],
    ['Silenced', fields.silenced === true ? 'yes' : null, false],
    ['Retry of', scalarText(fields.retry_of), true],
    ['UUID', scalarText(fields.uuid), true],
    ['Id', scalarText(fields.id), true],
    ['Key', key, true],
    ['Command', data.command, true],
  ]
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
  }
}

/** What the payload's `data` says of a class-based job; all null for a string job, whose data may be anything. */
function dataOf(bytes: Buffer): { commandName: string | null; command: string | null; batchId: string | null } {
  const json = bytes.toString('utf8')
  const data = members(json).findLast(({ key }) => key === 'data')
  const raw = data ? json.slice(data.valueStart, data.valueEnd) : cutData(json)
  const { commandName, command, batchId } = readFields(raw, ['commandName', 'command', 'batchId'])
  return {
    commandName: scalarText(commandName),
    command: typeof command === 'string' ? command : null,
    batchId: scalarText(batchId),
  }
}

/** `data` of a payload that was cut off within it. */
function cutData(json: string): string {
  const at = json.search(/"data"\s*:\s*\{/)
  return at < 0 ? '' : json.slice(json.indexOf('{', at))
}

/** Horizon's tags, a list of names. */
function tagsOf(field: JsonScalar | undefined): string | null {
  const raw = scalarText(field)
  if (raw === null || !raw.startsWith('[')) return null
  try {
    const tags: unknown = JSON.parse(raw)
    return Array.isArray(tags) && tags.length > 0 ? tags.map(String).join(', ') : null
  } catch {
    return null // cut off
  }
}
