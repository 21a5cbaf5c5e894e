import { describe, expect, it } from 'vitest'
import { poolDefaults } from '../../../domain/pool.ts'
import type { SystemId } from '../../../domain/queue.ts'
import {
  fromPoolConfig,
  type PoolForm,
  poolProblems,
  poolQueue,
  startingForm,
  toPoolConfig,
} from './start-pool.model.ts'

const form: PoolForm = { ...startingForm, connectionId: 'local', queueName: 'email' }
const bull: PoolForm = { ...form, system: 'bull', queuePrefix: 'bull', handler: 'own', file: '/srv/h.mjs' }

describe('what is wrong', () => {
  it('is nothing, with a connection and a queue', () => {
    expect(poolProblems(form)).toEqual({})
    expect(poolProblems(bull)).toEqual({})
    expect(poolProblems({ ...startingForm, connectionId: '' })).toEqual({
      connectionId: expect.any(String),
      queueName: expect.any(String),
    })
  })
  it('is each number that cannot be', () => {
    const scale = { ...form.scale, count: '1001' }
    const problems = poolProblems({ ...form, scale, maxAttempts: '1.5', firstDelay: '-1', rate: '0' })
    expect(Object.keys(problems)).toEqual(['scale', 'maxAttempts', 'firstDelay', 'rate'])
    expect(poolProblems({ ...form, firstDelay: ' ' })).toHaveProperty('firstDelay')
    expect(poolProblems({ ...form, longestDelay: '86401' })).toHaveProperty('longestDelay')
    expect(poolProblems({ ...form, firstDelay: '10', longestDelay: '9' })).toEqual({
      longestDelay: 'shorter than the first',
    })
    expect(poolProblems({ ...form, rate: '0.5' })).toEqual({})
  })
  it('is found only in the kind of delay that is chosen', () => {
    expect(poolProblems({ ...form, backoff: 'given', firstDelay: 'x' })).toEqual({})
    expect(poolProblems({ ...form, givenDelays: 'x' })).toEqual({})
    expect(poolProblems({ ...form, backoff: 'given', givenDelays: 'x' })).toHaveProperty('givenDelays')
  })
  it('is found only in the parts that the system and the handler have', () => {
    const nonsense = { maxAttempts: 'x', rate: 'x', firstDelay: 'x' }
    expect(poolProblems({ ...bull, ...nonsense })).toEqual({})
    expect(poolProblems({ ...form, lockSeconds: 'x', limits: { ...form.limits, memoryMb: 'x' } })).toEqual({})
    expect(Object.keys(poolProblems({ ...bull, lockSeconds: '0', limiterMax: '1', limiterSeconds: '' }))).toEqual([
      'lockSeconds',
      'limiterSeconds',
    ])
    expect(poolProblems({ ...bull, limiterSeconds: '' })).toEqual({})
    expect(poolProblems({ ...bull, limits: { ...form.limits, memoryMb: 'x' } })).toHaveProperty('limits')
  })
  it('is a handler that makes no sense of the jobs, and one of one’s own without a file', () => {
    expect(poolProblems({ ...form, handler: 'csv' })).toHaveProperty('handler')
    expect(poolProblems({ ...bull, file: '' })).toHaveProperty('file')
  })
})

describe('what goes to the engine', () => {
  it('is in milliseconds, without a limit where none is typed', () => {
    expect(toPoolConfig({ ...form, firstDelay: '0.25' })).toEqual({
      ...poolDefaults,
      connectionId: 'local',
      system: 'plain-list',
      queueName: 'email',
      queuePrefix: 'queue:',
      handler: 'email',
      backoff: { kind: 'exponential', firstMs: 250, longestMs: 300_000 },
    })
  })
  it('has the given delays and the rate', () => {
    expect(toPoolConfig({ ...form, backoff: 'given', givenDelays: '30, 60', rate: '2.5' })).toMatchObject({
      backoff: { kind: 'given', delaysMs: [30_000, 60_000] },
      ratePerSecond: 2.5,
    })
  })
  it('is as usual in the parts that the pool has not', () => {
    const config = toPoolConfig({ ...bull, rate: '5', maxAttempts: '9', limiterMax: '100', limiterSeconds: '60' })
    expect(config).toMatchObject({ file: '/srv/h.mjs', ratePerSecond: null, maxAttempts: 3 })
    expect(config.library.limiter).toEqual({ max: 100, durationMs: 60_000 })
    expect(toPoolConfig({ ...form, file: '/srv/h.mjs' }).file).toBeNull()
  })
  it('comes back as it was when it is edited', () => {
    const automatic = { ...form.scale, by: 'size' as const, min: '0', max: '4' }
    for (const one of [
      form,
      { ...bull, limiterMax: '100', limiterSeconds: '60', scale: automatic, lockSeconds: '45' },
      { ...form, backoff: 'given' as const, givenDelays: '0.5, 60', priorities: 'weighted' as const, rate: '2.5' },
    ]) {
      expect(toPoolConfig(fromPoolConfig(toPoolConfig(one)))).toEqual(toPoolConfig(one))
    }
  })
})

it('works on the queues of five systems', () => {
  const on = (system: SystemId) => poolQueue({ system, prefix: 'p', name: 'n' })
  for (const system of ['plain-list', 'http-jobs', 'bull', 'bullmq', 'request-tracker'] as const) {
    expect(on(system)).toEqual({ system, prefix: 'p', name: 'n' })
  }
  expect(on('laravel')).toBeNull()
})
