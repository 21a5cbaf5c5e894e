import { describe, expect, it } from 'vitest'
import type { SystemId } from '../../../domain/queue.ts'
import {
  advancedWords,
  delaysOf,
  givenWords,
  guessHandler,
  poolProblems,
  poolQueue,
  startingForm,
  toPoolConfig,
} from './start-pool.model.ts'

const form = { ...startingForm, connectionId: 'local', queueName: 'email' }

describe('what is wrong', () => {
  it('is nothing, with a connection and a queue', () => {
    expect(poolProblems(form)).toEqual({})
    expect(poolProblems({ ...startingForm, connectionId: '' })).toEqual({
      connectionId: expect.any(String),
      queueName: expect.any(String),
    })
  })
  it('is each number that cannot be', () => {
    const problems = poolProblems({ ...form, concurrency: '257', maxAttempts: '1.5', firstDelay: '-1', rate: '0' })
    expect(Object.keys(problems)).toEqual(['concurrency', 'maxAttempts', 'firstDelay', 'rate'])
    expect(poolProblems({ ...form, firstDelay: ' ' })).toHaveProperty('firstDelay')
    expect(poolProblems({ ...form, longestDelay: '86401' })).toHaveProperty('longestDelay')
    expect(poolProblems({ ...form, firstDelay: '10', longestDelay: '9' })).toEqual({
      longestDelay: 'shorter than the first',
    })
    expect(poolProblems({ ...form, concurrency: '256', rate: '0.5' })).toEqual({})
  })
  it('is found only in the kind of delay that is chosen', () => {
    expect(poolProblems({ ...form, backoff: 'given', firstDelay: 'x' })).toEqual({})
    expect(poolProblems({ ...form, givenDelays: 'x' })).toEqual({})
    expect(poolProblems({ ...form, backoff: 'given', givenDelays: 'x' })).toHaveProperty('givenDelays')
  })
})

describe('given delays', () => {
  it.each([
    ['30, 60, 120, 300, 600', [30_000, 60_000, 120_000, 300_000, 600_000]],
    ['[30,60]', [30_000, 60_000]],
    [' 0.25 ', [250]],
    ['30 60,', [30_000, 60_000]],
    ['0', [0]],
  ])('%j', (text, delays) => expect(delaysOf(text)).toEqual(delays))
  it.each(['', '30,,60', '30; 60', '-1', 'a', '86401', '[30', '1e9', Array(51).fill('1').join()])('not %j', (text) =>
    expect(delaysOf(text)).toBeNull(),
  )
})

describe('what goes to the engine', () => {
  it('is in milliseconds, without a limit where none is typed', () => {
    expect(toPoolConfig({ ...form, firstDelay: '0.25' })).toEqual({
      connectionId: 'local',
      system: 'plain-list',
      queueName: 'email',
      queuePrefix: 'queue:',
      handler: 'email',
      concurrency: 10,
      maxAttempts: 3,
      backoff: { kind: 'exponential', firstMs: 250, longestMs: 300_000 },
      priorities: 'off',
      ratePerSecond: null,
      acceptsEviction: false,
    })
  })
  it('has the given delays and the rate', () => {
    expect(toPoolConfig({ ...form, backoff: 'given', givenDelays: '30, 60', rate: '2.5' })).toMatchObject({
      backoff: { kind: 'given', delaysMs: [30_000, 60_000] },
      ratePerSecond: 2.5,
    })
  })
})

it('says in words what is folded away', () => {
  expect(advancedWords(form)).toBe('retries after 1 s, doubling up to 5m')
  expect(advancedWords({ ...form, backoff: 'given', givenDelays: '30, 60', priorities: 'strict', rate: '5' })).toBe(
    'retries after 30 s, 1m · strict priorities · at most 5 a second',
  )
  expect(advancedWords({ ...form, firstDelay: 'x', backoff: 'exponential' })).toContain('after ?')
})

it('says how many of the given delays the attempts use', () => {
  const words = (givenDelays: string, maxAttempts: string) => givenWords({ ...form, givenDelays, maxAttempts })
  expect(words('30, 60', '3')).toContain('one for each retry')
  expect(words('30, 60, 120', '3')).toBe('seconds; 3 attempts use only the first 2')
  expect(words('30, 60', '2')).toContain('use only the first')
  expect(words('30', '1')).toBe('seconds; 1 attempt uses none of them')
  expect(words('30', 'x')).toContain('one for each retry')
})

it('guesses the handler by the system and the name', () => {
  const guess = (name: string, system: SystemId = 'plain-list') => guessHandler({ system, prefix: '', name })
  expect(['sms', 'user-OTP', 'email', 'سفارش'].map((name) => guess(name))).toEqual(['sms', 'sms', 'email', 'email'])
  expect(guess('sms', 'http-jobs')).toBe('http')
})

it('works on the queues of two systems', () => {
  const on = (system: SystemId) => poolQueue({ system, prefix: 'p', name: 'n' })
  expect(on('http-jobs')).toEqual({ system: 'http-jobs', prefix: 'p', name: 'n' })
  expect(on('plain-list')).not.toBeNull()
  expect(on('bullmq')).toBeNull()
})
