/** Members of an object that are looked at, and how deep it may go: what has more is unusual. */
const mostMembers = 64
const deepest = 64

/** Where the members of an object stand in bytes: of each where its name begins (without the quote) and ends, and its value. */
export interface ByteMembers {
  count: number
  readonly nameStart: Int32Array
  readonly nameEnd: Int32Array
  readonly valueStart: Int32Array
  readonly valueEnd: Int32Array
}

export function byteMembers(): ByteMembers {
  const places = () => new Int32Array(mostMembers)
  return { count: 0, nameStart: places(), nameEnd: places(), valueStart: places(), valueEnd: places() }
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Finds the top-level members of a JSON object in UTF-8 bytes, in one pass that also proves that all of it is JSON: for walks
 * over very many payloads, where making text of each and parsing it is what takes the time. What it finds stands in
 * `into`, which is used again. False where that is not certain, and somebody has to look at the text: it is no object, no
 * JSON, a name is written with escapes, there are very many members, or it is very deep.
 */
export function findMembers(bytes: Buffer, into: ByteMembers): boolean {
  into.count = 0
  const to = bytes.length
  let at = skipBlanks(bytes, 0, to)
  if (bytes[at] !== 0x7b) return false
  at = skipBlanks(bytes, at + 1, to)
  for (;;) {
    if (into.count === mostMembers || bytes[at] !== quote) return false
    const nameEnd = stringEnd(bytes, at, to) - 1
    if (nameEnd < 0) return false
    for (let i = at + 1; i < nameEnd; i++) if (bytes[i] === backslash) return false
    const nameStart = at + 1
    at = skipBlanks(bytes, nameEnd + 1, to)
    if (at >= to || bytes[at] !== colon) return false
    const valueStart = skipBlanks(bytes, at + 1, to)
    const end = valueEnd(bytes, valueStart, to, 1)
    if (end < 0) return false
    const { count } = into
    into.nameStart[count] = nameStart
    into.nameEnd[count] = nameEnd
    into.valueStart[count] = valueStart
    into.valueEnd[count] = end
    into.count = count + 1
    at = skipBlanks(bytes, end, to)
    if (at >= to) return false
    if (bytes[at] === 0x7d) return skipBlanks(bytes, at + 1, to) === to
    if (bytes[at] !== comma) return false
    at = skipBlanks(bytes, at + 1, to)
  }
}

function skipBlanks(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && isBlank(bytes[at])) at++
  return at
}

/** Characters of a string that are looked at one by one, before it is taken for a long one. */
const shortText = 32

/** Index after the string whose quote stands at `from`; -1 where it is none of JSON's. */
function stringEnd(bytes: Buffer, from: number, to: number): number {
  const long = from + shortText
  for (let at = from + 1; at < to; at++) {
    if (at === long) at = plainUntil(bytes, at, to)
    const byte = bytes[at] as number
    if (byte === quote) return at + 1
    if (byte < 0x20) return -1
    if (byte === backslash) {
      const escaped = bytes[++at]
      if (escaped === 0x75) {
        for (const end = at + 4; at < end; ) if (!isHex(bytes[++at])) return -1
      } else if (escaped === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(escaped))) return -1
    }
  }
  return -1
}

/** Skips what is neither a quote, a backslash nor a control character, four bytes at once; `to` at most, less one. */
function plainUntil(bytes: Buffer, from: number, to: number): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = from
  for (; at + 4 < to; at += 4) {
    const word = words.getInt32(at, true)
    const quotes = word ^ 0x22222222
    const slashes = word ^ 0x5c5c5c5c
    // The highest bit of a byte is set where it is below 0x20, or zero; one too many only means looking at it.
    const special =
      ((word - 0x20202020) & ~word) | ((quotes - 0x01010101) & ~quotes) | ((slashes - 0x01010101) & ~slashes)
    if ((special & 0x80808080) !== 0) break
  }
  return at
}

function isHex(byte = 0): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}

const isDigit = (byte = 0) => byte >= 0x30 && byte <= 0x39

/** Index after the value that begins here; -1 where that is none, or lies too deep. */
function valueEnd(bytes: Buffer, from: number, to: number, depth: number): number {
  if (from >= to) return -1
  switch (bytes[from]) {
    case quote:
      return stringEnd(bytes, from, to)
    case 0x7b:
      return depth < deepest ? objectEnd(bytes, from, to, depth) : -1
    case 0x5b:
      return depth < deepest ? arrayEnd(bytes, from, to, depth) : -1
    case 0x74:
      return wordEnd(bytes, from, to, 'true')
    case 0x66:
      return wordEnd(bytes, from, to, 'false')
    case 0x6e:
      return wordEnd(bytes, from, to, 'null')
    default:
      return numberEnd(bytes, from, to)
  }
}

function objectEnd(bytes: Buffer, from: number, to: number, depth: number): number {
  let at = skipBlanks(bytes, from + 1, to)
  if (at < to && bytes[at] === 0x7d) return at + 1
  for (;;) {
    if (at >= to || bytes[at] !== quote) return -1
    at = stringEnd(bytes, at, to)
    if (at < 0) return -1
    at = skipBlanks(bytes, at, to)
    if (at >= to || bytes[at] !== colon) return -1
    at = valueEnd(bytes, skipBlanks(bytes, at + 1, to), to, depth + 1)
    if (at < 0) return -1
    at = skipBlanks(bytes, at, to)
    if (at >= to) return -1
    if (bytes[at] === 0x7d) return at + 1
    if (bytes[at] !== comma) return -1
    at = skipBlanks(bytes, at + 1, to)
  }
}

function arrayEnd(bytes: Buffer, from: number, to: number, depth: number): number {
  let at = skipBlanks(bytes, from + 1, to)
  if (at < to && bytes[at] === 0x5d) return at + 1
  for (;;) {
    at = valueEnd(bytes, at, to, depth + 1)
    if (at < 0) return -1
    at = skipBlanks(bytes, at, to)
    if (at >= to) return -1
    if (bytes[at] === 0x5d) return at + 1
    if (bytes[at] !== comma) return -1
    at = skipBlanks(bytes, at + 1, to)
  }
}

function wordEnd(bytes: Buffer, from: number, to: number, word: string): number {
  const end = from + word.length
  return end <= to && bytes.toString('latin1', from, end) === word ? end : -1
}

function numberEnd(bytes: Buffer, from: number, to: number): number {
  let at = from
  if (bytes[at] === 0x2d) at++
  const first = at
  while (at < to && isDigit(bytes[at])) at++
  if (at === first || (bytes[first] === 0x30 && at > first + 1)) return -1
  if (at < to && bytes[at] === 0x2e) {
    const fraction = ++at
    while (at < to && isDigit(bytes[at])) at++
    if (at === fraction) return -1
  }
  if (at < to && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    at++
    if (at < to && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++
    const exponent = at
    while (at < to && isDigit(bytes[at])) at++
    if (at === exponent) return -1
  }
  return at
}
