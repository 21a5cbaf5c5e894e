import { expect, it } from 'vitest'
import type { PoolStatus } from '../../../domain/pool.ts'
import { isPaused, leaseIsStale, poolSentences, restingPools } from './pool-card.model.ts'
import { startingForm, toPoolConfig } from './start-pool.model.ts'

const pool: PoolStatus = {
  id: 'p',
  savedId: null,
  config: toPoolConfig({ ...startingForm, connectionId: 'local', queueName: 'email' }),
  concurrency: 10,
  processes: null,
  state: 'running',
  paused: false,
  mode: 'dev',
  since: 0,
  active: 0,
  buffered: 0,
  done: 0,
  retried: 0,
  dead: 0,
  recovered: 0,
  donePerMinute: 0,
  handlerMs: null,
  batchSize: 0,
  leaseAgeMs: 1_000,
  suspects: 0,
  problem: null,
}

it('has nothing to say of a pool that is well', () => expect(poolSentences(pool)).toEqual([]))

it('says the most pressing first', () => {
  const sentences = poolSentences({ ...pool, problem: 'No.', paused: true, suspects: 2, recovered: 1 })
  expect(sentences.map(({ id }) => id)).toEqual(['problem', 'paused', 'suspects', 'recovered'])
  expect(sentences[2]?.text).toBe('2 jobs wait to be run alone: workers died twice while they held them.')
  expect(sentences[3]?.text).toBe('1 job of dead workers went back to the queue.')
  expect(poolSentences({ ...pool, suspects: 1 })[0]?.text).toContain('1 job waits to be run alone')
})

it('is paused only while it runs', () => {
  expect(isPaused({ ...pool, paused: true })).toBe(true)
  expect(isPaused({ ...pool, paused: true, state: 'stopped' })).toBe(false)
})

it('has a stale lease after two beats, while it runs', () => {
  expect(leaseIsStale(pool)).toBe(false)
  expect(leaseIsStale({ ...pool, leaseAgeMs: 10_001 })).toBe(true)
  expect(leaseIsStale({ ...pool, leaseAgeMs: null })).toBe(false)
  expect(leaseIsStale({ ...pool, leaseAgeMs: 10_001, state: 'stopped' })).toBe(false)
})

it('lists of the saved pools those that run neither as such nor by hand', () => {
  const saved = { id: 's', config: pool.config, autostart: false }
  const other = { ...pool.config, queueName: 'sms' }
  expect(restingPools([saved], [])).toEqual([saved])
  expect(restingPools([saved], [pool])).toEqual([])
  expect(restingPools([saved], [{ ...pool, config: other }])).toEqual([saved])
  expect(restingPools([saved], [{ ...pool, savedId: 's', config: other }])).toEqual([])
  expect(restingPools([saved], [{ ...pool, config: { ...pool.config, connectionId: 'prod' } }])).toEqual([saved])
})
