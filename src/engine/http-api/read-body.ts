import type { IncomingMessage } from 'node:http'
import { parseExact } from './exact-json.ts'
import type { Refusal } from './gate.ts'

/** What a call may send: the data of a request, and what is around it. */
const longestBody = 2 * 1024 * 1024

/** The body of a call as text, and parsed; or why it is not taken. Nothing sent counts as an empty object. */
export async function readBody(request: IncomingMessage): Promise<{ text: string; value: unknown } | Refusal> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    chunks.push(chunk)
    size += chunk.length
    if (size > longestBody) return { status: 413, message: 'That is too long.', headers: { connection: 'close' } }
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.trim() === '') return { text: '{}', value: {} }
  // A page of another site may send what a form may send without being asked for its origin first; JSON it may not.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return { status: 415, message: 'Send JSON, with Content-Type: application/json.' }
  }
  try {
    return { text, value: parseExact(text) }
  } catch {
    return { status: 400, message: 'What was sent is not JSON.' }
  }
}
