import { isUtf8 } from 'node:buffer'
import { isJson, type JsonScalar, jsonScalar, members, scalarText } from '../../../domain/json-text.ts'
import type { Job } from '../handler.ts'
import type { Layout } from './layout.ts'
import type { Payload } from './payload.ts'

/** A payload as a job, or in words why it is none. Fields are read when they are asked for. */
export function readJob(payload: Payload, fields: Layout['fields']): Job | { readonly unreadable: string } {
  const raw = payload.text
  // The sign may stand there as itself; where it does not, the bytes need no second look.
  if (raw.includes('\ufffd') && !isUtf8(payload.raw)) return { unreadable: 'is not text' }
  if (!isJson(raw)) return { unreadable: 'is not JSON' }
  if (!/^\s*\{/.test(raw)) return { unreadable: 'is not a JSON object' }
  return new StoredJob(raw, fields)
}

class StoredJob implements Job {
  #read: Readonly<Record<string, string>> | null = null

  constructor(
    readonly raw: string,
    private readonly names: Layout['fields'],
  ) {}

  get id(): string | null {
    return this.#fields.id ?? null
  }

  get type(): string | null {
    return this.#fields.type ?? null
  }

  get to(): string | null {
    const { to, to_email, mobile } = this.#fields
    return to ?? to_email ?? mobile ?? null
  }

  get data(): Readonly<Record<string, string>> {
    return textFields(this.#fields.data ?? '')
  }

  get body(): string {
    const member = members(this.raw).findLast(({ key }) => key === 'data')
    return member === undefined ? this.raw : this.raw.slice(member.valueStart, member.valueEnd)
  }

  get attempts(): number {
    return countOf(this.#fields[this.names.attempts]) ?? 0
  }

  get maxRetries(): number | null {
    return this.names.maxRetries === null ? null : countOf(this.#fields[this.names.maxRetries])
  }

  get #fields(): Readonly<Record<string, string>> {
    this.#read ??= textFields(this.raw)
    return this.#read
  }
}

/** The members of a JSON object as text; see Job.data. */
export function textFields(text: string): Record<string, string> {
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

/** A count; null for what is none (missing, negative, a word). */
function countOf(text: string | undefined): number | null {
  const count = Number(text ?? Number.NaN)
  return Number.isSafeInteger(count) && count >= 0 ? count : null
}
