import { isUtf8 } from 'node:buffer'
import { isJson, readFields, scalarText, timeOf } from '../../domain/json-text.ts'
import type { TrackedRequest } from '../../domain/request.ts'
import { ttlSeconds } from './keys.ts'
import { isEnded, stateOf } from './status.ts'

export const requestFields = [
  'hash',
  'service_slug',
  'service',
  'status',
  'step',
  'progress',
  'current_message',
  'message',
  'estimated_duration',
  'user_id',
  'requires_otp',
  'started_at',
  'created_at',
  'updated_at',
  'completed_at',
  'failed_at',
  'cancelled_at',
  'expires_at',
  'error_message',
  'error',
]

/** Texts that a screen shows in one line: what is longer is cut. */
const longestText = 500

/**
 * A request from its stored or published bytes. Never throws: what cannot be read is null, and `problem` says why.
 * @param bytes the JSON, or its beginning
 * @param ttlMs what PTTL said; null where unknown (published updates: they were just written with the full TTL)
 * @param now epoch ms
 */
export function parseTrackedRequest(hash: string, bytes: Buffer, ttlMs: number | null, now: number): TrackedRequest {
  const text = bytes.toString('utf8')
  const fields = readFields(text, requestFields)
  const line = (...names: string[]) => {
    const found = names.map((name) => scalarText(fields[name])).find((value) => value !== null)
    return found?.slice(0, longestText) ?? null
  }
  const status = line('status')
  const progress = progressOf(fields.progress)
  const startedAt = timeOf(fields.started_at) ?? timeOf(fields.created_at)
  const expiresAt = ttlMs === null || ttlMs < 0 ? timeOf(fields.expires_at) : now + ttlMs
  const updatedAt = timeOf(fields.updated_at) ?? lastWrite(ttlMs, now)
  const duration = typeof fields.estimated_duration === 'number' ? fields.estimated_duration * 1000 : null
  return {
    hash,
    service: line('service_slug', 'service'),
    status: status ?? 'unknown',
    step: line('step'),
    progress,
    message: line('current_message', 'message'),
    userId: line('user_id'),
    requiresOtp: fields.requires_otp === true || (status !== null && stateOf(status) === 'otp'),
    startedAt,
    updatedAt,
    etaMs: status === null || isEnded(status) ? null : remaining({ duration, progress, startedAt, updatedAt }, now),
    expiresAt,
    error: line('error_message', 'error'),
    problem: problemOf(bytes, text, status),
  }
}

function progressOf(field: unknown): number | null {
  const value = typeof field === 'string' && /^\d+(\.\d+)?%?$/.test(field) ? Number.parseFloat(field) : field
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(100, Math.max(0, value)) : null
}

/** Every write sets the full TTL anew, so what is gone of it is how long ago the last write was. */
function lastWrite(ttlMs: number | null, now: number): number {
  if (ttlMs === null || ttlMs < 0) return now
  return now - Math.max(0, ttlSeconds * 1000 - ttlMs)
}

/**
 * Ms to the end: the request's own estimate times what is left of the progress, less the time since it was written.
 * Without an estimate the pace so far counts; with neither nobody knows. Never below 0: it can only be late.
 */
function remaining(
  request: { duration: number | null; progress: number | null; startedAt: number | null; updatedAt: number },
  now: number,
): number | null {
  const { duration, startedAt, updatedAt } = request
  const progress = request.progress ?? 0
  const left = (100 - progress) / 100
  const since = Math.max(0, now - updatedAt)
  if (duration !== null && duration > 0) return Math.max(0, Math.round(duration * left - since))
  if (progress <= 0 || startedAt === null || updatedAt <= startedAt) return null
  return Math.max(0, Math.round(((updatedAt - startedAt) / progress) * (100 - progress) - since))
}

function problemOf(bytes: Buffer, text: string, status: string | null): string | null {
  if (status !== null) return null
  if (bytes.length === 0) return 'Nothing is stored for this request.'
  if (!isUtf8(bytes)) return 'What is stored for this request is not text.'
  return isJson(text) ? 'This request has no status.' : 'What is stored for this request is not JSON.'
}
