import type { Comparison, JobFilter, Operator } from '../../../domain/job-filter/parse.ts'
import { pathText } from '../../../domain/job-filter/print.ts'

const verbs: Record<Operator, string> = {
  '=': 'is',
  '!=': 'is not',
  '~': 'contains',
  '!~': 'does not contain',
  '>': 'is over',
  '>=': 'is at least',
  '<': 'is under',
  '<=': 'is at most',
}

/** How a filter is understood, in words: what belongs together is in brackets. */
export function filterWords(filter: JobFilter): string {
  switch (filter.kind) {
    case 'text':
      return `“${filter.text}” is anywhere`
    case 'not':
      return `not (${filterWords(filter.of)})`
    case 'all':
      return filter.of.map(inner).join(' and ')
    case 'any':
      return filter.of.map(inner).join(' or ')
    case 'compare':
      return comparisonWords(filter)
  }
}

const inner = (filter: JobFilter) =>
  filter.kind === 'all' || filter.kind === 'any' ? `(${filterWords(filter)})` : filterWords(filter)

function comparisonWords({ path, operator, value, quoted }: Comparison): string {
  const name = pathText(path)
  if (!quoted && value === 'missing' && operator === '=') return `there is no ${name}`
  if (!quoted && value === 'missing' && operator === '!=') return `there is ${name}`
  return `${name} ${verbs[operator]} ${quoted || value === '' ? `“${value}”` : value}`
}
