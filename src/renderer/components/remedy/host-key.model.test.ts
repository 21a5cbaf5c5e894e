import { expect, it } from 'vitest'
import { fingerprintRows } from './host-key.model.ts'

it('groups a fingerprint and loses nothing of it', () => {
  const print = 'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM'
  expect(fingerprintRows(print).slice(0, 3)).toEqual(['SHA256:', 'p2QAMXNI', 'C1TJYWeI'])
  expect(fingerprintRows(print).join('')).toBe(print)
})
it('keeps a hostile one whole', () => {
  for (const text of ['', '\u202eabc\u0000', 'x'.repeat(200), '<script>alert(1)</script>'])
    expect(fingerprintRows(text).join('')).toBe(text)
})
