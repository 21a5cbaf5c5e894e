import { isUtf8 } from 'node:buffer'
import { randomInt, randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import { isJson, type JsonScalar, readFields, removeFields, scalarText, setField } from '../../domain/json-text.ts'
import { endFields, isState } from './keys.ts'

/** What a run leaves in a message: what Sluice's own workers write, and the names that others have for it. */
const runFields = [...Object.values(endFields), 'error_message', 'last_error', 'started_at', 'result', 'response']

/** The text of bytes that hold a JSON object; null for all else, such as an id whose message is elsewhere. */
function objectText(bytes: Buffer): string | null {
  if (!isUtf8(bytes)) return null
  const text = bytes.toString('utf8')
  return text.trimStart().startsWith('{') && isJson(text) ? text : null
}

/** How often an operator ran a job again that was done already. */
const rerunField = 'rerun_count'

/**
 * The message with which a job that ended runs again: without what its runs left, and `retry_count` back at 0 where there
 * is one. A `status` goes only where it names a state of this layout; any other is the producer's own. Every other byte
 * stays. Null for what is no message: a worker would take it and could not run it.
 */
export function againMessage(bytes: Buffer): Buffer | null {
  const text = objectText(bytes)
  return text === null ? null : Buffer.from(withoutRuns(text))
}

/** The same for a job that was done: it counts in `rerun_count`, so that its next run is another call; see callKey. */
export function onceMoreMessage(bytes: Buffer): Buffer | null {
  const text = objectText(bytes)
  return text === null ? null : Buffer.from(setField(withoutRuns(text), rerunField, String(rerunsOf(text) + 1)))
}

function rerunsOf(text: string): number {
  const count = readFields(text, [rerunField])[rerunField]
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0
}

/**
 * What a server may know a call by, so that it does nothing twice: the job's id for all tries of a job, also when it
 * failed for good and was run again, for it may have been done without our hearing of it. A job that was done and is run
 * again is to be done once more, so it has a key of its own: `job_123#1`.
 */
export function callKey(id: string, message: string): string {
  const reruns = rerunsOf(message)
  return reruns === 0 ? id : `${id}#${reruns}`
}

function withoutRuns(text: string): string {
  const { retry_count: count, status } = readFields(text, ['retry_count', 'status'])
  const ended = typeof status === 'string' && isState(status.toLowerCase()) ? ['status'] : []
  const fresh = removeFields(text, [...runFields, ...ended])
  return count === undefined ? fresh : setField(fresh, 'retry_count', '0')
}

/** The same call as a new job: a new `id`, made now, the same `job_id`; null for what is no message. `now` is epoch ms. */
export function copyMessage(bytes: Buffer, now: number): Buffer | null {
  const text = objectText(bytes)
  if (text === null) return null
  const made = JSON.stringify(new Date(now).toISOString())
  const dates = Object.keys(readFields(text, ['created_at', 'scheduled_at']))
  const copy = setField(removeFields(withoutRuns(text), [rerunField]), 'id', newId(readFields(text, ['id']).id))
  return Buffer.from(dates.reduce((json, name) => setField(json, name, made), copy))
}

/** A new id of the kind that is in use, as raw JSON: a number where it is one, for a worker may read nothing else. */
function newId(old: JsonScalar | undefined): string {
  const number = typeof old === 'number' || (typeof old === 'object' && /^-?\d+$/.test(old?.raw ?? ''))
  return number ? String(randomInt(2 ** 40, 2 ** 48 - 1)) : JSON.stringify(`job_${randomUUID()}`)
}

/** Throws INVALID_INPUT for a text that no worker could make a call of. */
export function requireMessage(text: string): void {
  if (objectText(Buffer.from(text)) === null) throw invalid('The message of an HTTP job is a JSON object.')
  const url = readFields(text, ['api_url']).api_url
  if (typeof url !== 'string' || url === '')
    throw invalid('The message of an HTTP job names what it calls in "api_url".')
}

const invalid = (sentence: string) => new SluiceError('INVALID_INPUT', sentence)

/** What a person wrote, with the fields that a scheduler would have filled in, as far as they are missing. */
export function completedMessage(text: string, now: number): string {
  requireMessage(text)
  const made = JSON.stringify(new Date(now).toISOString())
  const given = readFields(text, ['id', 'retry_count', 'created_at', 'scheduled_at'])
  const filled: [string, string][] = [
    ['id', newId(undefined)],
    ['retry_count', '0'],
    ['created_at', made],
    ['scheduled_at', made],
  ]
  return filled.reduce(
    (json, [name, raw]) => ((scalarText(given[name]) ?? '') === '' ? setField(json, name, raw) : json),
    text,
  )
}

/** What a new message begins as. */
export const template = `{
  "api_url": "https://api.example.com/endpoint",
  "method": "POST",
  "headers": {},
  "body": {},
  "timeout": 90,
  "max_retry_count": 3
}`
