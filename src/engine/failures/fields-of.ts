import type { PathStep } from '../../domain/job-filter/parse.ts'
import { pathText } from '../../domain/job-filter/print.ts'
import { elements, jsonScalar, members, scalarText } from '../../domain/json-text.ts'

/** A value of a field, by its path as a filter names it. */
export interface Field {
  readonly path: readonly PathStep[]
  readonly value: string
  /** The value is text, not a number, true, false or null. */
  readonly isText: boolean
}

const deepest = 6
const mostFields = 200
const mostElements = 20
const longestValue = 120
const longestPayload = 64 * 1024

/** What workers write into a job because it failed: every failed job has it, and it is no cause. */
const ofFailing = new Set(
  [
    'error',
    'failedAt',
    'failed_at',
    'failedReason',
    'attempts',
    'attempt',
    'stack',
    'stacktrace',
    'exception',
    'retries',
  ].concat([
    'retryCount',
    'retry_count',
    'lastError',
    'last_error',
    'error_message',
    'startedAt',
    'started_at',
    'status',
  ]),
)

/**
 * The short values of a payload, by path; the elements of a list are all at `[]`. Each value of a path once. At most 200,
 * six deep, of the first 64 KB; what tells that the job failed is left out. Key by the text of path and value.
 */
export function fieldsOf(payload: Buffer): Map<string, Field> {
  const found = new Map<string, Field>()
  const look = (raw: string, path: readonly PathStep[]) => {
    if (found.size >= mostFields || path.length > deepest) return
    if (raw.startsWith('{')) {
      for (const { key, valueStart, valueEnd } of members(raw)) {
        if (path.length > 0 || !ofFailing.has(key)) look(raw.slice(valueStart, valueEnd), [...path, key])
      }
    } else if (raw.startsWith('[')) {
      for (const element of elements(raw).slice(0, mostElements)) look(element, [...path, null])
    } else if (path.length > 0 && raw.length <= longestValue) {
      const value = scalarText(jsonScalar(raw)) ?? 'null'
      const field = { path, value, isText: raw.startsWith('"') }
      found.set(`${pathText(path)} ${raw}`, field)
    }
  }
  look(payload.toString('utf8', 0, longestPayload).trimStart(), [])
  return found
}
