import { isUtf8 } from 'node:buffer'
import { isJson, type JsonScalar, jsonScalar, members, scalarText } from '../../domain/json-text.ts'
import type { Job } from './handler.ts'

/** A payload as a job, or in words why it is none. */
export function readJob(bytes: Buffer): Job | { readonly unreadable: string } {
  if (!isUtf8(bytes)) return { unreadable: 'is not text' }
  const raw = bytes.toString('utf8')
  if (!isJson(raw)) return { unreadable: 'is not JSON' }
  if (!raw.trimStart().startsWith('{')) return { unreadable: 'is not a JSON object' }
  const fields = textFields(raw)
  return {
    id: fields.id ?? null,
    type: fields.type ?? null,
    to: fields.to ?? fields.to_email ?? fields.mobile ?? null,
    data: textFields(fields.data ?? ''),
    attempts: countOf(fields.attempts),
    raw,
  }
}

/** The members of a JSON object as text; see Job.data. */
function textFields(text: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null)
  for (const { key, valueStart, valueEnd } of members(text)) {
    const raw = text.slice(valueStart, valueEnd)
    const scalar: JsonScalar = raw.startsWith('"') || raw === 'null' ? jsonScalar(raw) : { raw }
    const value = scalarText(scalar)
    if (value === null) delete fields[key]
    else fields[key] = value
  }
  return fields
}

/** Attempts as a count; what is no count (missing, negative, a word) is none. */
function countOf(text: string | undefined): number {
  const count = Number(text ?? 0)
  return Number.isSafeInteger(count) && count >= 0 ? count : 0
}
