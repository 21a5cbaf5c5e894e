import { expect, it } from 'vitest'
import { soakConnections } from '../../../test/chaos/connections/soak.ts'

/** A moment of `npm run soak:connections`: that it runs, and that what it looks for is not there. */
it('does no write twice, hangs nowhere and tells the truth while everything goes wrong', async () => {
  const result = await soakConnections({ seconds: 6, seed: 4, sites: ['standalone'], everyMs: 1000 })
  expect(result.breaches).toEqual([])
  expect(Object.values(result.faults).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(2)
  expect(result.writes.done).toBeGreaterThan(0)
})
