import { expect, it } from 'vitest'
import { KnownRequests } from './known-requests.ts'

const drain = (known: KnownRequests) => {
  const hashes: string[] = []
  for (let next = known.take(); next !== undefined; next = known.take()) hashes.push(next.hash)
  return hashes
}

it('gives each once, what was taken before first', () => {
  const known = new KnownRequests()
  known.add(['a', 'b'])
  known.add(['b', 'c'])
  known.addFirst([{ hash: 'c', worker: '' }])
  known.addFirst([])
  expect(drain(known)).toEqual(['c', 'a', 'b'])
  expect(known.overflowed).toBe(false)
})

it('says, once it is empty, that some found no room', () => {
  const known = new KnownRequests(2)
  known.add(['a', 'b', 'c'])
  known.addFirst([{ hash: 'd', worker: 'w' }])
  expect(known.overflowed).toBe(false)
  expect(drain(known)).toEqual(['d', 'a'])
  expect(known.overflowed).toBe(true)
  known.clear()
  expect(known.overflowed).toBe(false)
})
