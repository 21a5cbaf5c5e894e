import { HandlerError } from '../handler.ts'
import { beginningOf, causeOf, oneLine, retryAfterMs } from './answer.ts'

export interface JsonPost {
  /** What errors call the other side. */
  readonly service: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** Taken out of everything that the other side says, so that it is in no error and no log. */
  readonly secret: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** What the other side says is wrong, from its answer; null when it does not say. */
  readonly detailOf: (answer: unknown) => string | null
}

/**
 * Posts JSON and returns the answer, parsed where it is JSON. Throws a HandlerError otherwise: no answer in time, no
 * connection, 408, 429 and 5xx may be tried again (after what Retry-After says); every other status may not.
 */
export async function postJson(post: JsonPost): Promise<unknown> {
  const { service, timeoutMs } = post
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(post.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...post.headers },
      body: JSON.stringify(post.body),
      // A redirect would carry the key to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.any([post.signal, late]),
    })
    const answer = parsed(await beginningOf(response.body))
    if (response.ok) return answer
    throw refusal(post, response, answer)
  } catch (error) {
    if (error instanceof HandlerError) throw error
    if (post.signal.aborted) throw post.signal.reason
    if (late.aborted) {
      throw new HandlerError(`${service} did not answer within ${timeoutMs / 1000} s.`, { retryable: true })
    }
    throw new HandlerError(`${service} could not be reached: ${causeOf(error)}.`, { retryable: true })
  }
}

function refusal(post: JsonPost, response: Response, answer: unknown): HandlerError {
  const { status } = response
  const detail = post.detailOf(answer)
  const words = detail === null ? '' : `: ${oneLine(detail, [post.secret])}`
  const retryable = status === 408 || status === 429 || status >= 500
  const what = retryable ? 'could not take' : 'refused'
  return new HandlerError(`${post.service} ${what} the message (${status})${words}`, {
    retryable,
    retryAfterMs: retryable ? retryAfterMs(response.headers.get('retry-after'), Date.now()) : null,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
