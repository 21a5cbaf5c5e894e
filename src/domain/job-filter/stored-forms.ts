import { amountOf } from './amount.ts'
import { type Comparison, missing } from './parse.ts'

/** Whether a text is in a payload's bytes in one of the forms in which JSON may hold it; any case. */
export function storedForms(text: string): (payload: Buffer) => boolean {
  if (/^\d+$/.test(text)) return (payload) => payload.includes(text)
  const pattern = Array.from(text, formsOf).join('')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(text)) {
    const stored = new RegExp(pattern, 'i')
    return (payload) => stored.test(payload.toString('latin1'))
  }
  const stored = new RegExp(pattern, 'iu')
  // What stands between the other characters is found in the bytes at once, and rules most payloads out.
  const plain = longest(text.match(/[a-z0-9 _]+/gi) ?? [])
  const may = plain.length < 3 ? null : new RegExp(plain, 'i')
  return (payload) => (may === null || may.test(payload.toString('latin1'))) && stored.test(payload.toString('utf8'))
}

const longest = (texts: readonly string[]) =>
  texts.reduce((best, text) => (text.length > best.length ? text : best), '')

const short: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' }

/** A character as it is, or as the encoders of JSON escape it: PHP writes `\/`, Go `\u003c`, Python `\u00fc`. */
function formsOf(character: string): string {
  if (/[a-z0-9 _]/i.test(character)) return character
  const forms = new Set([character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')])
  for (const one of [character, character.toLowerCase(), character.toUpperCase()]) {
    forms.add(
      Array.from({ length: one.length }, (_, i) => `\\\\u${one.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
    )
  }
  if ('"\\/'.includes(character)) forms.add(`\\\\\\${character}`)
  const letter = short[character]
  if (letter !== undefined) forms.add(`\\\\${letter}`)
  return `(?:${[...forms].sort((a, b) => b.length - a.length).join('|')})`
}

/**
 * Whether a payload may hold what a comparison asks of one of its fields, by its bytes alone: false rules it out, and spares
 * reading it. `path` without the leading `payload`.
 */
export function mayHold({ path, operator, value, quoted }: Comparison): (payload: Buffer) => boolean {
  const name = path.findLast((step) => typeof step === 'string')
  // `data` may be left out; other names than plain ones have more spellings.
  const isPlain = name !== undefined && /^[\w -]+$/.test(name) && !(path.length === 1 && name === 'data')
  const key = isPlain ? Buffer.from(JSON.stringify(name)) : null
  const hasValue = valueTest(operator, value, quoted)
  return (payload) => {
    if ((key === null || payload.includes(key)) && (hasValue === null || hasValue(payload))) return true
    return payload.includes('\\u00') // then plain letters may be escaped too
  }
}

function valueTest(operator: string, value: string, quoted: boolean): ((payload: Buffer) => boolean) | null {
  if (value === '' || (value === missing && !quoted)) return null
  const text = storedForms(value)
  if (operator.endsWith('~')) return text
  if (operator !== '=' && operator !== '!=') return null
  const amount = quoted ? null : amountOf(value)
  if (amount === null) return text
  // Other spellings of the same number hold its digits too, but for exponents and more digits than a double has.
  const digits = amount.replace(/^-?0*/, '')
  const plain = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
  if (plain === '' || /e/i.test(amount)) return null
  return (payload) => payload.includes(plain) || text(payload) || oddNumber.test(payload.toString('latin1'))
}

const oddNumber = /[:[,\s"]-?\d+(?:\.\d{15,}|(?:\.\d+)?[eE][+-]?\d)/
