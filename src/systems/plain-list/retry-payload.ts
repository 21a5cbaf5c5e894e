import { isUtf8 } from 'node:buffer'
import { isJson, members, removeFields } from '../../domain/json-text.ts'

/** What a dead letter has and a job has not. */
const deathFields = ['failedAt', 'failed_at', 'error']

/**
 * The bytes with which a dead letter runs again: without `failedAt` and `error`, and `attempts` back at 0 where there
 * is one. Every other byte stays as stored. What is no JSON object goes back as it is.
 */
export function retryPayload(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) return bytes
  const text = bytes.toString('utf8')
  const all = isJson(text) ? members(text) : []
  if (all.length === 0) return bytes
  const attempts = all.findLast(({ key }) => key === 'attempts')
  const fresh = attempts ? `${text.slice(0, attempts.valueStart)}0${text.slice(attempts.valueEnd)}` : text
  return Buffer.from(removeFields(fresh, deathFields))
}
