import { describe, expect, it } from 'vitest'
import { firstRules } from '../../domain/redaction/first-rules.ts'
import { meantRules, ruleProblem, rulesProblem } from './redaction-rules.model.ts'

const path = (find: string) => ({ type: 'path' as const, find, with: null })
const pattern = (find: string) => ({ type: 'pattern' as const, find, with: null })

describe('a redaction rule', () => {
  it.each([['data.user.email'], ['items[].card'], ['**.*token*'], ['ایمیل']])('%s is a path', (find) =>
    expect(ruleProblem(path(find))).toBeNull(),
  )
  it('says when a path cannot be read', () =>
    expect(ruleProblem(path('data..email'))).toBe('It is no path like data.user.email, items[].card or **.password.'))
  it('says when a pattern cannot be read', () => {
    expect(ruleProblem(pattern('(?i)\\bbearer [a-z]{8,}'))).toBeNull()
    expect(ruleProblem(pattern('(a'))).toMatch(/^[A-Z].*\.$/)
  })
  it('says when there is nothing to find', () => {
    expect(ruleProblem(path(' '))).toBe('Name a field, as data.user.email.')
    expect(ruleProblem(pattern(''))).toBe('Type what to look for.')
  })
})

describe('a list of rules', () => {
  it('finds nothing wrong with those that are there at first', () => expect(rulesProblem(firstRules)).toBeNull())
  it('leaves out what is still empty', () => {
    expect(meantRules([path(''), path('a')])).toEqual([path('a')])
    expect(rulesProblem([path(''), path('a')])).toBeNull()
  })
  it('names the first that is wrong', () => {
    const wrong = pattern('(')
    expect(rulesProblem([path('a'), wrong])).toBe(`Rule 2: ${ruleProblem(wrong)}`)
  })
})
