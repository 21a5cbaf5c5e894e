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
  if (bytes !== last.bytes) readTail(bytes)
  for (let i = 0; i < last.count; i++) {
    if (isNamed(bytes, i, needle)) return scalarAt(bytes, i)
  }
  const at = bytes.lastIndexOf(needle)
  if (at < 0) return undefined
  const near = atEnd(bytes, at, needle.length)
  return near === undefined ? readFields(bytes.toString('utf8'), [name])[name] : jsonScalar(near)
}

/** Members at the end that are looked for, and bytes that are looked at for them. */
const mostMembers = 4
const tailBytes = 1024

/**
 * The last members of the object that was asked about last, backwards, as far as their values are plain: a walk asks for one
 * field of a payload after the other, and workers write all of them at the end. Of each where its key begins (the quote),
 * where its value begins, and where it ends.
 */
const last = {
  bytes: null as Buffer | null,
  count: 0,
  keyStart: new Int32Array(mostMembers),
  keyLength: new Int32Array(mostMembers),
  valueStart: new Int32Array(mostMembers),
  valueEnd: new Int32Array(mostMembers),
}

/**
 * Reads the last members from the brace that ends the text back. What stands before that brace is of the outermost object; a
 * quote that ends a text there is no part of one; and where no backslash comes by, the next quote back begins it.
 */
function readTail(bytes: Buffer): void {
  last.bytes = bytes
  last.count = 0
  const stop = Math.max(0, bytes.length - tailBytes)
  let at = blanksBefore(bytes, bytes.length)
  if (bytes[at - 1] !== 0x7d) return
  while (last.count < mostMembers) {
    const valueEnd = blanksBefore(bytes, at - 1)
    const valueStart =
      bytes[valueEnd - 1] === quote ? textStart(bytes, valueEnd, stop) : wordStart(bytes, valueEnd, stop)
    if (valueStart < 0) return
    at = blanksBefore(bytes, valueStart)
    if (bytes[at - 1] !== colon) return
    const keyEnd = blanksBefore(bytes, at - 1)
    const keyStart = bytes[keyEnd - 1] === quote ? textStart(bytes, keyEnd, stop) : -1
    if (keyStart < 0) return
    const { count } = last
    last.keyStart[count] = keyStart
    last.keyLength[count] = keyEnd - keyStart
    last.valueStart[count] = valueStart
    last.valueEnd[count] = valueEnd
    at = blanksBefore(bytes, keyStart)
    const before = bytes[at - 1]
    if (before !== comma && before !== 0x7b) return
    last.count = count + 1
    if (before !== comma) return
  }
}

function blanksBefore(bytes: Buffer, end: number): number {
  let at = end
  while (isBlank(bytes[at - 1])) at--
  return at
}

/** Where the text begins whose last quote stands before `end`; -1 for one that is not plain, or long. */
function textStart(bytes: Buffer, end: number, stop: number): number {
  for (let at = end - 2; at > stop; at--) {
    const byte = bytes[at] as number
    if (byte === quote) return bytes[at - 1] === backslash ? -1 : at
    if (byte === backslash || byte < 0x20) return -1
  }
  return -1
}

/** Where the number or the word begins that ends before `end`; -1 for anything else. */
function wordStart(bytes: Buffer, end: number, stop: number): number {
  let at = end
  while (at > stop && isOfWord(bytes[at - 1] as number)) at--
  return at === end ? -1 : at
}

/** Letters of `true`, `false` and `null`, and what numbers are made of. */
function isOfWord(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x2b && byte <= 0x2e && byte !== comma) ||
    byte === 0x45
  )
}

function isNamed(bytes: Buffer, member: number, needle: Buffer): boolean {
  if (last.keyLength[member] !== needle.length) return false
  const start = last.keyStart[member] as number
  for (let i = 1; i < needle.length; i++) if (bytes[start + i] !== needle[i]) return false
  return true
}

function scalarAt(bytes: Buffer, member: number): JsonScalar {
  const [start, end] = [last.valueStart[member] as number, last.valueEnd[member] as number]
  return bytes[start] === quote
    ? bytes.toString('utf8', start + 1, end - 1)
    : jsonScalar(bytes.toString('latin1', start, end))
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
