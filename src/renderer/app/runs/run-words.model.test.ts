import { beforeEach, describe, expect, it, test } from 'vitest'
import type { OperationRun } from '../../../domain/operation.ts'
import { feedOperationRuns, useOperationRuns } from '../../state/operation-runs.ts'
import {
  canaryWords,
  endedWords,
  foldedWords,
  isFleeting,
  isWhole,
  progressWords,
  runShare,
  runTitle,
} from './run-words.model.ts'

const run: OperationRun = {
  id: '1',
  journalIds: [],
  connectionId: 'c',
  action: 'retry',
  queue: { system: 'bullmq', prefix: 'bull', name: 'mail' },
  stateLabel: 'Failed',
  status: 'running',
  done: 500,
  missing: 0,
  refused: 0,
  total: 2000,
  startedAt: 10_000,
  endedAt: null,
  cancelled: false,
  rate: 100,
  leftMs: 15_000,
  pace: null,
  canary: null,
  problem: null,
  steerable: true,
  resumed: false,
}
const ended = { ...run, status: 'ended', endedAt: 11_000, done: 2000 } as const

test('a run says how far it is, how fast, and how long it still takes', () => {
  expect(progressWords(run)).toBe('500 of 2,000 · 100/s · 15 s left')
  expect(progressWords({ ...run, missing: 3, refused: 2, rate: 0.52, leftMs: null })).toBe('505 of 2,000 · 0.5/s')
  expect(progressWords({ ...run, status: 'paused' })).toBe('500 of 2,000')
  expect(progressWords({ ...run, total: null, done: 1, rate: null, leftMs: null })).toBe('1 job')
  expect([runShare(run), runShare({ ...run, total: null }), runShare({ ...run, total: 0, status: 'ended' })]).toEqual([
    0.25, 0, 1,
  ])
})
test('it has a title for one queue and for several', () => {
  expect([runTitle(run), runTitle({ ...run, queue: null, action: 'purge' })]).toEqual([
    'Retrying',
    'Purging several queues',
  ])
})
test('a canary tells what its jobs do while it is watched or held', () => {
  const canary = { step: 2, steps: 3, waiting: 2, succeeded: 7, failed: 1, until: null }
  expect(canaryWords({ ...run, status: 'watching', canary })).toBe(
    'Canary, step 2 of 3: 10 run, 7 succeeded, 1 failed, 2 still out.',
  )
  expect(canaryWords({ ...run, status: 'watching', canary: { ...canary, waiting: 0, until: 0 } })).toMatch(
    /1 failed\. Goes on at \d\d:\d\d:\d\d at the latest\.$/,
  )
  expect(canaryWords({ ...run, canary })).toBeNull()
  expect(canaryWords({ ...run, status: 'held' })).toBeNull()
})
describe('what became of it', () => {
  it('says what was done, what had left and what was refused', () => {
    expect(endedWords(ended)).toBe('Retried 2,000 jobs.')
    expect(endedWords({ ...ended, done: 1997, missing: 1, refused: 2 })).toBe(
      'Retried 1,997 jobs. 1 job was no longer there. 2 jobs were refused.',
    )
    expect(endedWords({ ...ended, done: 0, missing: 3, total: 3 })).toBe('3 jobs were no longer there.')
    expect(endedWords({ ...ended, done: 0, total: 0, action: 'purge' })).toBe('Purged 0 jobs.')
    expect(endedWords({ ...ended, done: 500, cancelled: true })).toBe(
      'Retried 500 jobs. Cancelled: 1,500 jobs left as they were.',
    )
  })
  it('knows whether all was done', () => {
    expect(isWhole(ended)).toBe(true)
    for (const more of [{ missing: 1 }, { refused: 1 }, { cancelled: true }, { problem: 'Lost.' }, { done: 1999 }]) {
      expect(isWhole({ ...ended, ...more })).toBe(false)
    }
  })
  it('is fleeting only when it was short and whole', () => {
    expect(isFleeting({ ...ended, endedAt: 10_100 })).toBe(true)
    expect(isFleeting(ended)).toBe(false)
    expect(isFleeting({ ...ended, endedAt: 10_100, refused: 1 })).toBe(false)
    expect(isFleeting(run)).toBe(false)
  })
})
test('folded runs say how far they are together', () => {
  expect(foldedWords([run, ended])).toBe('1 action · 25%')
  expect(foldedWords([run, { ...run, status: 'held' }])).toBe('2 actions · held')
  expect(foldedWords([ended])).toBe('1 action ended')
})
describe('the feed', () => {
  beforeEach(() => useOperationRuns.setState({ runs: null }))
  it('tells of those that ended since the last time, not of those that had ended before', () => {
    expect(feedOperationRuns([ended])).toEqual([])
    expect(feedOperationRuns([ended, { ...run, id: '2' }])).toEqual([])
    expect(feedOperationRuns([ended, { ...ended, id: '2' }, { ...ended, id: '3' }]).map(({ id }) => id)).toEqual([
      '2',
      '3',
    ])
    expect(feedOperationRuns([ended, { ...ended, id: '2' }])).toEqual([])
  })
})
