import { members, readFields, setField } from '../../../domain/json-text.ts'
import type { Job } from '../handler.ts'
import type { Layout } from './layout.ts'

/** What the last try of a job left. */
export interface Tried {
  /** JSON text of the handler; null for nothing. */
  readonly result: string | null
  /** null when nobody knows. */
  readonly tookMs: number | null
}

/** A done job as it is kept: when it was done, and what its try left. All other bytes stay. `now` is epoch ms. */
export function doneEntry(job: Job, completedAt: string, fields: Layout['fields'], now: number, tried: Tried): Buffer {
  const dated = setField(job.raw, completedAt, JSON.stringify(new Date(now).toISOString()))
  return Buffer.from(withTry(dated, tried, fields))
}

/**
 * A payload with the status and the duration of a try, where its layout keeps them. The status is that of the handler's
 * result, `{"status": 200}`, if it is one of HTTP.
 */
export function withTry(text: string, { result, tookMs }: Tried, { status, durationMs }: Layout['fields']): string {
  const answered = write(text, status, statusOf(result))
  return write(answered, durationMs, tookMs === null ? null : Math.round(tookMs))
}

function statusOf(result: string | null): number | null {
  const { status } = readFields(result ?? '', ['status'])
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600 ? status : null
}

/** Nothing is added for what is not known, but what an earlier run wrote must not pass for it. */
function write(text: string, name: string | null, value: number | null): string {
  if (name === null || (value === null && !members(text).some(({ key }) => key === name))) return text
  return setField(text, name, String(value))
}
