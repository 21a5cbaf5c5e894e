import { validateHeaderValue } from 'node:http'
import { isJson, members, readFields, scalarText } from '../../../../domain/json-text.ts'
import { HandlerError } from '../../handler.ts'

/** The call that a job asks for. */
export interface HttpCall {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | null
  readonly timeoutMs: number
}

const defaultTimeoutS = 90
/** No call is waited for longer, whatever its job says: whoever limits the time of a job has to allow for this. */
export const longestCallMs = 3_600_000
const bodiless = new Set(['GET', 'HEAD'])
/** They open tunnels, or echo headers. */
const refusedMethods = new Set(['CONNECT', 'TRACE', 'TRACK'])
/** About one connection, not about the call; and answers are read as they are, so none is asked to be packed. */
const connectionHeaders = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers that hold no secret of the job's. */
export const openHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'user-agent',
  'x-attempt',
])

const never = (message: string) => new HandlerError(message, { retryable: false })

/**
 * The call of an http-jobs message: `api_url`, and where the message has them `method` (else GET), `headers` (an object
 * of texts), `body` (a text as it is, anything else as the JSON that is stored) and `timeout` in seconds (else 90; an
 * hour at most).
 * Throws a HandlerError that is not worth another try when it cannot be made; no sentence holds a query or a header.
 */
export function httpCall(raw: string): HttpCall {
  const fields = readFields(raw, ['api_url', 'method', 'timeout'])
  const text = scalarText(fields.api_url)
  if (text === null) throw never('The job has no api_url to call.')
  const url = addressOf(text)
  if (url === null) throw never('The api_url of the job is not an http or https address.')
  const method = (scalarText(fields.method) ?? 'GET').toUpperCase()
  if (!/^[A-Z]+$/.test(method) || refusedMethods.has(method)) {
    throw never('The method of the job is none that can be called.')
  }
  const headers = headersOf(rawField(raw, 'headers'))
  moveCredentials(url, headers)
  const body = bodyOf(rawField(raw, 'body'))
  if (body !== null && bodiless.has(method)) {
    throw never(`A ${method} call cannot carry the body of this job: it needs another method.`)
  }
  if (body !== null && !headers.has('content-type')) headers.set('content-type', body.type)
  const seconds = Number(scalarText(fields.timeout))
  const timeoutMs = Math.min(longestCallMs, (seconds > 0 ? seconds : defaultTimeoutS) * 1000)
  return { url, method, headers, body: body?.text ?? null, timeoutMs: Math.ceil(timeoutMs) }
}

/** What errors and logs call the other side: never with a query, which may hold a key. */
export function placeOf({ host, pathname }: URL): string {
  return host + pathname
}

/** An http or https address, below another where it is relative; null for everything else. */
export function addressOf(text: string, base?: URL): URL | null {
  if (!URL.canParse(text, base)) return null
  const url = new URL(text, base)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : null
}

/** User and password of an address as a header, so that no error can hold them. */
export function moveCredentials(url: URL, headers: Headers): void {
  if (url.username === '' && url.password === '') return
  const pair = [url.username, url.password].map(unescaped).join(':')
  if (!headers.has('authorization')) headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  url.username = ''
  url.password = ''
}

/** The text, where its escapes are whole; else as it stands. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The stored text of a field; null when it is absent or null. */
function rawField(raw: string, name: string): string | null {
  const member = members(raw).findLast(({ key }) => key === name)
  const value = member === undefined ? 'null' : raw.slice(member.valueStart, member.valueEnd)
  return value === 'null' ? null : value
}

function headersOf(raw: string | null): Headers {
  const headers = new Headers()
  if (raw === null) return headers
  if (!raw.startsWith('{')) throw never('The headers of the job are not an object.')
  const names = members(raw).map(({ key }) => key)
  const values = readFields(raw, names)
  for (const name of new Set(names)) {
    const value = values[name] ?? null
    if (value === null || connectionHeaders.has(name.toLowerCase())) continue
    try {
      const text = scalarText(value) ?? ''
      headers.set(name, text)
      validateHeaderValue(name, text)
    } catch {
      throw never('The job has a header that cannot be sent.')
    }
  }
  return headers
}

function bodyOf(raw: string | null): { text: string; type: string } | null {
  if (raw === null) return null
  const json = 'application/json'
  if (!raw.startsWith('"')) return { text: raw, type: json }
  const text = scalarText(readFields(`{"body":${raw}}`, ['body']).body ?? null) ?? ''
  return { text, type: /^\s*[[{]/.test(text) && isJson(text) ? json : 'text/plain;charset=UTF-8' }
}
