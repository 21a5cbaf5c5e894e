import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prettyJson } from '../../../domain/json-text.ts'
import { lineTokens } from './json-tokens.model.ts'
import { indexLines, type Layout, LineIndex } from './line-index.model.ts'

function indexed(text: string, layout: Layout, columns = 10_000): LineIndex {
  const index = new LineIndex()
  for (const _ of indexLines(text, layout, columns, index));
  return index
}

/** The rows as a person sees them. */
function shown(text: string, columns?: number): string[] {
  const index = indexed(text, 'pretty', columns)
  return Array.from({ length: index.count }, (_, row) => {
    const { start, end, depth, inString } = index.at(row)
    const tokens = lineTokens(text.slice(start, end), inString)
    return `${'  '.repeat(depth)}${tokens.map((token) => token.text).join('')}`
  })
}

describe('pretty rows', () => {
  it('are the lines of prettyJson', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (json, space) => {
        const text = JSON.stringify(JSON.parse(json), null, space)
        expect(shown(text).join('\n')).toBe(prettyJson(text))
      }),
    )
  })
  it('keep 64-bit integers, escapes and repeated keys', () => {
    expect(shown('{"id":9007199254740993,"a":"\\u00e9","a":1e400}')).toEqual([
      '{',
      '  "id": 9007199254740993,',
      '  "a": "\\u00e9",',
      '  "a": 1e400',
      '}',
    ])
  })
  it('survive text that was cut off or is not JSON', () => {
    for (const text of ['{"a":[1,2', '{"a":"unfinished', '}}}]', 'not json', '', ',,', '{"a" 1}', '"\\']) {
      expect(indexed(text, 'pretty').count).toBeGreaterThan(0)
    }
  })
  it('are never longer than the columns, and lose nothing', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const index = indexed(json, 'pretty', 20)
        let all = ''
        for (let row = 0; row < index.count; row++) {
          const { start, end } = index.at(row)
          expect(end - start).toBeLessThanOrEqual(22)
          all += json.slice(start, end)
        }
        // Outside of strings only blanks may go.
        expect(all.replace(/\s/g, '')).toBe(json.replace(/\s/g, ''))
      }),
    )
  })
  it('number lines, not rows', () => {
    const index = indexed(`{"a":"${'x'.repeat(50)}"}`, 'pretty', 20)
    const numbers = Array.from({ length: index.count }, (_, row) => index.at(row).number)
    expect(numbers.filter((number) => number !== null)).toEqual([1, 2, 3])
    expect(index.count).toBeGreaterThan(3)
  })
})

describe('raw rows', () => {
  const rows = (text: string, columns: number) => {
    const index = indexed(text, 'raw', columns)
    return Array.from({ length: index.count }, (_, row) => text.slice(index.at(row).start, index.at(row).end))
  }
  it('are the lines as stored', () => expect(rows('a\n\n b \n', 80)).toEqual(['a', '', ' b ', '']))
  it('wrap long lines without a loss', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(rows(text.replaceAll('\n', ' '), 16).join('')).toBe(text.replaceAll('\n', ' '))
      }),
    )
  })
  it('split no character', () => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      expect(() => rows(before + '😀'.repeat(30), 16).map(encodeURIComponent)).not.toThrow()
    }
  })
  it('pause while a long text is read', () => {
    let pauses = 0
    for (const _ of indexLines('x'.repeat(2_000_000), 'raw', 100, new LineIndex())) pauses++
    expect(pauses).toBeGreaterThan(5)
  })
})

describe('a long string', () => {
  it('is read in parts', () => {
    const text = JSON.stringify({ a: 'y'.repeat(1_000_000) })
    const index = new LineIndex()
    let pauses = 0
    for (const _ of indexLines(text, 'pretty', 100, index)) pauses++
    expect(pauses).toBeGreaterThan(3)
    expect(index.lines).toBe(3)
    expect(index.at(index.count - 2).end).toBe(text.length - 1)
  })
})

describe('lineTokens', () => {
  it('tells keys from strings', () => {
    expect(lineTokens('"a":"b",', false).map(({ kind }) => kind)).toEqual([
      'key',
      'punctuation',
      'string',
      'punctuation',
    ])
  })
  it('goes on inside a string', () => {
    expect(lineTokens('end of it",', true)).toEqual([
      { kind: 'string', text: 'end of it"' },
      { kind: 'punctuation', text: ',' },
    ])
  })
  it('knows numbers and literals', () => {
    expect(lineTokens('-1.5e3', false)[0]?.kind).toBe('number')
    expect(lineTokens('null', false)[0]?.kind).toBe('literal')
    expect(lineTokens('NaN', false)[0]?.kind).toBe('other')
  })
})
