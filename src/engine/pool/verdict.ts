import { setField } from '../../domain/json-text.ts'
import type { Job } from './handler.ts'

export interface RetryPolicy {
  readonly maxAttempts: number
  /** Delay before the first retry in ms; before the n-th, n times as long. */
  readonly retryDelayMs: number
}

export type Verdict =
  | { readonly kind: 'retry'; readonly payload: Buffer; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly entry: Buffer }

const longestDelayMs = 86_400_000
const longestError = 2000

/**
 * What becomes of a job that failed: another try later, with one more in `attempts`, or a dead letter with `attempts`,
 * `failedAt` (ISO) and `error` besides. All other bytes of the payload stay. `now` is epoch ms of this computer.
 */
export function verdictOf(job: Job, error: unknown, policy: RetryPolicy, now: number): Verdict {
  const attempts = job.attempts + 1
  const counted = setField(job.raw, 'attempts', String(attempts))
  const { retryable, retryAfterMs } = wishesOf(error)
  if (retryable && attempts < policy.maxAttempts) {
    const delayMs = Math.min(longestDelayMs, Math.max(0, retryAfterMs ?? policy.retryDelayMs * attempts))
    return { kind: 'retry', payload: Buffer.from(counted), delayMs: Math.round(delayMs) }
  }
  const dated = setField(counted, 'failedAt', JSON.stringify(new Date(now).toISOString()))
  return { kind: 'dead', entry: Buffer.from(setField(dated, 'error', JSON.stringify(messageOf(error)))) }
}

/** What an error says of trying again: HandlerError's words on any error, since handlers may bring their own. */
function wishesOf(error: unknown): { retryable: boolean; retryAfterMs: number | null } {
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
