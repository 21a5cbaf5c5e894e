import { expect, test } from 'vitest'
import { localInput, readLocalInput } from './due-time.model.ts'

test('a time goes through the field and comes back, to the second', () => {
  const at = new Date(2026, 10, 22, 3, 4, 5, 678).getTime()
  expect(localInput(at)).toBe('2026-11-22T03:04:05')
  expect(readLocalInput(localInput(at))).toBe(at - 678)
})

test.each(['', 'soon', '2026-13-40T00:00'])('%j is no time', (text) => {
  expect(readLocalInput(text)).toBeNull()
})
