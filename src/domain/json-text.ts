/**
 * The only module that reads payload text. It works on the text itself and never makes numbers of what it does not
 * understand: a 64-bit id stays the digits that were stored, and an edit of one field keeps every other byte.
 * The readers accept text that was cut off (a preview of a large payload); the editors want whole JSON.
 */

/** A top-level member of a JSON object: its key, and where its key and its raw value stand in the text. */
export interface Member {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** A value as a program may use it; `raw` is the exact text of what has no exact JavaScript form. */
export type JsonScalar = string | number | boolean | null | { readonly raw: string }

/** Whether the whole text is JSON (RFC 8259), as JSON.parse sees it. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const blank = (c: string | undefined) => c === ' ' || c === '\n' || c === '\r' || c === '\t'

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && blank(text[at])) at++
  return at
}

/** Index after the string that starts at `from`; -1 when the text ends before it does. */
function stringEnd(text: string, from: number): number {
  // From quote to quote, not character by character: payloads hold strings of megabytes.
  for (let quote = text.indexOf('"', from + 1); quote > 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return -1
}

/** Index after the value that starts at `from`; -1 when the text ends before it does. */
function valueEnd(text: string, from: number): number {
  if (text[from] === '"') return stringEnd(text, from)
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const c = text[at]
    if (c === '"') {
      const end = stringEnd(text, at)
      if (end < 0) return -1
      at = end - 1
      continue
    }
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (c === ',' || blank(c))) return at
  }
  return -1
}

/** The top-level members of a JSON object in order; those that the text holds whole when it was cut off; none for other values. */
export function members(text: string): Member[] {
  const found: Member[] = []
  let at = skipBlanks(text, 0)
  if (text[at] !== '{') return found
  at = skipBlanks(text, at + 1)
  while (text[at] === '"') {
    const keyStart = at
    const keyEnd = stringEnd(text, keyStart)
    if (keyEnd < 0) break
    at = skipBlanks(text, keyEnd)
    if (text[at] !== ':') break
    const valueStart = skipBlanks(text, at + 1)
    const end = valueEnd(text, valueStart)
    if (end <= valueStart) break
    const key = parseString(text.slice(keyStart, keyEnd))
    if (key === null) break
    found.push({ key, keyStart, valueStart, valueEnd: end })
    at = skipBlanks(text, end)
    if (text[at] !== ',') break
    at = skipBlanks(text, at + 1)
  }
  return found
}

/** Where the values of a JSON array stand, in order; those that the text holds whole when it was cut off; none for other values. */
export function items(text: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = []
  let at = skipBlanks(text, 0)
  if (text[at] !== '[') return found
  for (;;) {
    const start = skipBlanks(text, at + 1)
    const end = text[start] === ']' ? -1 : valueEnd(text, start)
    if (end <= start) return found
    found.push({ start, end })
    at = skipBlanks(text, end)
    if (text[at] !== ',') return found
  }
}

/** The raw values of a JSON array in order; those that the text holds whole when it was cut off; none for other values. */
export function elements(text: string): string[] {
  return items(text).map(({ start, end }) => text.slice(start, end))
}

function parseString(raw: string): string | null {
  // Most strings hold nothing that is escaped, and are what stands between the quotes.
  if (raw.indexOf('"', 1) === raw.length - 1 && !unplain.test(raw)) return raw.slice(1, -1)
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'string' ? value : null
  } catch {
    return null // an escape that JSON does not know
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a string of JSON holds none as they are
const unplain = /[\\\x00-\x1f]/

/** The raw text of a value as a scalar; objects, arrays and numbers that a double cannot hold exactly stay raw. */
export function jsonScalar(raw: string): JsonScalar {
  if (raw === 'null') return null
  if (raw === 'true') return true
  if (raw === 'false') return false
  if (raw.startsWith('"')) return parseString(raw) ?? { raw }
  if (/^-?\d+$/.test(raw)) {
    const number = Number(raw)
    return Number.isSafeInteger(number) ? number : { raw }
  }
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(raw)) return Number(raw)
  return { raw }
}

/** The named top-level fields of an object; absent ones are left out. Of a key that stands twice the last counts, as for JSON.parse. */
export function readFields(text: string, names: readonly string[]): Record<string, JsonScalar> {
  const wanted = new Set(names)
  const fields: Record<string, JsonScalar> = {}
  for (const { key, valueStart, valueEnd } of members(text)) {
    if (wanted.has(key)) fields[key] = jsonScalar(text.slice(valueStart, valueEnd))
  }
  return fields
}

