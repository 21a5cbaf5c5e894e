import { isUtf8 } from 'node:buffer'
import { isJson, members, removeFields, setField } from '../../domain/json-text.ts'

/** What a dead letter has and a job has not. */
const deathFields = ['failedAt', 'failed_at', 'error']

/**
 * The bytes with which a dead letter runs again: without `failedAt` and `error`, and `attempts` back at 0 where there
 * is one. Every other byte stays as stored. What is no JSON object goes back as it is.
 */
export function retryPayload(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) return bytes
  const text = bytes.toString('utf8')
  if (!isJson(text) || members(text).length === 0) return bytes
  const alive = removeFields(text, deathFields)
  const counted = members(alive).some(({ key }) => key === 'attempts')
  return Buffer.from(counted ? setField(alive, 'attempts', '0') : alive)
}
