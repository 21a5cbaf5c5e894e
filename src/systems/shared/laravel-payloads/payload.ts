import { type JsonScalar, members, readFields, scalarText } from '../../../domain/json-text.ts'
import { type Element, fieldsOf } from '../elements/elements.ts'
import { phpProperties } from './php.ts'

/** A payload of Laravel's queues as far as it was read: its beginning, and its end where that is not in it. */
export type Payload = Pick<Element, 'bytes' | 'tail'>

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

/** The fields of a payload that say something to a person. */
export function payloadFields(payload: Payload): Record<string, JsonScalar> {
  return fieldsOf(payload, names)
}

type Row = readonly [label: string, value: string | null, mono: boolean]

const duration = (field: JsonScalar | undefined) => {
  const text = scalarText(field)
  return text === null ? null : `${text} s`
}

/** What a payload tells besides its name, in the order in which a person wants it; absent values are null. */
export function payloadRows(payload: Payload): Row[] {
  const fields = payloadFields(payload)
  const data = dataOf(payload.bytes)
  const php = data.command === null ? null : phpProperties(data.command)
  return [
    ['Class', data.commandName ?? php?.className ?? null, true],
    ['Handler', scalarText(fields.job), true],
    ...(php?.properties ?? []).map(({ name, value }): Row => [`Property ${name}`, value, true]),
    ['Time limit', duration(fields.timeout), false],
    ['Back-off', duration(fields.backoff), false],
    ['Most exceptions', scalarText(fields.maxExceptions), false],
    ['Fails on timeout', fields.failOnTimeout === true ? 'yes' : null, false],
    ['Delay', duration(fields.delay), false],
    ['Batch', data.batchId, true],
    ['Tags', tagsOf(fields.tags)?.join(', ') || null, false],
    ['Type', scalarText(fields.type), false],
    ['Silenced', fields.silenced === true ? 'yes' : null, false],
    ['Retry of', scalarText(fields.retry_of), true],
    ['UUID', scalarText(fields.uuid), true],
    ['Id', scalarText(fields.id), true],
  ]
}

/** The serialized command of a payload, as it is stored; null where it has none. */
export function commandOf(bytes: Buffer): string | null {
  return dataOf(bytes).command
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

/** Horizon's tags, a list of names; null where there is none. */
export function tagsOf(field: JsonScalar | undefined): string[] | null {
  const raw = scalarText(field)
  if (raw === null || !raw.startsWith('[')) return null
  try {
    const tags: unknown = JSON.parse(raw)
    return Array.isArray(tags) ? tags.map(String) : null
  } catch {
    return null // cut off
  }
}
