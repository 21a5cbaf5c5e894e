import { isUtf8 } from 'node:buffer'
import type { Badge, StoredText } from './job.ts'
import { isJson } from './json-text.ts'

/** Payloads up to this size travel whole with a job's detail; larger ones are cut until asked for in full. */
export const detailLimit = 256 * 1024
/** Length of the preview in a list row, in characters. */
export const previewLength = 400
/** From this size on a payload gets the badge `large`. */
export const largeBytes = 1024 * 1024

/** Bytes at most `limit` long, cut so that no UTF-8 character is split. */
function cut(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes
  let end = limit
  while (end > limit - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

/**
 * Stored bytes as text, exactly: UTF-8 when they are UTF-8, else base64.
 * @param whole size of the stored value when `bytes` holds only its beginning
 */
export function storedText(bytes: Buffer, limit = detailLimit, whole = bytes.length): StoredText {
  const kept = cut(bytes, limit)
  const truncated = kept.length < whole
  const body = truncated ? cut(kept, kept.length - trailingPart(kept)) : kept
  if (isUtf8(body)) return { text: body.toString('utf8'), encoding: 'utf8', bytes: whole, truncated }
  return { text: kept.toString('base64'), encoding: 'base64', bytes: whole, truncated }
}

/** Number of bytes at the end that begin a UTF-8 character which the cut took the rest of. */
function trailingPart(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

/** The beginning of a payload for a list row: text as stored, or a count of bytes where it is not text. */
export function previewOf(bytes: Buffer, whole = bytes.length): string {
  const { text, encoding } = storedText(bytes, previewLength * 4, whole)
  return encoding === 'utf8' ? text.slice(0, previewLength) : `${whole} bytes that are not text`
}

/**
 * What is odd about a payload that should be JSON. Text cut off, or larger than the limit of a job's detail, is not
 * parsed: it only gets `large` where it is.
 */
export function payloadBadges(bytes: Buffer, whole = bytes.length): Badge[] {
  const found: Badge[] = []
  if (whole >= largeBytes) found.push('large')
  const complete = bytes.length === whole
  if (!isUtf8(complete ? bytes : bytes.subarray(0, bytes.length - trailingPart(bytes)))) found.push('binary')
  else if (complete && whole <= detailLimit && !isJson(bytes.toString('utf8'))) found.push('invalid-json')
  return found
}
