import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64Bytes, bytesOfBase64, hexRow } from './hex.model.ts'

describe('hex dump', () => {
  it('shows every byte once, in place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(base64Bytes(text)).toBe(bytes.length)
        let hex = ''
        for (let row = 0; row * 16 < bytes.length; row++) hex += hexRow(text, row).hex.replaceAll(' ', '')
        expect(hex).toBe(Buffer.from(bytes).toString('hex'))
        expect([...bytesOfBase64(text)]).toEqual([...bytes])
      }),
    )
  })
  it('has offsets and characters', () => {
    const text = Buffer.from('0123456789abcdefA\u0000B').toString('base64')
    expect(hexRow(text, 1)).toEqual({ offset: '00000010', hex: `${'41 00 42'.padEnd(48)}`, characters: 'A.B' })
  })
})
