import { isJson, readFields, scalarText, setField } from '../../../../domain/json-text.ts'
import { rawMember } from '../../../../systems/request-tracker/edit.ts'
import { stateOf } from '../../../../systems/request-tracker/status.ts'
import { type Handler, HandlerError, type Job } from '../../handler.ts'
import { oneLine } from '../answer.ts'
import type { LocalApiSettings } from '../settings.ts'
import { type ApiAnswer, postToApi } from './post-to-api.ts'

/**
 * Does a tracked request by the local API: posts its request_data with `requestHash` and `service`, and resolves to the
 * whole answer once that says `status: success`. `otp_required` asks the person for a code, and posts again with `otp`,
 * or with `resendOtp: true` when they want another; `error` fails with its `message` and is not tried again, unless it
 * says `retryable: true`. No answer in time, no connection, 408, 429 and 5xx may be tried again. A cancelled request ends
 * the call.
 */
export function requestHandler(api: LocalApiSettings): Handler {
  return async (job, context) => {
    let more: Readonly<Record<string, string>> = {}
    for (;;) {
      const answer = await postToApi(api, bodyOf(job, more), context.signal)
      const { otp = '' } = more
      if (demandOutcome(answer, [otp.slice(1, -1)]) === 'completed') return answer.text
      if (context.requireOtp === undefined) {
        throw new HandlerError('The service asks for a one-time code, and nobody can be asked for it here.', {
          retryable: false,
        })
      }
      context.log(`${job.id ?? 'a request'} waits for a one-time code`)
      const reply = await context.requireOtp(otpDataOf(answer.text))
      more = reply.kind === 'code' ? { otp: JSON.stringify(reply.otp) } : { resendOtp: 'true' }
    }
  }
}

/** The data as stored, byte for byte, and what belongs to this call. */
function bodyOf(job: Job, more: Readonly<Record<string, string>>): string {
  const data = job.body.startsWith('{') ? job.body : '{}'
  const hashed = setField(data, 'requestHash', JSON.stringify(job.id))
  const named =
    'service' in readFields(hashed, ['service']) ? hashed : setField(hashed, 'service', JSON.stringify(job.type))
  return Object.entries(more).reduce((text, [name, raw]) => setField(text, name, raw), named)
}

/** Whether the service is done, or wants a code; throws a HandlerError for everything else that it may have said. */
function demandOutcome(
  { status, text, place, retryAfterMs }: ApiAnswer,
  secrets: readonly string[],
): 'completed' | 'otp' {
  const fields = readFields(text, ['status', 'message', 'error', 'error_message', 'retryable'])
  const outcome = isJson(text) ? stateOf(scalarText(fields.status) ?? '') : 'other'
  const isOk = status >= 200 && status < 300
  if (isOk && (outcome === 'completed' || outcome === 'otp')) return outcome
  const words = [fields.message, fields.error_message, fields.error].map(scalarText).find((word) => word !== null)
  const said = words === undefined || words === null ? null : oneLine(words, secrets)
  if (isOk && outcome !== 'failed') {
    const what = isJson(text) ? 'an answer without a status that it knows' : 'what is no JSON'
    throw new HandlerError(`${place} gave ${what}.`, { retryable: false, kind: 'result' })
  }
  const comesBack = status === 408 || status === 429 || status >= 500
  throw new HandlerError(said ?? `${place} answered ${isOk ? 'with an error' : status}.`, {
    retryable: fields.retryable === true || (comesBack && fields.retryable !== false),
    retryAfterMs,
    result: isJson(text) ? text : null,
  })
}

/** What the page shall show of the code: an object that the service names for it, else nothing. */
function otpDataOf(answer: string): string {
  const named = ['otp_data', 'data'].map((name) => rawMember(answer, name))
  return named.find((raw) => raw?.startsWith('{')) ?? '{}'
}
