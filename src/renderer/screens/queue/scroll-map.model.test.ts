import { describe, expect, it } from 'vitest'
import { afterScroll, placeAt, rowsAround, scaleOf, tallest, topToShow } from './scroll-map.model.ts'

const small = scaleOf(1_000, 28, 700)
const huge = scaleOf(100_000_000, 28, 700)

describe('a list that fits', () => {
  it('is as tall as its rows', () => expect(small.real).toBe(28_000))
  it('moves as the scrollbar does', () => {
    expect(afterScroll(small, { scrollTop: 0, top: 0 }, 12_345)).toEqual({ scrollTop: 12_345, top: 12_345 })
  })
})

describe('a list of a hundred million', () => {
  it('is no taller than a browser can draw', () => expect(huge.real).toBe(tallest))
  it('moves pixel by pixel under the hand', () => {
    const begin = placeAt(huge, 1_400_000_000)
    const after = afterScroll(huge, begin, begin.scrollTop + 120)
    expect(after.top - begin.top).toBeCloseTo(120, 5)
  })
  it('jumps to where the scrollbar points', () => {
    const { top } = afterScroll(huge, { scrollTop: 0, top: 0 }, (huge.real - huge.view) / 2)
    expect(top / (huge.virtual - huge.view)).toBeCloseTo(0.5, 6)
  })
  it('reaches its last row', () => {
    const { top } = afterScroll(huge, { scrollTop: 0, top: 0 }, huge.real - huge.view)
    expect(rowsAround(huge, top, 28, 0).lastSeen).toBe(99_999_999)
  })
  it('is at its end when the bar is, however it came there', () => {
    const near = { scrollTop: huge.real - huge.view - 30, top: 5_000_000 }
    expect(rowsAround(huge, afterScroll(huge, near, huge.real - huge.view).top, 28, 0).lastSeen).toBe(99_999_999)
  })
  it('reaches its first row', () => expect(afterScroll(huge, placeAt(huge, 5_000), 0).top).toBe(0))
  it('comes back to the same row after its scrollbar was set right', () => {
    for (const row of [0, 1, 49_999_999, 99_999_970]) {
      const { top } = placeAt(huge, row * 28)
      expect(rowsAround(huge, top, 28, 0).firstSeen).toBe(row)
    }
  })
  it('leaves room in the scrollbar to go on', () => {
    // A long way by hand uses up the scrollbar faster than the list; placeAt gives it back.
    const place = { scrollTop: huge.real - huge.view - 900, top: 5_000_000 }
    expect(placeAt(huge, place.top).scrollTop).toBeLessThan(50_000)
  })
})

describe('rowsAround', () => {
  it('draws nothing of nothing', () => expect(rowsAround(scaleOf(0, 28, 700), 0, 28, 8).last).toBe(-1))
  it('draws what is seen and some around it', () => {
    expect(rowsAround(small, 2_800, 28, 8)).toEqual({ first: 92, last: 132, firstSeen: 100, lastSeen: 124 })
  })
})

describe('topToShow', () => {
  it('leaves what is seen', () => expect(topToShow(small, 2_800, 110, 28, false)).toBe(2_800))
  it('shows a row above at the top', () => expect(topToShow(small, 2_800, 50, 28, false)).toBe(1_400))
  it('shows a row below at the bottom', () => expect(topToShow(small, 0, 25, 28, false)).toBe(28))
})
