import { describe, expect, it } from 'vitest'
import { payloadBadges, previewOf, storedText } from './stored-text.ts'

describe('storedText', () => {
  it('keeps UTF-8 as it is stored', () => {
    expect(storedText(Buffer.from('سلام {"a":1}'))).toEqual({
      text: 'سلام {"a":1}',
      encoding: 'utf8',
      bytes: 16,
      truncated: false,
    })
  })
  it('gives bytes that are not text as base64, exactly', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    const stored = storedText(bytes)
    expect(stored.encoding).toBe('base64')
    expect(Buffer.from(stored.text, 'base64').equals(bytes)).toBe(true)
  })
  it('never splits a character where it cuts, at any length', () => {
    const whole = Buffer.from('aé漢😀b'.repeat(3))
    for (let limit = 1; limit < whole.length; limit++) {
      const { text, encoding, truncated } = storedText(whole, limit)
      expect([encoding, truncated]).toEqual(['utf8', true])
      expect(whole.toString('utf8').startsWith(text)).toBe(true)
    }
  })
  it('knows that it holds only the beginning', () => {
    expect(storedText(Buffer.from('abc'), 100, 5000)).toMatchObject({ bytes: 5000, truncated: true })
  })
})

describe('payloadBadges and previewOf', () => {
  it('marks invalid JSON, binary and large payloads', () => {
    expect(payloadBadges(Buffer.from('{"a":'))).toEqual(['invalid-json'])
    expect(payloadBadges(Buffer.from([0xff]))).toEqual(['binary'])
    expect(payloadBadges(Buffer.from('{"a":1'), 2_000_000)).toEqual(['large'])
    expect(payloadBadges(Buffer.from('{"a":1}'))).toEqual([])
  })
  it('says how many bytes there are where there is no text', () => {
    expect(previewOf(Buffer.from([0xff, 0xfe]))).toBe('2 bytes that are not text')
    expect(previewOf(Buffer.from('x'.repeat(1000)))).toHaveLength(400)
  })
})
