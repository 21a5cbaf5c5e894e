import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatCounted,
  formatDateTime,
  formatDuration,
  formatPercent,
  formatRate,
  formatRelative,
} from './format.ts'

describe('formatCompact', () => {
  it.each([
    [0, '0'],
    [9_999, '9,999'],
    [10_000, '10.0k'],
    [12_345, '12.3k'],
    [99_949, '99.9k'],
    [99_951, '100k'],
    [999_499, '999k'],
    [999_500, '1.00M'],
    [1_234_567, '1.23M'],
    [999_500_000, '1.00B'],
    [-12_345, '-12.3k'],
  ])('%d is %s', (count, text) => expect(formatCompact(count)).toBe(text))

  it('never takes more than five characters below a thousand billions', () => {
    for (let count = 1; count < 1e12; count = Math.ceil(count * 1.37)) {
      expect(formatCompact(count).length, String(count)).toBeLessThanOrEqual(5)
    }
  })
})

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.00 KiB'],
    [10 * 1024 * 1024, '10.0 MiB'],
    [1.5 * 1024 ** 3, '1.50 GiB'],
    [2000 * 1024 ** 4, '2000 TiB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [400, '400 ms'],
    [949, '949 ms'],
    [951, '1.0 s'],
    [12_000, '12 s'],
    [59_999, '59 s'],
    [60_000, '1m'],
    [200_000, '3m 20s'],
    [2 * 3_600_000 + 5 * 60_000, '2h 5m'],
    [3 * 86_400_000 + 4 * 3_600_000, '3d 4h'],
    [86_400_000 * 4000, '4,000d'],
    [-12_000, '−12 s'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
})

describe('formatRelative', () => {
  const now = 1_800_000_000_000
  it.each([
    [0, 'just now'],
    [-1_500, 'just now'],
    [-12_000, '12 s ago'],
    [-61_000, '1 min ago'],
    [-47 * 3_600_000, '47 h ago'],
    [-49 * 3_600_000, '2 days ago'],
    [3 * 3_600_000, 'in 3 h'],
  ])('%d ms from now is %s', (offset, text) => expect(formatRelative(now + offset, now)).toBe(text))
})

describe('the smaller ones', () => {
  it('rates keep a digit while they are small', () => {
    expect([0, 0.04, 0.5, 9.94, 9.96, 1234.5].map(formatRate)).toEqual(['0', '<0.1', '0.5', '9.9', '10', '1,235'])
  })
  it('percentages admit that a little is not nothing', () => {
    expect([0, 0.001, 0.005, 0.5, 1].map(formatPercent)).toEqual(['0%', '<1%', '1%', '50%', '100%'])
  })
  it('counts agree with their noun', () => {
    expect([formatCounted(1, 'job'), formatCounted(2, 'job'), formatCounted(0, 'entry', 'entries')]).toEqual([
      '1 job',
      '2 jobs',
      '0 entries',
    ])
    expect(formatCount(1234567.4)).toBe('1,234,567')
  })
  it('absolute times carry their zone, and what is no time stays what it was', () => {
    expect(formatDateTime(0)).toMatch(/^19(69|70)-\d\d-\d\d \d\d:\d\d:\d\d [+−]\d\d:\d\d$/)
    expect(formatDateTime(9e20)).toBe('900000000000000000000')
  })
})
