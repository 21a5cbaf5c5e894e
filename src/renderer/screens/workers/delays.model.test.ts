import { describe, expect, it } from 'vitest'
import { delaysOf } from './delays.model.ts'

describe('given delays', () => {
  it.each([
    ['30, 60, 120, 300, 600', [30_000, 60_000, 120_000, 300_000, 600_000]],
    ['[30,60]', [30_000, 60_000]],
    [' 0.25 ', [250]],
    ['30 60,', [30_000, 60_000]],
    ['0', [0]],
  ])('%j', (text, delays) => expect(delaysOf(text)).toEqual(delays))
  it.each(['', '30,,60', '30; 60', '-1', 'a', '86401', '[30', '1e9', Array(51).fill('1').join()])('not %j', (text) =>
    expect(delaysOf(text)).toBeNull(),
  )
})
