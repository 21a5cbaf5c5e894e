import { describe, expect, it } from 'vitest'
import { type FilteredJob, matcherOf } from './match.ts'
import { parseFilter } from './parse.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const job: FilteredJob = {
  id: 'job-7',
  name: 'send',
  error: 'connect ETIMEDOUT 10.0.0.7:443',
  at: now - 3 * 3_600_000,
  attempts: 3,
  bytes: 2048,
  progress: null,
  payload: JSON.stringify({
    id: 'job-7',
    name: 'own name',
    data: {
      user: { id: 42, plan: 'Pro plan' },
      items: [{ sku: 'a' }, { sku: 'b' }],
      city: 'München',
      at: '2026-11-02',
    },
  }).replace('42', '9007199254740993'),
}

function matches(text: string, over: Partial<FilteredJob> = {}): boolean {
  const filter = parseFilter(text)
  if (filter === null || 'problem' in filter) throw new Error(`${text}: ${filter?.problem ?? 'empty'}`)
  return matcherOf(filter, now)({ ...job, ...over })
}

describe('a filter of jobs', () => {
  it.each([
    // words
    ['etimedout', true],
    ['"pro PLAN"', true],
    ['pro plan', true],
    ['pro plane', false],
    ['münchen', true],
    ['JOB-7', true],
    // facts
    ['id = job-7', true],
    ['name = send', true],
    ['payload.name = "own name"', true],
    ['error ~ timedout', true],
    ['error !~ timedout', false],
    ['age > 2h', true],
    ['age > 4h', false],
    ['age <= 180min', true],
    ['attempts >= 3 and attempts < 4', true],
    ['bytes > 1.5kb', true],
    ['bytes > 2kb', false],
    ['progress > 0', false],
    // paths
    ['data.user.id = 9007199254740993', true],
    ['data.user.id = 9007199254740992', false],
    ['data.user.id > 9007199254740992', true],
    ['data.user.id != 9007199254740993', false],
    ['data.user.plan = "Pro plan"', true],
    ['data.user.plan = pro', false],
    ['data.items[1].sku = b', true],
    ['data.items[0].sku = b', false],
    ['data.items[].sku = b', true],
    ['data.items[].sku != c', true],
    ['data.at >= 2026-11-01', true],
    ['data.at >= 2026-12-01', false],
    ['data.user.nothing = 1', false],
    ['data.user.nothing != 1', true],
    // both
    ['attempts = 3 timedout', true],
    ['attempts = 4 or timedout', true],
    ['not timedout', false],
    ['not (attempts = 4 or bytes < 1kb) and id = job-7', true],
    ['a=1 or b=2 and c=3 or attempts=3', true],
  ])('%s', (text, expected) => {
    expect(matches(text)).toBe(expected)
  })

  it('finds fields of a payload that is the data itself, as Bull keeps it', () => {
    expect(matches('data.user.id = 5', { payload: '{"user":{"id":5}}' })).toBe(true)
    expect(matches('user.id = 5', { payload: '{"user":{"id":5}}' })).toBe(true)
  })

  it('finds text however its payload escapes it', () => {
    expect(matches('münchen', { payload: '{"city":"M\\u00fcnchen"}' })).toBe(true)
    expect(matches('"say \\"hi\\""', { payload: '{"text":"say \\"hi\\""}' })).toBe(true)
  })

  it('compares numbers with numbers alone', () => {
    expect(matches('a > 5', { payload: '{"a":"many"}' })).toBe(false)
    expect(matches('a = 5.0', { payload: '{"a":5}' })).toBe(true)
    expect(matches('a = "5"', { payload: '{"a":5}' })).toBe(true)
    expect(matches('a = null', { payload: '{"a":null}' })).toBe(true)
  })

  it.each([
    ['(a = 1', 'This bracket is not closed.', 0],
    ['a = 1)', 'This bracket was not opened.', 5],
    ['a =', 'A value stands after =.', 2],
    ['= 1', 'What is to be compared stands before =.', 0],
    ['a = "x', 'This quote is not closed.', 4],
    ['not', 'Something is missing at the end.', 3],
    ['a..b = 1', 'a..b is no path like data.user.id.', 0],
    ['('.repeat(200), 'This is nested too deeply.', 100],
  ])('%s is refused', (text, problem, at) => {
    expect(parseFilter(text)).toEqual({ problem, at })
  })

  it('of nothing is none', () => {
    expect(parseFilter('  ')).toBeNull()
  })
})
