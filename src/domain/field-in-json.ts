import { type JsonScalar, jsonScalar, readFields } from './json-text.ts'

const needles = new Map<string, Buffer>()

function needleOf(name: string): Buffer {
  const known = needles.get(name)
  if (known !== undefined) return known
  const made = Buffer.from(JSON.stringify(name))
  needles.set(name, made)
  return made
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * One top-level field of a JSON object, from its bytes: for walks over a million payloads, of which most lack the field
 * or hold it near their end, where workers write what they add. Undefined where there is none. What `readFields` says of
 * the whole text, but for a name that is written with escapes, which is not found.
 */
export function fieldInJson(bytes: Buffer, name: string): JsonScalar | undefined {
  const needle = needleOf(name)
  const at = bytes.lastIndexOf(needle)
  if (at < 0) return undefined
  const near = atEnd(bytes, at, needle.length)
  return near === undefined ? readFields(bytes.toString('utf8'), [name])[name] : jsonScalar(near)
}

/**
 * The raw value of the member whose key begins here, when only members and the brace that ends the text follow it: then it
 * is a member of the outermost object. Undefined where that is not certain.
 */
function atEnd(bytes: Buffer, keyStart: number, keyLength: number): string | undefined {
  // A quote that a comma stands before opens a string, wherever that is: one that is escaped has a backslash there.
  if (bytes[keyStart - 1] !== comma && keyStart !== 1) return undefined
  if (bytes[keyStart + keyLength] !== colon) return undefined
  let at = keyStart + keyLength + 1
  while (isBlank(bytes[at])) at++
  const start = at
  const end = valueEnd(bytes, at)
  if (end <= start) return undefined
  at = end
  for (;;) {
    while (isBlank(bytes[at])) at++
    if (bytes[at] === 0x7d) {
      for (at++; at < bytes.length; at++) if (!isBlank(bytes[at])) return undefined
      return bytes.toString('utf8', start, end)
    }
    if (bytes[at] !== comma) return undefined
    at++
    while (isBlank(bytes[at])) at++
    if (bytes[at] !== quote) return undefined
    at = stringEnd(bytes, at)
    if (at < 0 || bytes[at] !== colon) return undefined
    const next = valueEnd(bytes, at + 1)
    if (next < 0) return undefined
    at = next
  }
}

/** Most texts are short: they are read byte by byte, and only longer ones from quote to quote. */
const shortText = 200

function stringEnd(bytes: Buffer, from: number): number {
  let at = from + 1
  for (const most = Math.min(bytes.length, at + shortText); at < most; at++) {
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte === backslash) at++
  }
  for (let end = bytes.indexOf(quote, at); end > 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0
    while (bytes[end - 1 - slashes] === backslash) slashes++
    if (slashes % 2 === 0) return end + 1
  }
  return -1
}

/** Index after the value that begins here; -1 where the bytes end before it does. */
function valueEnd(bytes: Buffer, from: number): number {
  if (bytes[from] === quote) return stringEnd(bytes, from)
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      const end = stringEnd(bytes, at)
      if (end < 0) return -1
      at = end - 1
    } else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (byte === comma || isBlank(byte))) return at
  }
  return -1
}
