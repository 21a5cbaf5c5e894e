import { expect, test } from 'vitest'
import { Restarts } from './restarts.ts'

const rule = { firstMs: 1000, longestMs: 10_000, giveUpAfter: 7 }
const fall = { ranMs: 500, code: 1 }

test('waits twice as long after each end in a row, then gives up', () => {
  const restarts = new Restarts(rule, () => 0)
  const waits = [1000, 2000, 4000, 8000, 10_000, 10_000].map((afterMs) => ({ afterMs }))
  expect(Array.from({ length: 6 }, () => restarts.ended(fall))).toEqual(waits)
  expect(restarts.inARow).toBe(6)
  expect(restarts.ended(fall)).toBe('give up')
})

test('waits up to a fifth less, by chance', () => {
  expect(new Restarts(rule, () => 1).ended(fall)).toEqual({ afterMs: 800 })
  expect(new Restarts(rule, () => 0.5).ended(fall)).toEqual({ afterMs: 900 })
})

test('an early end counts whatever its code', () => {
  const restarts = new Restarts({ ...rule, giveUpAfter: 2 }, () => 0)
  restarts.ended({ ranMs: 59_999, code: 0 })
  expect(restarts.ended({ ranMs: 59_999, code: 0 })).toBe('give up')
})

test('a run of a minute begins a new row', () => {
  const restarts = new Restarts({ ...rule, giveUpAfter: 1 }, () => 0)
  expect(restarts.ended({ ranMs: 60_000, code: 0 })).toEqual({ afterMs: 0 })
  expect(restarts.ended({ ranMs: 60_000, code: 1 })).toEqual({ afterMs: 1000 })
  expect(restarts.ended({ ranMs: 60_000, code: null })).toEqual({ afterMs: 1000 })
  expect(restarts.inARow).toBe(0)
})
