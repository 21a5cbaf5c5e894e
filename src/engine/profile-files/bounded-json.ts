import { SluiceError } from '../../domain/errors.ts'
import { parseJson } from '../parse-json.ts'

const mostBytes = 10 * 1024 * 1024
/** What Sluice and RedisInsight write is four deep; who goes through a value must not run out of stack. */
const mostDepth = 16

/**
 * What a text of somebody else says: JSON, or JSON in base64 as some programs export it. Throws INVALID_INPUT for one that
 * is too big, too deep or neither.
 */
export function readBoundedJson(text: string): unknown {
  if (Buffer.byteLength(text) > mostBytes) throw refused('The file is too big: profiles take up at most 10 MB.')
  const plain = text.replace(/^\uFEFF/, '').trim()
  const json = /^[A-Za-z0-9+/\s]+={0,2}$/.test(plain) ? Buffer.from(plain, 'base64').toString('utf8') : plain
  demandShallow(json)
  const value = parseJson(json)
  if (value === undefined) throw refused('The file is not JSON, so it holds no profiles.')
  return value
}

/** Looks at brackets alone, before anything is made of them. */
function demandShallow(json: string): void {
  let depth = 0
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const at = json.charCodeAt(i)
    if (at === 0x22) inString = !inString
    else if (inString && at === 0x5c) i++
    else if (!inString && (at === 0x5b || at === 0x7b)) {
      if (++depth > mostDepth) throw refused('The file is nested too deep to be one of profiles.')
    } else if (!inString && (at === 0x5d || at === 0x7d)) depth--
  }
}

function refused(sentence: string): SluiceError {
  return new SluiceError('INVALID_INPUT', sentence)
}

/** An object of JSON, whose own fields alone count: `__proto__` is a name like any other. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field of an object, and of what is in it: `sshOptions.host`. Undefined where there is none. */
export function fieldOf(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined), value)
}
