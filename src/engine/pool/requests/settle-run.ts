import { isJson, setField } from '../../../domain/json-text.ts'
import { type Edit, editRequest, set, unasked } from '../../../systems/request-tracker/edit.ts'
import { stateOf } from '../../../systems/request-tracker/status.ts'
import { HandlerError } from '../handler.ts'
import { delayOf, messageOf, type RetryPolicy, wishesOf } from '../lists/verdict.ts'
import type { Claims } from './claims.ts'
import type { RequestRun, RunEnd } from './request-run.ts'

const longestDelayMs = 86_400_000
/** A request may not wait for its next try until it has expired. */
const longestWaitMs = 1_500_000

interface Settling {
  readonly claims: Claims
  readonly policy: RetryPolicy
  readonly run: RequestRun
  readonly end: RunEnd
  readonly log: (line: string) => void
}

/**
 * Writes down how a try of a request ended, and lets go of it: completed with its result, failed with its error, or
 * pending again until its next try. Resolves to what it counts as: null when it counts for nothing, as when it was
 * cancelled, or went to another. A service that ended the request by its own word has the last one.
 */
export async function settleRun({
  claims,
  policy,
  run,
  end,
  log,
}: Settling): Promise<'done' | 'retried' | 'dead' | null> {
  const hash = run.job.id as string // requestJob sets it
  await run.settled()
  if (end.kind === 'aborted') {
    log(`${hash} ended: ${end.ending}`)
    if (end.ending === 'stop') await claims.settle(hash, (text) => back(run.withProgress(text)), 0)
    else if (end.ending !== 'lost') await claims.release(hash)
    return null
  }
  if (end.kind === 'result') {
    const { result } = end
    const raw = result === null ? 'null' : isJson(result) ? result : JSON.stringify(result)
    const settled = await claims.settle(
      hash,
      (text) => editRequest(text, { type: 'complete', result: raw }, Date.now()),
      'drop',
    )
    return counts(settled.kind === 'ended' ? settled.status : settled.kind, 'done')
  }
  const { error } = end
  const attempts = run.job.attempts + 1
  const message = messageOf(error)
  log(`${hash} failed (attempt ${attempts}): ${message}`)
  const { retryable, retryAfterMs } = wishesOf(error)
  const again = retryable && attempts < policy.maxAttempts
  const delayMs = Math.round(Math.min(longestDelayMs, Math.max(0, retryAfterMs ?? delayOf(policy.backoff, attempts))))
  const settled =
    again && delayMs <= longestWaitMs
      ? await claims.settle(hash, (text) => retry(run.withProgress(text), attempts, message), delayMs)
      : await claims.settle(hash, (text) => fail(run.withProgress(text), attempts, message, error), 'drop')
  const usual = again && delayMs <= longestWaitMs ? 'retried' : 'dead'
  return counts(settled.kind === 'ended' ? settled.status : settled.kind, usual)
}

/** What a settlement counts as: as meant when it was done, else by the status with which somebody ended the request. */
function counts(word: string, meant: 'done' | 'retried' | 'dead'): 'done' | 'retried' | 'dead' | null {
  if (word === 'lost' || word === 'gone' || word === 'unreadable') return null
  if (word === 'done' && meant !== 'done') return meant
  const state = word === 'done' ? 'completed' : stateOf(word)
  if (state === 'completed') return 'done'
  return state === 'failed' ? 'dead' : null
}

const back = (text: string): Edit => set(text, Date.now(), { status: '"pending"', requires_otp: unasked(text) })

function retry(text: string, attempts: number, message: string): Edit {
  return set(text, Date.now(), {
    status: '"pending"',
    requires_otp: unasked(text),
    attempts: String(attempts),
    last_error: JSON.stringify(message),
  })
}

function fail(text: string, attempts: number, message: string, error: unknown): Edit {
  const data = error instanceof HandlerError && error.result !== null && isJson(error.result) ? error.result : null
  const failed = editRequest(text, { type: 'fail', error: message, data }, Date.now())
  return 'text' in failed ? { text: setField(failed.text, 'attempts', String(attempts)) } : failed
}
