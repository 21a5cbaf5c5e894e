import { createHmac, randomBytes } from 'node:crypto'
import { type JsonType, typeOf } from '../json-place.ts'
import { isJson, items, jsonScalar, members } from '../json-text.ts'
import type { RedactionRule } from '../redaction.ts'
import { type Edit, edited, inRaw } from './edits.ts'
import { type PathTest, pathTestOf } from './name-path.ts'
import { type Pattern, patternOf } from './pattern.ts'
import { looksLikePhp, phpString, phpStrings } from './php-strings.ts'

/** A payload without what the rules take out, and how many values that were. */
export interface Redacted {
  readonly payload: string
  readonly replaced: number
}

/** Redacts one payload after the other; the same value becomes the same word for as long as this is used. Never throws. */
export type Redactor = (payload: string) => Redacted

/** Deeper than this a value is taken out whole, where a rule could mean something in it. */
const deepest = 200

interface PathRule {
  readonly test: PathTest
  readonly word: string | null
}
interface PatternRule {
  readonly pattern: Pattern
  readonly word: string | null
}
interface Rules {
  readonly paths: readonly PathRule[]
  readonly patterns: readonly PatternRule[]
  /** The word for a value: `redacted-` and a part of a keyed hash, or what the rule says. */
  wordFor(value: string, word: string | null): string
}

/**
 * What redacts by the rules; or what is wrong with a rule, in a sentence that names it.
 *
 * A path takes out the whole value at it, but for null, true and false, which tell nothing. A pattern takes out what it
 * finds in each text and in each number. JSON in a text is looked into as if it stood there itself, and so are the texts
 * of values that PHP serialized, whose byte lengths are set right. A PHP value that cannot be read (a class with a format
 * of its own), and what is nested deeper than 200, is taken out whole where a pattern finds something in it or a name of a
 * rule could be in it. Not looked into: names of members, and what is encrypted, compressed or in base64.
 * In a payload that is no JSON only patterns find anything. All that no rule is about stays, byte for byte.
 * @param key what words are made with: the same key gives the same words; by default a new one
 */
export function redactorOf(
  rules: readonly RedactionRule[],
  key: string = randomBytes(16).toString('hex'),
): Redactor | { problem: string } {
  const paths: PathRule[] = []
  const patterns: PatternRule[] = []
  for (const { type, find, with: word } of rules) {
    const made = type === 'path' ? pathTestOf(find) : patternOf(find)
    if ('problem' in made) return { problem: `${find}: ${made.problem}.` }
    if (typeof made === 'function') paths.push({ test: made, word })
    else patterns.push({ pattern: made, word })
  }
  const all: Rules = {
    paths,
    patterns,
    wordFor: (value, word) => word ?? `redacted-${createHmac('sha256', key).update(value).digest('hex').slice(0, 8)}`,
  }
  return (payload) => {
    if (rules.length === 0) return { payload, replaced: 0 }
    const edits = isJson(payload) ? valueEdits(payload, [], all, 0) : patternEdits(payload, all)
    return { payload: edited(payload, edits), replaced: edits.reduce((sum, { count }) => sum + count, 0) }
  }
}

/** What changes in a raw JSON value that stands at a path. */
function valueEdits(raw: string, path: readonly string[], rules: Rules, depth: number): Edit[] {
  const type = typeOf(raw)
  if (type === 'null' || type === 'boolean') return []
  const start = raw.length - raw.trimStart().length
  const end = raw.trimEnd().length
  const whole = (text: string, word: string | null): Edit[] => [
    { start, end, text: JSON.stringify(rules.wordFor(text, word)), count: 1 },
  ]
  const rule = path.length > 0 && rules.paths.find(({ test }) => test(path))
  if (rule) return whole(plain(raw.slice(start, end), type), rule.word)
  if (type === 'number') {
    const found = rules.patterns.find(({ pattern }) => pattern.matches(raw).length > 0)
    return found ? whole(raw.trim(), found.word) : []
  }
  if (type === 'text') return textEdits(raw.slice(start, end), path, rules, depth).map((edit) => moved(edit, start))
  if (depth >= deepest) {
    return rules.paths.length > 0 || patternEdits(raw, rules).length > 0 ? whole(raw, null) : []
  }
  return partsOf(raw, type).flatMap(({ name, from, to }) =>
    valueEdits(raw.slice(from, to), [...path, name], rules, depth + 1).map((edit) => moved(edit, from)),
  )
}

function partsOf(raw: string, type: JsonType): { name: string; from: number; to: number }[] {
  return type === 'list'
    ? items(raw).map(({ start, end }, i) => ({ name: String(i), from: start, to: end }))
    : members(raw).map(({ key, valueStart, valueEnd }) => ({ name: key, from: valueStart, to: valueEnd }))
}

const moved = (edit: Edit, by: number): Edit => ({ ...edit, start: edit.start + by, end: edit.end + by })

/** A value as text, so that 42 and "42" become the same word. */
function plain(raw: string, type: JsonType): string {
  const value = type === 'text' ? jsonScalar(raw) : raw
  return typeof value === 'string' ? value : raw
}

/** What changes in a raw JSON text: in what it holds, at the places where that stands in the raw text. */
function textEdits(raw: string, path: readonly string[], rules: Rules, depth: number): Edit[] {
  const text = jsonScalar(raw)
  if (typeof text !== 'string') return []
  return inRaw(raw, contentEdits(text, path, rules, depth))
}

/** What changes in the content of a text. */
function contentEdits(text: string, path: readonly string[], rules: Rules, depth: number): Edit[] {
  if (depth < deepest && /^\s*[[{]/.test(text) && isJson(text)) return valueEdits(text, path, rules, depth + 1)
  return looksLikePhp(text) ? phpEdits(text, path, rules, depth) : patternEdits(text, rules)
}

function phpEdits(text: string, path: readonly string[], rules: Rules, depth: number): Edit[] {
  const bytes = Buffer.from(text)
  const strings = depth < deepest ? phpStrings(bytes) : null
  if (strings === null) {
    const doubtful = rules.paths.length > 0 || patternEdits(text, rules).length > 0
    return doubtful ? [{ start: 0, end: text.length, text: rules.wordFor(text, null), count: 1 }] : []
  }
  const edits: Edit[] = []
  let at = { byte: 0, unit: 0 }
  for (const { start, end, text: value, path: names } of strings) {
    const inner = [...path, ...names]
    const rule = rules.paths.find(({ test }) => test(inner) || names.some((_, i) => test(names.slice(i))))
    const changes = rule
      ? [{ start: 0, end: value.length, text: rules.wordFor(value, rule.word), count: 1 }]
      : contentEdits(value, inner, rules, depth + 1)
    if (changes.length === 0) continue
    const unit = at.unit + bytes.toString('utf8', at.byte, start).length
    const length = bytes.toString('utf8', start, end).length
    const count = changes.reduce((sum, change) => sum + change.count, 0)
    edits.push({ start: unit, end: unit + length, text: phpString(edited(value, changes)), count })
    at = { byte: end, unit: unit + length }
  }
  return edits
}

/** What patterns find in a text; of two that overlap, the one that begins first. */
function patternEdits(text: string, { patterns, wordFor }: Rules): Edit[] {
  const found = patterns
    .flatMap(({ pattern, word }) => pattern.matches(text).map((match) => ({ ...match, word })))
    .sort((a, b) => a.start - b.start || b.end - a.end)
  let behind = 0
  return found.flatMap(({ start, end, word }) => {
    if (start < behind) return []
    behind = end
    return [{ start, end, text: wordFor(text.slice(start, end), word), count: 1 }]
  })
}
