import { asSluiceError, type ErrorCode, SluiceError } from '../../domain/errors.ts'
import type { Reply } from '../../systems/handles.ts'

/*
 * Replies of Redis as bytes and back, exactly: a letter, then for n a number, for s bytes, for e a code and a sentence, for
 * a the parts; lengths and numbers are decimal and end with a line feed.
 */

/** A reply as bytes. Payloads are not copied but joined once. */
export function bytesOf(reply: Reply): Buffer {
  const parts: Buffer[] = []
  write(reply, parts)
  return Buffer.concat(parts)
}

function write(reply: Reply, to: Buffer[]): void {
  if (reply === null) to.push(Buffer.from('0\n'))
  else if (typeof reply === 'number') to.push(Buffer.from(`n${reply}\n`))
  else if (Buffer.isBuffer(reply)) to.push(Buffer.from(`s${reply.length}\n`), reply)
  else if (Array.isArray(reply)) {
    to.push(Buffer.from(`a${reply.length}\n`))
    for (const part of reply) write(part, to)
  } else {
    const { code, message } = asSluiceError(reply)
    const text = Buffer.from(`${code} ${message}`)
    to.push(Buffer.from(`e${text.length}\n`), text)
  }
}

/** The reply that `bytesOf` made the bytes from. */
export function replyOf(bytes: Buffer): Reply {
  return read({ bytes, at: 0 })
}

function read(from: { bytes: Buffer; at: number }): Reply {
  const { bytes } = from
  const letter = String.fromCharCode(bytes[from.at] ?? 0)
  const end = bytes.indexOf(10, from.at)
  const number = Number(bytes.toString('latin1', from.at + 1, end))
  from.at = end + 1
  if (letter === '0') return null
  if (letter === 'n') return number
  if (letter === 'a') return Array.from({ length: number }, () => read(from))
  const text = bytes.subarray(from.at, from.at + number)
  from.at += number
  if (letter === 's') return text
  const sentence = text.toString()
  const space = sentence.indexOf(' ')
  return new SluiceError(sentence.slice(0, space) as ErrorCode, sentence.slice(space + 1))
}
