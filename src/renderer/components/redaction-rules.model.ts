import { pathTestOf } from '../../domain/redaction/name-path.ts'
import { patternOf } from '../../domain/redaction/pattern.ts'
import type { RedactionRule } from '../../domain/redaction.ts'

/** What is wrong with a rule as it is typed, in a sentence; null for nothing. The same test as where it is applied. */
export function ruleProblem({ type, find }: RedactionRule): string | null {
  if (find.trim() === '') return type === 'path' ? 'Name a field, as data.user.email.' : 'Type what to look for.'
  const made = type === 'path' ? pathTestOf(find) : patternOf(find)
  return 'problem' in made ? `${made.problem.charAt(0).toUpperCase()}${made.problem.slice(1)}.` : null
}

/** The rules that mean something: what somebody has begun to type and left empty does not count. */
export function meantRules(rules: readonly RedactionRule[]): RedactionRule[] {
  return rules.filter(({ find }) => find.trim() !== '')
}

/** The first rule that is wrong, as a sentence; null when all can be used. */
export function rulesProblem(rules: readonly RedactionRule[]): string | null {
  const at = meantRules(rules).findIndex((rule) => ruleProblem(rule) !== null)
  const rule = meantRules(rules)[at]
  return rule === undefined ? null : `Rule ${at + 1}: ${ruleProblem(rule)}`
}
