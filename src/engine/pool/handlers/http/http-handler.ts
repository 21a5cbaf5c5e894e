import { type Handler, HandlerError } from '../../handler.ts'
import { beginningOf, causeOf, oneLine, retryAfterMs } from '../answer.ts'
import { type HttpCall, httpCall, openHeaders, placeOf } from './http-call.ts'
import { sendCall } from './send-call.ts'

/** Of an answer that says the job is done, so much is read, so that the other side can finish writing. */
const mostRead = 1024 * 1024

/**
 * Calls the URL of an http-jobs message. 2xx is done. 408, 425, 429 and 5xx, no answer in time and no connection may be
 * tried again, after what Retry-After says; every other answer sends the job to the dead letters. Each try carries
 * `Idempotency-Key` (the job's id, unless the job has one of its own) and `X-Attempt` (1 for the first).
 */
export function httpHandler(): Handler {
  return async (job, { signal, attempt, log }) => {
    const call = httpCall(job.raw)
    if (job.id !== null && !call.headers.has('idempotency-key')) {
      call.headers.set('idempotency-key', headerText(job.id))
    }
    call.headers.set('x-attempt', String(attempt))
    try {
      await make(call, signal)
    } catch (error) {
      // Taken away, it says nothing about the other side.
      if (error instanceof HandlerError && !signal.aborted) log(`${call.method} ${error.message}`)
      throw error
    }
  }
}

/** An id as a header may hold it: as it is where it is plain ASCII. */
function headerText(id: string): string {
  return /^[\x21-\x7e]+$/.test(id) ? id : encodeURIComponent(id)
}

async function make(call: HttpCall, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(call.timeoutMs)
  try {
    const response = await sendCall(call, AbortSignal.any([signal, late]))
    if (!response.ok) throw await refusal(call, response)
    await readOn(response).catch(() => {}) // it said that the job is done; what it goes on to say decides nothing
  } catch (error) {
    if (error instanceof HandlerError) throw error
    if (signal.aborted) throw signal.reason
    throw new HandlerError(late.aborted ? tooLate(call) : unreached(call, error), { retryable: true })
  }
}

const tooLate = ({ url, timeoutMs }: HttpCall) => `${placeOf(url)} did not answer within ${timeoutMs / 1000} s.`
const unreached = (call: HttpCall, error: unknown) =>
  `${placeOf(call.url)} could not be reached: ${oneLine(causeOf(error), secretsOf(call))}.`

async function readOn(response: Response): Promise<void> {
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size >= mostRead) break // leaving the loop cancels the rest
  }
}

async function refusal(call: HttpCall, response: Response): Promise<HandlerError> {
  const { status, headers } = response
  const text = await beginningOf(response).catch(() => '') // cut off: the status is answer enough
  const html = headers.get('content-type')?.includes('html') === true
  const words = oneLine(html ? titleOf(text) : text, secretsOf(call))
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500
  return new HandlerError(`${placeOf(call.url)} answered ${status}${words === '' ? '' : `: ${words}`}`, {
    retryable,
    retryAfterMs: retryable ? retryAfterMs(headers.get('retry-after'), Date.now()) : null,
  })
}

/** A page of HTML says in its title what is wrong, and little in its first line. */
function titleOf(html: string): string {
  return /<title[^>]*>([^<]*)/i.exec(html)?.[1] ?? ''
}

/** What must not come back in an error because the other side echoed it. Short values would strike out common words. */
function secretsOf({ url, headers }: HttpCall): string[] {
  const values = [...headers].flatMap(([name, value]) => (openHeaders.has(name) ? [] : [value]))
  const query = [url.search.slice(1), ...url.searchParams.values()]
  return [...query, ...values].filter((value) => value.length >= 6).sort((a, b) => b.length - a.length)
}
