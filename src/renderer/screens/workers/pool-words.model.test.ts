import { expect, it } from 'vitest'
import type { PoolStatus } from '../../../domain/pool.ts'
import { handlerWords, isListPool, modeWords, noJobSentence } from './pool-words.model.ts'
import { startingForm, toPoolConfig } from './start-pool.model.ts'

const config = toPoolConfig({ ...startingForm, connectionId: 'local', queueName: 'email' })
const own = { ...config, system: 'bullmq' as const, handler: 'own' as const, file: '/srv/handlers/resize.mjs' }

it('says what does the jobs: the handler, or the file', () => {
  expect(handlerWords(config)).toBe('E-mail')
  expect(handlerWords(own)).toBe('resize.mjs')
})

it('says why there is no job to see, the surest reason first', () => {
  const pool = { works: true, paused: false, waiting: 3 }
  expect([
    noJobSentence({ ...pool, works: false, waiting: null }),
    noJobSentence({ ...pool, waiting: null }),
    noJobSentence({ ...pool, paused: true }),
    noJobSentence({ ...pool, waiting: 0 }),
    noJobSentence(pool),
  ]).toEqual([
    expect.stringContaining('Start these workers again'),
    expect.stringContaining('no queue of that name'),
    expect.stringContaining('Resume it'),
    expect.stringContaining('Nothing waits'),
    expect.stringContaining('As soon as a worker'),
  ])
})

it('knows whose queues can be counted', () => {
  expect([isListPool(config), isListPool(own)]).toEqual([true, false])
})

it('says whether anybody out there notices, but for files of one’s own', () => {
  const mode = (handler: PoolStatus['config']['handler'], live: PoolStatus['mode']) =>
    modeWords({ mode: live, config: { ...config, handler } } as PoolStatus)
  expect(mode('email', 'dev')?.label).toBe('dev')
  expect(mode('email', 'live')?.title).toContain('real people')
  expect(mode('http', 'live')?.title).toContain('real servers')
  expect(mode('own', 'live')).toBeNull()
})
