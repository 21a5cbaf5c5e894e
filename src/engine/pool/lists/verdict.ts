import { setField } from '../../../domain/json-text.ts'
import type { Backoff } from '../../../domain/pool.ts'
import type { Job } from '../handler.ts'
import type { Layout } from './layout.ts'
import { type Tried, withTry } from './tried.ts'

export interface RetryPolicy {
  /** Where a job does not say itself how many it is worth. */
  readonly maxAttempts: number
  readonly backoff: Backoff
}

export type Verdict =
  | { readonly kind: 'retry'; readonly payload: Buffer; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly entry: Buffer }

const longestDelayMs = 86_400_000
const longestError = 2000
/** By how much of itself an exponential delay is shortened at most. */
const jitter = 0.2

/**
 * What becomes of a job that failed: another try later, with one more in its count of attempts, or a dead letter with
 * attempts, time (ISO), error, and where they are kept status and duration, in the fields of its layout. All other bytes
 * of the payload stay. `now` is epoch ms of this computer; `tookMs` is null when nobody knows.
 */
export function verdictOf(
  job: Job,
  error: unknown,
  policy: RetryPolicy,
  fields: Layout['fields'],
  now: number,
  tookMs: number | null = null,
): Verdict {
  const attempts = job.attempts + 1
  const most = job.maxRetries === null ? policy.maxAttempts : job.maxRetries + 1
  const { retryable, retryAfterMs } = wishesOf(error)
  if (retryable && attempts < most) {
    const delayMs = Math.min(longestDelayMs, Math.max(0, retryAfterMs ?? delayOf(policy.backoff, attempts)))
    const payload = Buffer.from(setField(job.raw, fields.attempts, String(attempts)))
    return { kind: 'retry', payload, delayMs: Math.round(delayMs) }
  }
  const tried = { result: resultOf(error), tookMs }
  return { kind: 'dead', entry: deadEntry(job, messageOf(error), fields, now, tried) }
}

/** A job as a dead letter: one more attempt, when it died and why, and what its last try left. */
export function deadEntry(
  job: Job,
  message: string,
  fields: Layout['fields'],
  now: number,
  tried: Tried = { result: null, tookMs: null },
): Buffer {
  const counted = setField(job.raw, fields.attempts, String(job.attempts + 1))
  const dated = setField(counted, fields.failedAt, JSON.stringify(new Date(now).toISOString()))
  return Buffer.from(withTry(setField(dated, fields.error, JSON.stringify(message)), tried, fields))
}

/** What is known in spite of a failure; see HandlerError. */
function resultOf(error: unknown): string | null {
  const result = typeof error === 'object' && error !== null && 'result' in error ? error.result : null
  return typeof result === 'string' ? result : null
}

/** Ms before the n-th retry, n from 1; see the schema of Backoff. */
export function delayOf(backoff: Backoff, retry: number, random = Math.random): number {
  if (backoff.kind === 'given') return backoff.delaysMs[Math.min(retry, backoff.delaysMs.length) - 1] ?? 0
  const full = Math.min(backoff.longestMs, backoff.firstMs * 2 ** (retry - 1))
  return full * (1 - jitter * random())
}

/** What an error says of trying again: HandlerError's words on any error, since handlers may bring their own. */
export function wishesOf(error: unknown): { retryable: boolean; retryAfterMs: number | null } {
  if (typeof error !== 'object' || error === null) return { retryable: true, retryAfterMs: null }
  const after = 'retryAfterMs' in error ? error.retryAfterMs : null
  return {
    retryable: !('retryable' in error) || error.retryable !== false,
    retryAfterMs: typeof after === 'number' && Number.isFinite(after) ? after : null,
  }
}

/** An error's message, cut to a length that a list can bear. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error)
  return message.length > longestError ? `${message.slice(0, longestError)}…` : message
}
