import { isUtf8 } from 'node:buffer'
import { textOfCsvCell } from '../../domain/csv-cell.ts'
import type { NewJob } from '../../domain/job.ts'
import { isJson, jsonScalar, members } from '../../domain/json-text.ts'
import { systemIds } from '../../domain/queue.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { freshPayload } from './fresh-payload.ts'
import { cellsOf, type RowFormat } from './rows.ts'

/** A job that a row holds, why it cannot be added, or nothing: an empty line. */
export type InRow = { readonly job: NewJob } | { readonly problem: string } | null

/** A payload is added as a person would add it, and no larger. */
const mostBytes = 64 * 1024 * 1024

/** Reads rows of one file. */
export type RowReader = (bytes: Buffer) => InRow

/**
 * What reads the rows of a file for a system. A line of NDJSON is a job of our own export, or else a payload, exactly as
 * it stands there. Of CSV the first row names the columns: those of our own export, or any with a `payload`. What an
 * export says of another system is refused; a failed job comes back as a new one.
 * @param header the first row of a CSV
 * @param now epoch ms
 */
export function rowReaderOf(
  system: QueueSystem,
  format: RowFormat,
  header: Buffer | null,
  now: number,
): RowReader | { problem: string } {
  const jobOf = (fields: ReadonlyMap<string, string>) => exported(system, fields, now)
  if (format === 'ndjson') return (bytes) => readable(bytes, (line) => lineJob(line, jobOf))
  const names =
    header === null ? [] : cellsOf(header.toString('utf8').replace(/^\ufeff/, '')).map((name) => name.trim())
  if (!names.includes('payload')) return { problem: 'The first row names the columns, and one of them is payload.' }
  return (bytes) =>
    readable(bytes, (row) => {
      if (row.trim() === '') return null
      const cells = cellsOf(row)
      if (cells.length !== names.length) return { problem: `It has ${cells.length} cells, and not ${names.length}.` }
      const fields = new Map(names.map((name, i) => [name, textOfCsvCell(cells[i] as string)]))
      return jobOf(fields)
    })
}

function readable(bytes: Buffer, read: (text: string) => InRow): InRow {
  if (bytes.length > mostBytes) return { problem: 'It is larger than 64 MB.' }
  if (!isUtf8(bytes)) return { problem: 'It is not text in UTF-8.' }
  return read(bytes.toString('utf8'))
}

function lineJob(line: string, jobOf: (fields: ReadonlyMap<string, string>) => InRow): InRow {
  const text = line.replace(/^\ufeff/, '').trim()
  if (text === '') return null
  if (!isJson(text)) return { problem: 'It is not JSON.' }
  const fields = new Map<string, string>()
  for (const { key, valueStart, valueEnd } of members(text)) {
    const value = jsonScalar(text.slice(valueStart, valueEnd))
    if (typeof value === 'string') fields.set(key, value)
  }
  const ours = ['system', 'queue', 'state', 'encoding', 'payload'].every((name) => fields.has(name))
  return ours ? jobOf(fields) : { job: { payload: text, name: null, options: null } }
}

function exported(system: QueueSystem, fields: ReadonlyMap<string, string>, now: number): InRow {
  const payload = fields.get('payload') ?? ''
  const from = fields.get('system')
  const encoding = fields.get('encoding')
  if (encoding === 'base64') return { problem: 'Its payload is not text, and would not stay as it is.' }
  if (encoding === 'withheld') return { problem: 'Its payload was left out of the file.' }
  if (payload === '') return { problem: 'It has no payload.' }
  const known = systemIds.find((id) => id === from)
  if (known !== undefined && known !== system.id && !(known === 'horizon' && system.id === 'laravel')) {
    return { problem: `It is a job of another queue system (${known}).` }
  }
  const fresh = known === undefined ? payload : freshPayload(known, fields.get('state') ?? '', payload, now)
  if (fresh === null) return { problem: 'It is nothing that a worker could run.' }
  const name = fields.get('name') ?? ''
  return { job: { payload: fresh, name: system.adds?.name === true && name !== '' ? name : null, options: null } }
}
