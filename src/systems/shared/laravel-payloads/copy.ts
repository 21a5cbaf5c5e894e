import { isUtf8 } from 'node:buffer'
import { randomInt, randomUUID } from 'node:crypto'
import { SluiceError } from '../../../domain/errors.ts'
import { isJson, members, readFields, removeFields, setField } from '../../../domain/json-text.ts'
import { commandOf } from './payload.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** An id as Laravel makes it: 32 random letters and digits. */
function randomId(): string {
  return Array.from({ length: 32 }, () => letters[randomInt(letters.length)]).join('')
}

const invalid = (sentence: string) => new SluiceError('INVALID_INPUT', sentence)

/**
 * Checks that Laravel's own worker can take the payload. It counts `attempts` up in a script after it took the job from
 * the queue, so that a payload without a number there, or one that is no JSON, is lost at that moment.
 */
export function requireRunnable(text: string): void {
  const { job, attempts } = readJob(text)
  if (typeof job !== 'string' || job === '') throw invalid('A Laravel payload names its handler in "job".')
  if (typeof attempts !== 'number') {
    throw invalid(
      'A Laravel payload counts its attempts in "attempts"; without that number a worker would lose the job.',
    )
  }
}

function readJob(text: string) {
  if (!isJson(text) || !text.trimStart().startsWith('{')) throw invalid('A Laravel payload is a JSON object.')
  return readFields(text, ['job', 'attempts', 'uuid', 'id', 'createdAt', 'pushedAt', 'retryUntil', 'timeoutAt'])
}

/**
 * The payload to push for what a person wrote. A class-based job (`data.command` holds its serialized object) can only be
 * a copy of an existing one, and becomes a new job. A string job, `{"job":"Class@method","data":...}`, gets
 * what Laravel would have given it, as far as it is missing. Works on the text, so that every number stays as it
 * was typed. Throws INVALID_INPUT for what no worker could run.
 */
export function completed(text: string, now: number): string {
  const { job, attempts } = readJob(text)
  if (typeof job !== 'string' || job === '') throw invalid('A Laravel payload names its handler in "job".')
  if (commandOf(Buffer.from(text)) !== null) return renewed(text, now)
  if (job.startsWith('Illuminate\\Queue\\CallQueuedHandler')) {
    throw invalid('This handler needs the serialized job in "data.command": copy the payload of an existing job.')
  }
  if (attempts !== undefined && typeof attempts !== 'number') throw invalid('"attempts" is a number.')
  const missing: [string, () => string][] = [
    ['uuid', () => JSON.stringify(randomUUID())],
    ['displayName', () => JSON.stringify(job.split('@')[0])],
    ['maxTries', () => 'null'],
    ['maxExceptions', () => 'null'],
    ['failOnTimeout', () => 'false'],
    ['backoff', () => 'null'],
    ['timeout', () => 'null'],
    ['data', () => '[]'],
    ['id', () => JSON.stringify(randomId())],
    ['attempts', () => '0'],
  ]
  const present = new Set(members(text).map(({ key }) => key))
  return missing.reduce((json, [name, raw]) => (present.has(name) ? json : setField(json, name, raw())), text)
}

/**
 * The same job as a new one: new uuid and id, no attempts yet, pushed now. Where it may only be retried for a time, it
 * gets as long again. Every other byte stays. Throws INVALID_INPUT for what no worker could run.
 * @param now epoch ms
 * @param retry the id that the job gets and the job that it retries, where Horizon is to know it as a retry
 */
export function renewed(text: string, now: number, retry: { id: string; of: string } | null = null): string {
  const fields = readJob(text)
  if (typeof fields.job !== 'string' || fields.job === '')
    throw invalid('A Laravel payload names its handler in "job".')
  const uuid = retry?.id ?? randomUUID()
  // Horizon gives a job one id for both.
  const id = retry !== null || (fields.id !== undefined && fields.id === fields.uuid) ? uuid : randomId()
  const until = fields.retryUntil ?? fields.timeoutAt
  const born = Number(fields.pushedAt ?? fields.createdAt ?? Number.NaN)
  const changes: [string, string | null][] = [
    ['uuid', JSON.stringify(uuid)],
    ['id', JSON.stringify(id)],
    ['attempts', '0'],
    ['createdAt', retry !== null || fields.createdAt === undefined ? null : String(Math.floor(now / 1000))],
    ['pushedAt', retry !== null || fields.pushedAt !== undefined ? JSON.stringify((now / 1000).toFixed(4)) : null],
    ['retry_of', retry === null ? null : JSON.stringify(retry.of)],
    ['retryUntil', typeof until === 'number' && born > 0 ? String(Math.ceil(now / 1000 + until - born)) : null],
  ]
  return changes.reduce(
    (json, [name, raw]) => (raw === null ? json : setField(json, name, raw)),
    retry === null ? removeFields(text, ['retry_of']) : text,
  )
}

/** `renewed` for bytes that were read; null for what is no Laravel payload. */
export function renewedBytes(
  bytes: Buffer,
  now: number,
  retry: { id: string; of: string } | null = null,
): Buffer | null {
  if (!isUtf8(bytes)) return null
  try {
    return Buffer.from(renewed(bytes.toString('utf8'), now, retry))
  } catch (error) {
    if (error instanceof SluiceError) return null
    throw error
  }
}
