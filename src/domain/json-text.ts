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

function parseString(raw: string): string | null {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'string' ? value : null
  } catch {
    return null // an escape that JSON does not know
  }
}

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
  const at = all.findIndex(({ key }) => names.includes(key))
  const member = all[at]
  if (member === undefined) return text
  const before = all[at - 1]
  const after = all[at + 1]
  // With the comma that follows it; the last member goes with the comma before it.
  const from = after || !before ? member.keyStart : before.valueEnd
  const to = after ? after.keyStart : member.valueEnd
  return removeFields(text.slice(0, from) + text.slice(to), names)
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
