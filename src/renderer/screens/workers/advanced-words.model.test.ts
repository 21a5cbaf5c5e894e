import { expect, it } from 'vitest'
import { advancedWords, givenWords } from './advanced-words.model.ts'
import { startingForm } from './start-pool.model.ts'

const form = { ...startingForm, connectionId: 'local', queueName: 'email' }

it('says in words what is folded away', () => {
  expect(advancedWords(form)).toBe('retries after 1 s, doubling up to 5m')
  expect(advancedWords({ ...form, backoff: 'given', givenDelays: '30, 60', priorities: 'strict', rate: '5' })).toBe(
    'retries after 30 s, 1m · strict priorities · at most 5 a second',
  )
  expect(advancedWords({ ...form, firstDelay: 'x', backoff: 'exponential' })).toContain('after ?')
})

it('says of each system only what it has', () => {
  expect(advancedWords({ ...form, system: 'bull', handler: 'own', rate: '5', limiterMax: '9' })).toBe(
    'locks of 30 s, looked after every 30 s · at most 9 in 1 s',
  )
  expect(advancedWords({ ...form, system: 'request-tracker', handler: 'request', rate: '5' })).toBe(
    'retries after 1 s, doubling up to 5m',
  )
})

it('says how many of the given delays the attempts use', () => {
  const words = (givenDelays: string, maxAttempts: string) => givenWords({ ...form, givenDelays, maxAttempts })
  expect(words('30, 60', '3')).toContain('one for each retry')
  expect(words('30, 60, 120', '3')).toBe('seconds; 3 attempts use only the first 2')
  expect(words('30, 60', '2')).toContain('use only the first')
  expect(words('30', '1')).toBe('seconds; 1 attempt uses none of them')
  expect(words('30', 'x')).toContain('one for each retry')
})
