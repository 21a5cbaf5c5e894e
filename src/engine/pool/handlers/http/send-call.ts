import type { IncomingMessage } from 'node:http'
import { HandlerError } from '../../handler.ts'
import { type Caller, PrivateTargetError } from './caller.ts'
import { addressOf, type HttpCall, moveCredentials, openHeaders, placeOf } from './http-call.ts'

const redirects = new Set([301, 302, 303, 307, 308])
const mostRedirects = 5

/**
 * Sends the call and follows redirects as a browser does, at most five. Never to another scheme: from https it would go
 * on in the clear. Throws a HandlerError that is not worth another try when a redirect cannot be followed or leads, as
 * the call itself may, into a private network that is not allowed; whatever the caller throws otherwise.
 */
export async function sendCall(call: HttpCall, caller: Caller, signal: AbortSignal): Promise<IncomingMessage> {
  let { url, method, headers, body } = call
  for (let followed = 0; ; followed++) {
    const response = await caller({ ...call, url, method, headers, body }, signal).catch((error: unknown) => {
      if (!(error instanceof PrivateTargetError)) throw error
      throw stop(`${placeOf(url)} is in a private network, which this connection does not allow.`)
    })
    const status = response.statusCode ?? 0
    const location = redirects.has(status) ? response.headers.location : undefined
    if (location === undefined) return response
    response.destroy()
    const next = addressOf(location, url)
    if (next === null || next.protocol !== url.protocol) {
      const scheme = next === null ? 'what is no http address' : next.protocol.slice(0, -1)
      const from = url.protocol.slice(0, -1)
      throw stop(`${placeOf(url)} redirects from ${from} to ${scheme}, which is not followed.`, status)
    }
    if (followed === mostRedirects) {
      throw stop(`${placeOf(call.url)} redirects more than ${mostRedirects} times.`, status)
    }
    headers = next.origin === url.origin ? new Headers(headers) : openOnly(headers)
    moveCredentials(next, headers)
    if (becomesGet(status, method)) {
      method = 'GET'
      body = null
      headers.delete('content-type')
    }
    url = next
  }
}

function becomesGet(status: number, method: string): boolean {
  return status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST'
}

/** What may go along to another server: the job's other headers may hold keys that are none of its business. */
function openOnly(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => openHeaders.has(name)))
}

function stop(message: string, status?: number): HandlerError {
  const result = status === undefined ? null : JSON.stringify({ status })
  return new HandlerError(message, { retryable: false, result })
}
