import { describe, expect, it } from 'vitest'
import { fileNameOf } from './save-payload.ts'

describe('fileNameOf', () => {
  it('is the name and the id', () =>
    expect(fileNameOf({ name: 'welcome', id: '9007199254740993' })).toBe('welcome-9007199254740993'))
  it('has no path in it', () => expect(fileNameOf({ name: '../../etc/passwd', id: null })).toBe('etc-passwd'))
  it('keeps other scripts', () => expect(fileNameOf({ name: 'سفارش', id: null })).toBe('سفارش'))
  it('is never empty', () => expect(fileNameOf({ name: '\u202e///', id: null })).toBe('job'))
})
