import { normalNumber, sameJson } from '../json-equal.ts'
import { placeAt, rawAt, typeOf } from '../json-place.ts'
import { jsonScalar } from '../json-text.ts'
import type { BinaryOperator, Expression } from './expression.ts'
import { nameOf } from './notes.ts'
import { Refusal } from './refusal.ts'

/** Digits of a whole number that is calculated with: products of products must end somewhere. */
const mostDigits = 1000
/** Texts longer than this are not made. */
const mostCharacters = 16 * 1024 * 1024

/** What an expression is worth for one payload, as raw JSON; undefined where a path leads nowhere. */
export function evaluate(expression: Expression, json: string, now: number): string | undefined {
  switch (expression.kind) {
    case 'json':
      return expression.raw
    case 'path': {
      const place = placeAt(json, expression.path)
      return place === null ? undefined : rawAt(json, place)
    }
    case 'choice': {
      const test = evaluate(expression.test, json, now)
      if (test !== 'true' && test !== 'false') throw new Refusal('what stands before ? is neither true nor false.')
      return evaluate(test === 'true' ? expression.yes : expression.no, json, now)
    }
    case 'call':
      return call(expression, json, now)
    case 'binary': {
      const { operator } = expression
      const left = evaluate(expression.left, json, now)
      if (operator === '??') return isNothing(left) ? evaluate(expression.right, json, now) : left
      const right = evaluate(expression.right, json, now)
      if (operator === '=' || operator === '!=') {
        return String(sameJson(left ?? 'null', right ?? 'null') === (operator === '='))
      }
      return binary(operator, there(left, expression.left), there(right, expression.right))
    }
  }
}

const isNothing = (raw: string | undefined) => raw === undefined || raw === 'null'

function there(raw: string | undefined, expression: Expression): string {
  if (raw !== undefined) return raw
  throw new Refusal(`${expression.kind === 'path' ? nameOf(expression.path) : 'a value'} is not there.`)
}

function call({ name, of }: Extract<Expression, { kind: 'call' }>, json: string, now: number): string | undefined {
  if (name === 'now') return String(now)
  if (name === 'coalesce') {
    for (const each of of) {
      const raw = evaluate(each, json, now)
      if (!isNothing(raw)) return raw
    }
    return 'null'
  }
  const [argument] = of as [Expression]
  const raw = there(evaluate(argument, json, now), argument)
  if (name === 'number') return asNumber(raw)
  const text = asText(raw)
  switch (name) {
    case 'lower':
      return JSON.stringify(text.toLowerCase())
    case 'upper':
      return JSON.stringify(text.toUpperCase())
    case 'trim':
      return JSON.stringify(text.trim())
    default:
      return JSON.stringify(text)
  }
}

/** A value as text: text as it is, all else as it is written. */
function asText(raw: string): string {
  const value = jsonScalar(raw)
  return typeof value === 'string' ? value : raw
}

function asNumber(raw: string): string {
  const text = asText(raw).trim()
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text
  if (/^[+-]?\d{1,1000}$/.test(text)) return String(BigInt(text.replace(/^\+/, '')))
  throw new Refusal(`${shown(raw)} is no number.`)
}

function binary(operator: Exclude<BinaryOperator, '??' | '=' | '!='>, left: string, right: string): string {
  const types = [typeOf(left), typeOf(right)]
  const numbers = types.every((type) => type === 'number')
  switch (operator) {
    case '<':
    case '<=':
    case '>':
    case '>=':
      return String(fits(order(left, right), operator))
    case '+':
      if (numbers) return calculate('+', left, right)
      if (types.includes('text')) return joined(left, right)
      throw new Refusal(`${shown(left)} and ${shown(right)} cannot be added.`)
    default:
      if (!numbers) throw new Refusal(`${shown(types[0] === 'number' ? right : left)} is no number.`)
      return calculate(operator, left, right)
  }
}

function joined(left: string, right: string): string {
  for (const raw of [left, right]) {
    const type = typeOf(raw)
    if (type === 'object' || type === 'list' || type === 'null') {
      throw new Refusal(`${shown(raw)} cannot be put together with text: text(...) makes text of it.`)
    }
  }
  const text = asText(left) + asText(right)
  if (text.length > mostCharacters) throw new Refusal('a text would become longer than 16 MB.')
  return JSON.stringify(text)
}

function fits(order: number, operator: '<' | '<=' | '>' | '>='): boolean {
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function order(left: string, right: string): number {
  const [a, b] = [typeOf(left), typeOf(right)]
  if (a === 'text' && b === 'text') return asText(left) < asText(right) ? -1 : asText(left) > asText(right) ? 1 : 0
  if (a !== 'number' || b !== 'number') throw new Refusal(`${shown(left)} and ${shown(right)} have no order.`)
  const [x, y] = [whole(left), whole(right)]
  if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : 0
  return normalNumber(left) === normalNumber(right) ? 0 : Number(left) - Number(right)
}

/** A whole number, exactly; null for a fraction. */
function whole(raw: string): bigint | null {
  if (!/^-?\d+$/.test(raw)) return null
  if (raw.length > mostDigits) throw new Refusal(`numbers of more than ${mostDigits} digits are not calculated with.`)
  return BigInt(raw)
}

/** Whole numbers exactly, however long; fractions as doubles, with all digits that those have. */
function calculate(operator: '+' | '-' | '*' | '/' | '%', left: string, right: string): string {
  const [a, b] = [whole(left), whole(right)]
  if ((operator === '/' || operator === '%') && Number(right) === 0) throw new Refusal('nothing can be divided by 0.')
  if (a !== null && b !== null) {
    const exact = exactly(operator, a, b)
    if (exact !== null) return String(exact)
  }
  const result = withFractions(operator, asDouble(left, a), asDouble(right, b))
  if (!Number.isFinite(result)) throw new Refusal('the result is too large.')
  return JSON.stringify(result)
}

function exactly(operator: '+' | '-' | '*' | '/' | '%', a: bigint, b: bigint): bigint | null {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a % b === 0n ? a / b : null
    case '%':
      return a % b
  }
}

function asDouble(raw: string, exact: bigint | null): number {
  const double = Number(raw)
  if (exact !== null && !Number.isSafeInteger(double)) {
    throw new Refusal(`${shown(raw)} would lose digits beside a fraction.`)
  }
  return double
}

function withFractions(operator: '+' | '-' | '*' | '/' | '%', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
  }
}

/** A value in a sentence: not all of a long one. */
function shown(raw: string): string {
  return raw.length > 60 ? `${raw.slice(0, 60)}…` : raw
}
