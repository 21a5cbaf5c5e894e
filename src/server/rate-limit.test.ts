import { expect, test } from 'vitest'
import { RateLimit } from './rate-limit.ts'

test('so many in a time, and again when the first of them is that long ago', () => {
  let at = 0
  const limit = new RateLimit({ most: 2, perMs: 100 }, () => at)
  expect([limit.take(), limit.take(), limit.take()]).toEqual([true, true, false])
  at = 99
  expect(limit.hasRoom()).toBe(false)
  at = 100
  expect([limit.take(), limit.take(), limit.take()]).toEqual([true, true, false])
})
