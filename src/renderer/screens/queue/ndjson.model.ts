import type { StoredText } from '../../../domain/job.ts'
import { isJson } from '../../../domain/json-text.ts'

/**
 * A payload as one line of NDJSON. JSON keeps every byte but the line breaks between its tokens, so that 64-bit integers
 * stay as stored; what is not JSON becomes a JSON string, and what is not text an object that says so.
 */
export function ndjsonLine({ text, encoding }: Pick<StoredText, 'text' | 'encoding'>): string {
  if (encoding === 'base64') return JSON.stringify({ base64: text })
  // A raw line break cannot stand inside a JSON string, so all there are stand between tokens.
  return isJson(text) ? text.trim().replace(/[\r\n]+/g, ' ') : JSON.stringify(text)
}
