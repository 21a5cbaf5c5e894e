import { errorSignature } from '../failure.ts'
import { elements, jsonScalar, members, scalarText } from '../json-text.ts'
import { amountOf, compareNumbers, isNumber } from './amount.ts'
import { type Comparison, type JobFilter, missing, type Operator, type PathStep } from './parse.ts'
import { mayHold, storedForms } from './stored-forms.ts'

/** A job as a filter sees it. What a filter does not ask for is not read: these may be getters. */
export interface FilteredJob {
  readonly id: string | null
  readonly name: string | null
  readonly error: string | null
  /** Epoch ms at which it entered its state; null when unknown. */
  readonly at: number | null
  readonly createdAt: number | null
  readonly attempts: number | null
  readonly bytes: number
  readonly progress: number | null
  /** The whole payload as stored, and as text. */
  readonly payload: Buffer
  readonly text: string
}

export type Matcher = (job: FilteredJob) => boolean

/**
 * Whether a job passes the filter; `now` (epoch ms) is what its age counts to. What is cheap to know is asked first. Facts
 * of the place (`queue`, `kind`, ...) no job has: `filterIn` answers them before.
 * @param signatureOf `errorSignature`, or one that remembers
 */
export function matcherOf(filter: JobFilter, now: number, signatureOf = errorSignature): Matcher {
  switch (filter.kind) {
    case 'all': {
      const each = byCost(filter.of).map((one) => matcherOf(one, now, signatureOf))
      return (job) => each.every((matches) => matches(job))
    }
    case 'any': {
      const each = byCost(filter.of).map((one) => matcherOf(one, now, signatureOf))
      return (job) => each.some((matches) => matches(job))
    }
    case 'not': {
      const matches = matcherOf(filter.of, now, signatureOf)
      return (job) => !matches(job)
    }
    case 'text':
      return textMatcher(filter.text)
    case 'compare':
      return comparisonMatcher(filter, { now, signatureOf })
  }
}

const costs: Readonly<Record<string, number>> = { bytes: 0, at: 1, age: 1, failed: 1, hour: 1, error: 1, signature: 2 }

function costOf(filter: JobFilter): number {
  if (filter.kind === 'text') return 3
  if (filter.kind === 'not') return costOf(filter.of)
  if (filter.kind !== 'compare') return Math.max(...filter.of.map(costOf))
  return costs[String(filter.path[0])] ?? (isFact(filter.path) ? 5 : 4)
}

const byCost = (filters: readonly JobFilter[]) => [...filters].sort((a, b) => costOf(a) - costOf(b))

function textMatcher(text: string): Matcher {
  const wanted = text.toLowerCase()
  const stored = storedForms(text)
  return (job) => stored(job.payload) || (job.error?.toLowerCase().includes(wanted) ?? false)
}

interface Means {
  readonly now: number
  readonly signatureOf: (error: string) => string
}

/** What Sluice shows of a job, by the name under which a filter asks for it. */
const facts: Readonly<Record<string, (job: FilteredJob, means: Means) => string | number | null>> = {
  id: (job) => job.id,
  name: (job) => job.name,
  error: (job) => job.error,
  signature: (job, { signatureOf }) => signatureOf(job.error ?? ''),
  age: (job, { now }) => (job.at === null ? null : now - job.at),
  failed: (job, { now }) => (job.at === null ? null : now - job.at),
  created: (job, { now }) => (job.createdAt === null ? null : now - job.createdAt),
  hour: (job) => (job.at === null ? null : new Date(job.at).getHours()),
  attempts: (job) => job.attempts,
  bytes: (job) => job.bytes,
  progress: (job) => job.progress,
}

/** Facts of where a job is. */
const placeFacts = ['queue', 'state', 'kind', 'system']

const isFact = (path: readonly PathStep[]) =>
  path.length === 1 && (String(path[0]) in facts || placeFacts.includes(String(path[0])))

/** Whether the path leads into the payload of a job, and not to what Sluice shows of it. */
export const isOfPayload = (path: readonly PathStep[]) => !isFact(path)

function comparisonMatcher(filter: Comparison, means: Means): Matcher {
  const [first = '', ...rest] = filter.path
  const test = testOf(filter)
  const fact = rest.length === 0 && Object.hasOwn(facts, String(first)) ? facts[String(first)] : undefined
  if (fact !== undefined) {
    return (job) => {
      const value = fact(job, means)
      return test(value === null ? [] : [String(value)])
    }
  }
  if (isFact(filter.path)) return () => test([])
  const path = first === 'payload' && rest.length > 0 ? rest : filter.path
  const may = mayHold({ ...filter, path })
  return (job) => test(may(job.payload) ? valuesAt(job.text, path) : [])
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
      if (step === null) return elements(text)
      if (typeof step === 'number') return elements(text).slice(step, step + 1)
      const member = members(text).findLast(({ key }) => key === step)
      return member === undefined ? [] : [text.slice(member.valueStart, member.valueEnd)]
    })
  }
  return found
}

/** Whether any of the values fits; for the negations, whether none does. */
export function testOf({ operator, value, quoted, path }: Comparison): (values: readonly string[]) => boolean {
  if (operator === '!=' || operator === '!~') {
    const positive = testOf({ kind: 'compare', path, value, quoted, operator: operator === '!=' ? '=' : '~' })
    return (values) => !positive(values)
  }
  if (operator === '=' && value === missing && !quoted) return (values) => values.length === 0
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
