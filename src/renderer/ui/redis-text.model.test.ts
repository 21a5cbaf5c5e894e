import { describe, expect, it } from 'vitest'
import { markedParts, plainVisible, textPieces } from './redis-text.model.ts'

describe('textPieces', () => {
  it('leaves ordinary text of any script in one piece', () => {
    for (const text of ['email', 'سفارش‌ها', '注文', 'a b:c{d}', '👩‍💻']) expect(textPieces(text)).toEqual([{ text }])
  })
  it('names what turns the text around', () => {
    expect(textPieces('pay\u202egnp.exe')).toEqual([
      { text: 'pay' },
      { hidden: '\u202e', name: 'RLO' },
      { text: 'gnp.exe' },
    ])
  })
  it('names controls by their code where they have no name here', () => {
    expect(plainVisible('\u0007a\u0000\u{e0041}')).toBe('⟨U+0007⟩a⟨NUL⟩⟨U+E0041⟩')
  })
  it('keeps lines when asked to', () => {
    expect(textPieces('a\n\tb', true)).toEqual([{ text: 'a\n\tb' }])
    expect(plainVisible('a\nb')).toBe('a⟨LF⟩b')
  })
  it('loses nothing', () => {
    const text = '\u200ba\u2066b\u2069\r\n'
    expect(
      textPieces(text)
        .map((piece) => ('text' in piece ? piece.text : piece.hidden))
        .join(''),
    ).toBe(text)
  })
})

describe('markedParts', () => {
  it('finds every place, in any case, and loses nothing', () => {
    expect(markedParts('Out of ROUTE out', 'out')).toEqual(['', 'Out', ' of R', 'OUT', 'E ', 'out', ''])
    expect(markedParts('nothing', 'out')).toEqual(['nothing'])
    expect(markedParts('nothing', '')).toEqual(['nothing'])
  })
  it('marks nothing where lower case has another length', () => {
    expect(markedParts('İzmir out', 'out')).toEqual(['İzmir out'])
  })
})
