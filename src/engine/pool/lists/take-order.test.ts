import { expect, it } from 'vitest'
import { TakeOrder } from './take-order.ts'

const ten = (priorities: 'off' | 'strict' | 'weighted') => {
  const order = new TakeOrder(priorities)
  return Array.from({ length: 10 }, () => order.next())
}

it('looks at one list, at high before the others before low, or lets each begin in turn', () => {
  expect(new Set(ten('off'))).toEqual(new Set(['0']))
  expect(new Set(ten('strict'))).toEqual(new Set(['102']))
  const first = ten('weighted').map((order) => order[0])
  expect(['1', '0', '2'].map((list) => first.filter((digit) => digit === list).length)).toEqual([7, 2, 1])
  for (const order of ten('weighted')) expect([...order].sort().join('')).toBe('012')
})
