import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patternOf } from './pattern.ts'

function found(pattern: string, text: string): string[] {
  const made = patternOf(pattern)
  if ('problem' in made) throw new Error(made.problem)
  return made.matches(text).map(({ start, end }) => text.slice(start, end))
}

describe('patterns that are looked for in one pass', () => {
  it('finds what a regular expression finds', () => {
    const text = 'mail Anna.b+c@example.com, or 4111-1111 1111.1; é日本 a_b-c\n07:30 "x"'
    for (const pattern of [
      '[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+',
      '\\d{4}[ -]?\\d{4}',
      '\\b[a-z]\\w*\\b',
      '(?:ann|mail|or)[a-z]*',
      '[^a-z\\s]+',
      '\\d\\d:\\d\\d',
      '^mail|"$',
      '\\u65e5.',
      'a{2,}|1{1,3}',
      '(a|b)*c',
      '\\Bx\\B|x',
      '.+',
    ]) {
      expect([pattern, found(pattern, text)]).toEqual([pattern, text.match(new RegExp(pattern, 'g')) ?? []])
    }
    expect(found('(?i)ANNA', text)).toEqual(['Anna'])
  })

  it('agrees with regular expressions on the texts of simple ones', () => {
    const part = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\b', '(?:ab)', '(?:ba)', 'c')
    const count = fc.constantFrom('', '', '', '+', '{2}')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(part, count), { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 30 }),
        (parts, text) => {
          const pattern = parts.map(([p, c]) => (p === '\\b' ? p : p + c)).join('')
          const made = patternOf(pattern)
          if ('problem' in made) return // finds nothing at all, as \b does
          // Greedy parts one after the other find the longest text here: there is no | and no ?.
          const first = made.matches(text)[0]
          const expected = new RegExp(pattern).exec(text)
          expect(first && [first.start, first.end]).toEqual(
            expected ? [expected.index, expected.index + expected[0].length] : undefined,
          )
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('does not hang where others do', () => {
    const text = 'a'.repeat(200_000)
    expect(found('(a+)+$x', text)).toEqual([])
    expect(found('(a|aa)*b', text)).toEqual([])
    expect(found('.*.*.*=.*', text)).toEqual([])
    expect(found('a+', text)[0]).toHaveLength(1000)
  })

  it('says what it does not understand', () => {
    const problem = (pattern: string) => {
      const made = patternOf(pattern)
      return 'problem' in made ? made.problem : null
    }
    expect(problem('(?=a)')).toContain('(?...)')
    expect(problem('(a)\\1')).toContain('\\1')
    expect(problem('a*?')).toContain('longest')
    expect(problem('a*')).toContain('nothing at all')
    expect(problem('(a')).toContain('not closed')
    expect(problem('a)')).toContain('not opened')
    expect(problem('[a')).toContain('not closed')
    expect(problem('[b-a]')).toContain('range')
    expect(problem('((a{1000}){1000}){1000}')).toContain('too large')
    expect(problem('('.repeat(100))).toContain('deeply')
    expect(problem('+')).toContain('nothing before')
  })
})
