import { expect, it } from 'vitest'
import { sparklinePath } from './sparkline.model.ts'

it('spans the box from the first to the last value', () => {
  expect(sparklinePath([0, 5, 10], 100, 20)).toBe('M0 20L50 10L100 0')
})
it('lies on the ground when all is zero and in the middle when nothing changes', () => {
  expect([sparklinePath([0, 0], 10, 8), sparklinePath([7, 7], 10, 8)]).toEqual(['M0 8L10 8', 'M0 4L10 4'])
})
it('draws nothing of one value', () => expect(sparklinePath([3], 10, 8)).toBe(''))
