import { describe, expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

describe('backOffMs', () => {
  const middle = () => 0.5

  it('doubles from a quarter of a second up to ten seconds', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backOffMs(failures, true, middle))
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('is patient with what a person has to mend first', () => {
    expect(backOffMs(1, false, middle)).toBe(30_000)
  })

  it('differs by up to a fifth either way', () => {
    expect([backOffMs(1, true, () => 0), backOffMs(1, true, () => 0.999_999)]).toEqual([200, 300])
  })
})
