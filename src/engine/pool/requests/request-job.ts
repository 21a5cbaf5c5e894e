import { readFields, scalarText } from '../../../domain/json-text.ts'
import { rawMember } from '../../../systems/request-tracker/edit.ts'
import type { Job } from '../handler.ts'
import { textFields } from '../lists/read-job.ts'

/** A stored request as the job of a handler: its id is the hash, its type the service, its data `request_data`. */
export function requestJob(hash: string, raw: string): Job {
  const body = rawMember(raw, 'request_data') ?? '{}'
  const { service_slug, service } = readFields(raw, ['service_slug', 'service'])
  const data = textFields(body)
  return {
    id: hash,
    type: scalarText(service_slug) ?? scalarText(service),
    to: data.mobile ?? null,
    data,
    body,
    attempts: countIn(raw, 'attempts'),
    maxRetries: null,
    raw,
  }
}

/** A count that a request holds; 0 where it holds none. */
export function countIn(text: string, name: string): number {
  const count = readFields(text, [name])[name]
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0
}
