import { expect, it } from 'vitest'
import { barShares } from './depth-bar.model.ts'

it('shows a single failure among a million, and still adds up to one', () => {
  const shares = barShares({ waiting: 1_000_000, failed: 1, completed: 9 })
  expect(shares.map(({ kind }) => kind)).toEqual(['waiting', 'failed'])
  expect(shares[1]?.share).toBeGreaterThan(0.04)
  expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})
it('is empty for an empty queue and for one of completed jobs', () => {
  expect([barShares({}), barShares({ completed: 5 })]).toEqual([[], []])
})
