import { HandlerError } from '../../handler.ts'
import { addressOf, type HttpCall, moveCredentials, openHeaders, placeOf } from './http-call.ts'

const redirects = new Set([301, 302, 303, 307, 308])
const mostRedirects = 5
/**
 * Sends the call and follows redirects as a browser does, at most five. Never to another scheme: from https it would go
 * on in the clear. Throws a HandlerError that is not worth another try when a redirect cannot be followed; whatever
 * fetch throws otherwise.
 */
export async function sendCall(call: HttpCall, signal: AbortSignal): Promise<Response> {
  let { url, method, headers, body } = call
  for (let followed = 0; ; followed++) {
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal })
    const location = redirects.has(response.status) ? response.headers.get('location') : null
    if (location === null) return response
    await response.body?.cancel()
    const next = addressOf(location, url)
    if (next === null || next.protocol !== url.protocol) {
      const scheme = next === null ? 'what is no http address' : next.protocol.slice(0, -1)
      throw stop(`${placeOf(url)} redirects from ${url.protocol.slice(0, -1)} to ${scheme}, which is not followed.`)
    }
    if (followed === mostRedirects) throw stop(`${placeOf(call.url)} redirects more than ${mostRedirects} times.`)
    headers = next.origin === url.origin ? new Headers(headers) : openOnly(headers)
    moveCredentials(next, headers)
    if (becomesGet(response.status, method)) {
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

const stop = (message: string) => new HandlerError(message, { retryable: false })
