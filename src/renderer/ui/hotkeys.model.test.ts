import { describe, expect, it } from 'vitest'
import { chordOf, keyCaps } from './hotkeys.model.ts'

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  chordOf({ key, code: '', metaKey: false, ctrlKey: false, altKey: false, shiftKey: false, ...more })

describe('chordOf', () => {
  it('is the same for Ctrl and Command', () => {
    expect([press('k', { ctrlKey: true }), press('k', { metaKey: true })]).toEqual(['mod+k', 'mod+k'])
  })
  it('takes shift as a modifier of letters and named keys, not of signs', () => {
    expect([
      press('G', { shiftKey: true }),
      press('?', { shiftKey: true }),
      press('Enter', { shiftKey: true }),
    ]).toEqual(['shift+g', '?', 'shift+enter'])
  })
  it('goes by place on keyboards that write other letters', () => {
    expect(press('ت', { code: 'KeyJ' })).toBe('j')
    expect(press('/', { code: 'Slash' })).toBe('/')
  })
})

describe('keyCaps', () => {
  it('speaks the platform', () => {
    expect([keyCaps('mod+k', true), keyCaps('mod+k', false), keyCaps('g o', false), keyCaps('escape', false)]).toEqual([
      ['⌘', 'K'],
      ['Ctrl', 'K'],
      ['G', 'O'],
      ['Esc'],
    ])
  })
  it('keeps a plus sign whole', () => expect(keyCaps('mod++', false)).toEqual(['Ctrl', '+']))
})