/** A scalar as text for a person: strings as they are, all else as stored. */
export function scalarText(scalar: JsonScalar | undefined): string | null {
  if (scalar === undefined || scalar === null) return null
  if (typeof scalar === 'object') return scalar.raw
  return String(scalar)
}

/** The text with one top-level field set to a raw JSON value, added at the end when it is new. Every other byte stays. */
export function setField(text: string, name: string, raw: string): string {
  const all = members(text)
  const present = all.filter((member) => member.key === name).at(-1)
  if (present) return text.slice(0, present.valueStart) + raw + text.slice(present.valueEnd)
  const last = all.at(-1)
  const at = last ? last.valueEnd : text.indexOf('{') + 1
  if (at === 0) return text
  return `${text.slice(0, at)}${last ? ',' : ''}${JSON.stringify(name)}:${raw}${text.slice(at)}`
}

/** The text without the named top-level fields. Every other member keeps its bytes. */
export function removeFields(text: string, names: readonly string[]): string {
  const all = members(text)
  const last = all.findLast(({ key }) => !names.includes(key))
  const end = all.at(-1)?.valueEnd ?? 0
  let kept = ''
  let from = 0
  // Each goes with the comma that follows it; those at the end go with the comma before them.
  for (const [i, { key, keyStart }] of all.entries()) {
    if (!names.includes(key)) continue
    if (keyStart > (last?.keyStart ?? -1)) {
      return kept + text.slice(from, last === undefined ? keyStart : last.valueEnd) + text.slice(end)
    }
    kept += text.slice(from, keyStart)
    from = all[i + 1]?.keyStart ?? end
  }
  return kept + text.slice(from)
}

/** The text indented for reading: only blanks between tokens change, so that numbers, escapes and repeated keys stay as stored. */
export function prettyJson(text: string): string {
  let out = ''
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  for (let at = 0; at < text.length; at++) {
    const c = text[at] as string
    if (c === '"') {
      const end = stringEnd(text, at)
      out += text.slice(at, end < 0 ? text.length : end)
      at = (end < 0 ? text.length : end) - 1
    } else if (c === '{' || c === '[') {
      const close = skipBlanks(text, at + 1)
      if (text[close] === (c === '{' ? '}' : ']')) {
        out += c + (text[close] as string)
        at = close
      } else {
        depth++
        out += c + line()
      }
    } else if (c === '}' || c === ']') {
      depth = Math.max(0, depth - 1)
      out += line() + c
    } else if (c === ',') out += c + line()
    else if (c === ':') out += ': '
    else if (!blank(c)) out += c
  }
  return out
}

/** Epoch ms of a field that holds a time: ISO text, or a number in seconds, ms or a float of seconds; null for anything else. */
export function timeOf(scalar: JsonScalar | undefined): number | null {
  if (typeof scalar === 'string') {
    const iso = isoTime(scalar)
    if (iso !== null) return iso
    const numeric = /^\d+(\.\d+)?$/.test(scalar) ? Number(scalar) : Number.NaN
    const at = Number.isNaN(numeric) ? Date.parse(scalar) : epochMs(numeric)
    return Number.isNaN(at) ? null : at
  }
  return typeof scalar === 'number' && scalar > 0 ? epochMs(scalar) : null
}

/** Seconds since 1970 stay below 1e11 until the year 5138; anything larger is ms already. */
function epochMs(value: number): number {
  return Math.round(value < 1e11 ? value * 1000 : value)
}

/** The day that was read last: times of a walk are often of the same one. */
let lastDay = ''
let lastDayAt = 0

/** What `Date.parse` says of `2026-11-22T16:56:06Z` or `...06.123Z`, many times as fast; null for text that is not so plain. */
function isoTime(text: string): number | null {
  const { length } = text
  if ((length !== 20 && length !== 24) || text[length - 1] !== 'Z' || text[10] !== 'T') return null
  if (text[13] !== ':' || text[16] !== ':' || (length === 24 && text[19] !== '.')) return null
  if (lastDay === '' || !text.startsWith(lastDay)) {
    if (text[4] !== '-' || text[7] !== '-') return null
    const year = digits(text, 0, 4)
    const month = digits(text, 5, 7)
    const day = digits(text, 8, 10)
    // Days that not every month has, and years that Date.UTC takes for others, are left to Date.parse.
    if (year < 100 || month < 1 || month > 12 || day < 1 || day > 28) return null
    lastDay = text.slice(0, 10)
    lastDayAt = Date.UTC(year, month - 1, day)
  }
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const ms = length === 24 ? digits(text, 20, 23) : 0
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) return null
  return lastDayAt + ((hour * 60 + minute) * 60 + second) * 1000 + ms
}

/** The number that decimal digits of a text make; -1 where there is something else. */
function digits(text: string, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}
