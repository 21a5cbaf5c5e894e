import type { IncomingMessage } from 'node:http'
import { callKey } from '../../../../systems/http-jobs/message.ts'
import { type Handler, HandlerError } from '../../handler.ts'
import { beginningOf, causeOf, oneLine, retryAfterMs } from '../answer.ts'
import { type Caller, createCaller, type Resolve } from './caller.ts'
import { type HttpCall, httpCall, openHeaders, placeOf } from './http-call.ts'
import { sendCall } from './send-call.ts'

/** Of an answer that says the job is done, so much is read, so that the other side can finish writing. */
const mostRead = 1024 * 1024

export interface HttpHandlerOptions {
  /** Whether calls may go to private networks and to this computer; asked for each call. */
  readonly privateTargets: () => boolean
  /** In place of the computer's own way to find the addresses of a name. */
  readonly resolve?: Resolve
}

/**
 * Calls the URL of an http-jobs message. 2xx is done: {"status", "ms"} is its result. 408, 425, 429 and 5xx, no answer in
 * time and no connection may be tried again, after what Retry-After says; every other answer, and an address that must
 * not be called, sends the job to the dead letters. Each try carries `Idempotency-Key` (see callKey, unless the job has
 * one of its own) and `X-Attempt` (1 for the first).
 */
export function httpHandler({ privateTargets, resolve }: HttpHandlerOptions): Handler {
  // Apart, so that no call that may not goes over a connection of one that may.
  const anywhere = createCaller(true, resolve)
  const outside = createCaller(false, resolve)
  return async (job, context) => {
    const { signal, attempt } = context
    const call = httpCall(job.raw)
    if (job.id !== null && !call.headers.has('idempotency-key')) {
      call.headers.set('idempotency-key', headerText(callKey(job.id, job.raw)))
    }
    call.headers.set('x-attempt', String(attempt))
    try {
      return await make(call, privateTargets() ? anywhere : outside, signal)
    } catch (error) {
      // Taken away, it says nothing about the other side.
      if (error instanceof HandlerError && !signal.aborted) context.log(`${call.method} ${error.message}`)
      throw error
    }
  }
}

/** An id as a header may hold it: as it is where it is plain ASCII. */
function headerText(id: string): string {
  return /^[\x21-\x7e]+$/.test(id) ? id : encodeURIComponent(id)
}

async function make(call: HttpCall, caller: Caller, signal: AbortSignal): Promise<string> {
  const begun = performance.now()
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), call.timeoutMs)
  try {
    const response = await sendCall(call, caller, AbortSignal.any([signal, late.signal]))
    const { statusCode: status = 0 } = response
    const result = JSON.stringify({ status, ms: Math.round(performance.now() - begun) })
    if (status < 200 || status > 299) throw await refusal(call, response, result)
    await readOn(response).catch(() => {}) // it said that the job is done; what it goes on to say decides nothing
    return result
  } catch (error) {
    if (error instanceof HandlerError) throw error
    if (signal.aborted) throw signal.reason
    throw new HandlerError(late.signal.aborted ? tooLate(call) : unreached(call, error), {
      retryable: true,
      kind: late.signal.aborted ? 'time' : 'threw',
    })
  } finally {
    clearTimeout(timer)
  }
}

const tooLate = ({ url, timeoutMs }: HttpCall) => `${placeOf(url)} did not answer within ${timeoutMs / 1000} s.`
const unreached = (call: HttpCall, error: unknown) =>
  `${placeOf(call.url)} could not be reached: ${oneLine(causeOf(error), secretsOf(call))}.`

async function readOn(response: IncomingMessage): Promise<void> {
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size >= mostRead) break // leaving the loop cancels the rest
  }
}

async function refusal(call: HttpCall, response: IncomingMessage, result: string): Promise<HandlerError> {
  const { statusCode: status = 0, headers } = response
  const text = await beginningOf(response).catch(() => '') // cut off: the status is answer enough
  const packed = (headers['content-encoding'] ?? 'identity') !== 'identity'
  const html = headers['content-type']?.includes('html') === true
  const words = packed ? '' : oneLine(html ? titleOf(text) : text, secretsOf(call))
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500
  return new HandlerError(`${placeOf(call.url)} answered ${status}${words === '' ? '' : `: ${words}`}`, {
    retryable,
    retryAfterMs: retryable ? retryAfterMs(headers['retry-after'] ?? null, Date.now()) : null,
    result,
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
