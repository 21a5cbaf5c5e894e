import { expect, it } from 'vitest'
import { Ledger } from './ledger.ts'

it('finds a write that was done twice, one that was told wrongly, and one that is lost', () => {
  const ledger = new Ledger()
  const [done, unknown, refused] = [ledger.next(), ledger.next(), ledger.next()]
  ledger.tell(done, 'done')
  ledger.tell(unknown, 'unknown')
  expect(ledger.breaches([done], false)).toEqual([])
  expect(ledger.breaches([done, unknown], false)).toEqual([])
  expect(ledger.breaches([done, unknown, unknown], false)).toEqual(['write 1 was done 2 times'])
  expect(ledger.breaches([done, refused], false)).toEqual(['write 2 was told as not done, and is done'])
  expect(ledger.breaches([], false)).toEqual(['write 0 was told as done, and is not there'])
  expect(ledger.breaches([], true)).toEqual([])
  expect(ledger.breaches([done, 9], false)).toEqual(['write 9 was never asked for'])
})
