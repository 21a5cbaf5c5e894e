import { elements, jsonScalar, members, scalarText } from '../json-text.ts'
import type { Comparison, JobFilter, Operator, PathStep } from './parse.ts'

/** A job as a filter sees it. */
export interface FilteredJob {
  readonly id: string | null
  readonly name: string | null
  readonly error: string | null
  /** Epoch ms at which it entered its state; null when unknown. */
  readonly at: number | null
  readonly attempts: number | null
  readonly bytes: number
  readonly progress: number | null
  /** The whole payload as text. */
  readonly payload: string
}

/** Whether a job passes the filter; `now` (epoch ms) is what its age counts to. */
export function matcherOf(filter: JobFilter, now: number): (job: FilteredJob) => boolean {
  switch (filter.kind) {
    case 'all': {
      const each = filter.of.map((one) => matcherOf(one, now))
      return (job) => each.every((matches) => matches(job))
    }
    case 'any': {
      const each = filter.of.map((one) => matcherOf(one, now))
      return (job) => each.some((matches) => matches(job))
    }
    case 'not': {
      const matches = matcherOf(filter.of, now)
      return (job) => !matches(job)
    }
    case 'text':
      return textMatcher(filter.text)
    case 'compare':
      return comparisonMatcher(filter, now)
  }
}

/** Payloads say `é` as it is or escaped; both are looked for. */
function textMatcher(text: string): (job: FilteredJob) => boolean {
  const wanted = text.toLowerCase()
  const escaped = JSON.stringify(text).slice(1, -1).toLowerCase()
  const ascii = escaped.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const forms = [...new Set([wanted, escaped, ascii])]
  return ({ payload, error, id }) => {
    const low = payload.toLowerCase()
    return (
      forms.some((form) => low.includes(form)) ||
      (error?.toLowerCase().includes(wanted) ?? false) ||
      id?.toLowerCase() === wanted
    )
  }
}

type Facts = Readonly<Record<string, (job: FilteredJob, now: number) => string | number | null>>

/** What Sluice shows of a job, by the name under which a filter asks for it. */
const facts: Facts = {
  id: (job) => job.id,
  name: (job) => job.name,
  error: (job) => job.error,
  age: (job, now) => (job.at === null ? null : now - job.at),
  attempts: (job) => job.attempts,
  bytes: (job) => job.bytes,
  progress: (job) => job.progress,
}

function comparisonMatcher(filter: Comparison, now: number): (job: FilteredJob) => boolean {
  const [first = '', ...rest] = filter.path
  const test = testOf(filter)
  const fact = rest.length === 0 ? facts[String(first)] : undefined
  if (fact !== undefined) {
    return (job) => {
      const value = fact(job, now)
      return test(value === null ? [] : [String(value)])
    }
  }
  const path = first === 'payload' && rest.length > 0 ? rest : filter.path
  return ({ payload }) => test(valuesAt(payload, path))
}

/** The values at a path of a JSON text, as text; none where it leads nowhere. `data.` may be left out or said in vain. */
function valuesAt(json: string, path: readonly PathStep[]): string[] {
  const direct = rawAt(json, path)
  const raw = direct.length > 0 || path[0] !== 'data' ? direct : rawAt(json, path.slice(1))
  return raw.map((text) => scalarText(jsonScalar(text)) ?? 'null')
}

function rawAt(json: string, path: readonly PathStep[]): string[] {
  let found = [json]
  for (const step of path) {
    found = found.flatMap((text) => {
      if (step === 'any-item') return elements(text)
      if (typeof step === 'number') return elements(text).slice(step, step + 1)
      const member = members(text).findLast(({ key }) => key === step)
      return member === undefined ? [] : [text.slice(member.valueStart, member.valueEnd)]
    })
  }
  return found
}

/** Whether any of the values fits; for the negations, whether none does. */
function testOf({ operator, value, quoted, path }: Comparison): (values: readonly string[]) => boolean {
  if (operator === '!=' || operator === '!~') {
    const positive = testOf({ kind: 'compare', path, value, quoted, operator: operator === '!=' ? '=' : '~' })
    return (values) => !positive(values)
  }
  if (operator === '~') {
    const wanted = value.toLowerCase()
    return (values) => values.some((each) => each.toLowerCase().includes(wanted))
  }
  const amount = quoted ? null : amountOf(value)
  return (values) =>
    values.some((each) => {
      if (each === value) return operator === '=' || operator === '>=' || operator === '<='
      const order =
        amount !== null && isNumber(each) ? compareNumbers(each, amount) : quoted ? compareTexts(each, value) : null
      // Unlike things are neither equal nor in order; times and versions are, as text.
      if (order === null) return operator !== '=' && amount === null && fits(compareTexts(each, value), operator)
      return fits(order, operator)
    })
}

function fits(order: number, operator: Operator): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '<':
      return order < 0
    default:
      return order <= 0
  }
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const isNumber = (text: string) => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)

/** Whole numbers exactly, however long; others as doubles. */
function compareNumbers(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const [left, right] = [BigInt(a), BigInt(b)]
    return left < right ? -1 : left > right ? 1 : 0
  }
  return Number(a) - Number(b)
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
}

/** A number, with a unit of time (then ms) or size (then bytes) behind it; null for other text. */
function amountOf(text: string): string | null {
  const [, number, unit] = /^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? []
  if (number === undefined) return null
  if (unit === undefined || unit === '') return number
  const factor = units[unit.toLowerCase()]
  return factor === undefined ? null : String(Number(number) * factor)
}
