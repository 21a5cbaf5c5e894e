import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { HandlerError } from '../../handler.ts'
import { causeOf, retryAfterMs } from '../answer.ts'
import type { LocalApiSettings } from '../settings.ts'

/** What the local API answered, and what an error calls it: scheme, host and path, without a password. */
export interface ApiAnswer {
  readonly status: number
  readonly text: string
  readonly retryAfterMs: number | null
  readonly place: string
}

/** Of an answer so much is taken: it becomes the result of a request. */
const longestAnswer = 4 * 1024 * 1024

/**
 * Posts JSON text to the local API and resolves to whatever it answers. Not by `fetch`, which ends a call whose answer
 * takes longer than five minutes to begin. Throws a HandlerError when nothing was answered (worth another try), when the
 * answer is too long (not worth one), and the signal's reason when it aborts.
 */
export async function postToApi(api: LocalApiSettings, body: string, signal: AbortSignal): Promise<ApiAnswer> {
  const url = addressOf(api.url)
  const place = `${url.protocol}//${url.host}${url.pathname}`
  const late = AbortSignal.timeout(api.timeoutMs)
  try {
    return { ...(await post(url, body, AbortSignal.any([signal, late]))), place }
  } catch (error) {
    if (error instanceof HandlerError) throw error
    if (signal.aborted) throw signal.reason
    const what = late.aborted
      ? `did not answer within ${api.timeoutMs / 1000} s.`
      : `could not be reached: ${causeOf(error)}.`
    throw new HandlerError(`${place} ${what}`, { retryable: true })
  }
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new HandlerError('LOCAL_API_URL is no http address.', { retryable: false })
}

function post(url: URL, body: string, signal: AbortSignal): Promise<Omit<ApiAnswer, 'place'>> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const request = send(url, { method: 'POST', headers, signal }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > longestAnswer) {
          reject(new HandlerError('The service answered with more than 4 MB.', { retryable: false }))
          request.destroy()
        }
      })
      response.once('error', reject)
      response.once('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8').trim(),
          retryAfterMs: retryAfterMs(response.headers['retry-after'] ?? null, Date.now()),
        })
      })
    })
    request.once('error', reject)
    request.end(body)
  })
}
