import { expect, it } from 'vitest'
import { guessHandler, poolProblems, startingForm, toPoolConfig } from './start-pool.model.ts'

const form = { ...startingForm, connectionId: 'local', queueName: 'email' }

it('is ready with a connection and a queue', () => {
  expect(poolProblems(form)).toEqual({})
  expect(poolProblems({ ...startingForm, connectionId: '' })).toEqual({
    connectionId: expect.any(String),
    queueName: expect.any(String),
  })
})
it('finds each number that cannot be', () => {
  const problems = poolProblems({ ...form, concurrency: '65', maxAttempts: '1.5', retryDelay: '-1' })
  expect(Object.keys(problems)).toEqual(['concurrency', 'maxAttempts', 'retryDelay'])
  expect(poolProblems({ ...form, retryDelay: ' ' })).toHaveProperty('retryDelay')
})
it('gives the engine milliseconds', () => {
  expect(toPoolConfig({ ...form, retryDelay: '0.25' })).toMatchObject({
    retryDelayMs: 250,
    concurrency: 4,
    queuePrefix: 'queue:',
  })
})
it('guesses the handler by the name', () => {
  const guess = (name: string) => guessHandler({ system: 'plain-list', prefix: 'queue:', name })
  expect(['sms', 'user-OTP', 'email', 'سفارش'].map(guess)).toEqual(['sms', 'sms', 'email', 'email'])
})
