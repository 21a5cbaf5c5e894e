import { expect, it } from 'vitest'
import { type DiffLine, diffLines } from './text-diff.model.ts'

const signs = { same: ' ', gone: '-', new: '+' }
const told = (lines: readonly DiffLine[]) =>
  lines.map((line) => (line.type === 'skipped' ? `~${line.lines}` : `${signs[line.type]}${line.text}`))
const marked = (lines: readonly DiffLine[]) =>
  lines.map((line) => ('mark' in line && line.mark !== null ? line.text.slice(...line.mark) : null))

it('finds one changed line and the part in it that changed', () => {
  const lines = diffLines(
    '{\n  "id": 9223372036854775807,\n  "a": 1\n}',
    '{\n  "id": 9223372036854775808,\n  "a": 1\n}',
  )
  expect(told(lines)).toEqual([
    ' {',
    '-  "id": 9223372036854775807,',
    '+  "id": 9223372036854775808,',
    '   "a": 1',
    ' }',
  ])
  expect(marked(lines)).toEqual([null, '9223372036854775807', '9223372036854775808', null, null])
})
it('tells lines that came and went apart from those that stayed between them', () => {
  expect(told(diffLines('a\nb\nc\nd', 'a\nx\nb\nd'))).toEqual([' a', '+x', ' b', '-c', ' d'])
})
it('tells equal lines far from any change by their number', () => {
  const many = Array.from({ length: 20 }, (_, index) => `line ${index}`)
  const lines = diffLines(many.join('\n'), [...many.slice(0, 10), 'new', ...many.slice(10)].join('\n'))
  expect(told(lines)).toEqual(['~8', ' line 8', ' line 9', '+new', ' line 10', ' line 11', '~8'])
  expect(told(diffLines('a\nb', 'a\nb'))).toEqual(['~2'])
})
it('marks whole words and numbers', () => {
  expect(marked(diffLines('"total": 19.90,', '"total": 21.50,'))).toEqual(['19.90', '21.50'])
  expect(marked(diffLines('"host": "mail-1.internal"', '"host": "mail-2.internal"'))).toEqual([
    'mail-1.internal',
    'mail-2.internal',
  ])
  expect(marked(diffLines('a: 1', 'a: 1, b: 2'))).toEqual(['', ', b: 2'])
})
it('marks nothing where lines have nothing in common, and never half a character', () => {
  expect(marked(diffLines('abc', 'xyz'))).toEqual([null, null])
  expect(marked(diffLines('a 😀 b', 'a 😁 b'))).toEqual(['😀', '😁'])
  expect(marked(diffLines('x 😀 b', 'x 🈀 b'))).toEqual(['😀', '🈀'])
})
it('stays quick on texts that have nothing in common', () => {
  const text = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word} ${index}`).join('\n')
  expect(diffLines(text('a'), text('b'))).toHaveLength(6_000)
})
