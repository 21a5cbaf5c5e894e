import { expect, it } from 'vitest'
import { isPassphrase, passphraseProblem, whereKept } from './vault.model.ts'

it('scolds nobody who has not typed', () => {
  expect([passphraseProblem('', ''), passphraseProblem('correct horse', '')]).toEqual([null, null])
})
it('wants a passphrase of some length, twice', () => {
  expect(passphraseProblem('short', '')).toContain('8 characters')
  expect(passphraseProblem('correct horse', 'correct house')).toContain('not the same')
  expect(isPassphrase('correct horse', 'correct horse')).toBe(true)
  expect([isPassphrase('short', 'short'), isPassphrase('correct horse', '')]).toEqual([false, false])
})
it('says where secrets are', () => {
  const sentences = [
    whereKept({ kind: 'keychain', locked: false }),
    whereKept({ kind: 'vault', locked: true }),
    whereKept({ kind: 'vault', locked: false }),
    whereKept({ kind: 'this run only', locked: false }),
  ]
  expect(new Set(sentences).size).toBe(4)
})
