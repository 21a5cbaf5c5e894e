import { type CsvValue, csvRow } from '../../domain/csv-cell.ts'
import type { JobSummary } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Redactor } from '../../domain/redaction/redact.ts'
import { storedText } from '../../domain/stored-text.ts'

/** How a payload stands in a file: as text, in base64 where it is none, or not at all. */
export const encodings = ['utf8', 'base64', 'withheld'] as const
export type Encoding = (typeof encodings)[number]

/** A job in a file of exported jobs, in the order of its columns. `payload` is exactly what was stored, but for redaction. */
export interface JobRecord {
  readonly system: string
  readonly prefix: string
  readonly queue: string
  readonly state: string
  readonly id: string | null
  readonly name: string | null
  readonly createdAt: string | null
  readonly at: string | null
  readonly attempts: number | null
  readonly error: string | null
  readonly encoding: Encoding
  readonly payload: string
}

export const columns = [
  'system',
  'prefix',
  'queue',
  'state',
  'id',
  'name',
  'createdAt',
  'at',
  'attempts',
  'error',
  'encoding',
  'payload',
] as const satisfies readonly (keyof JobRecord)[]

/** What a file says of a job. Bytes that are no text cannot be looked into: where there are rules they are withheld. */
export function recordOf(
  queue: QueueRef,
  job: Pick<JobSummary, 'state' | 'id' | 'name' | 'createdAt' | 'at' | 'attempts'>,
  payload: Buffer,
  error: string | null,
  redactor: Redactor | null,
): JobRecord {
  const { text, encoding } = storedText(payload, payload.length)
  const withheld = redactor !== null && encoding !== 'utf8'
  const time = (at: number | null) => (at !== null && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : null)
  return {
    system: queue.system,
    prefix: queue.prefix,
    queue: queue.name,
    state: job.state,
    id: job.id,
    name: job.name,
    createdAt: time(job.createdAt),
    at: time(job.at),
    attempts: job.attempts,
    error: error === null || redactor === null ? error : redactor(error).payload,
    encoding: withheld ? 'withheld' : encoding,
    payload: withheld ? '' : redactor === null ? text : redactor(text).payload,
  }
}

/** A line of NDJSON with its end. */
export function jsonLine(record: JobRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** A line of CSV with its end: no cell can become a formula. */
export function csvLine(record: JobRecord): string {
  return csvRow(columns.map((column): CsvValue => record[column]))
}

export const csvHeader = csvRow(columns)
