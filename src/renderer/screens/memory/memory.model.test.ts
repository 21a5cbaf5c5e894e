import { describe, expect, it } from 'vitest'
import type { MemoryPoint } from '../../../domain/sample.ts'
import { byteTicks, thinned } from './memory.model.ts'

describe('thinned', () => {
  const points = Array.from({ length: 1201 }, (_, at) => ({ at }) as MemoryPoint)
  it('keeps the ends and the order', () => {
    const few = thinned(points)
    expect([few.length, few[0]?.at, few.at(-1)?.at]).toEqual([500, 0, 1200])
    expect(few.every((point, index) => index === 0 || point.at > (few[index - 1]?.at ?? 0))).toBe(true)
  })
  it('leaves a short course as it is', () => expect(thinned(points.slice(0, 3))).toEqual(points.slice(0, 3)))
})

describe('byteTicks', () => {
  it.each([
    [100 * 2 ** 20, [0, 50, 100].map((mib) => mib * 2 ** 20)],
    [3.4 * 2 ** 30, [0, 1, 2, 3, 4].map((gib) => gib * 2 ** 30)],
    [6.4 * 2 ** 20, [0, 2, 4, 6, 8].map((mib) => mib * 2 ** 20)],
    [0, [0, 1024]],
  ])('up to %d', (highest, ticks) => expect(byteTicks(highest)).toEqual(ticks))
  it('always ends above the highest value', () => {
    for (let highest = 1; highest < 2 ** 40; highest *= 1.7) {
      const ticks = byteTicks(highest)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest)
      expect(ticks.length).toBeLessThanOrEqual(6)
    }
  })
})
