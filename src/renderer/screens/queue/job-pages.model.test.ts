import { describe, expect, it } from 'vitest'
import type { JobSummary } from '../../../domain/job.ts'
import { filterRows, newsWords, offsetsOf, pageSize, rowTime } from './job-pages.model.ts'

const job = (more: Partial<JobSummary>): JobSummary => ({
  ref: 'r',
  id: null,
  name: null,
  state: 'dead',
  preview: '',
  bytes: 0,
  createdAt: null,
  at: null,
  attempts: null,
  maxAttempts: null,
  progress: null,
  error: null,
  badges: [],
  ...more,
})

describe('offsetsOf', () => {
  it('asks for one page where all rows are in it', () => expect(offsetsOf(10, 60)).toEqual([0]))
  it('asks for both pages across an edge', () => expect(offsetsOf(98, 120)).toEqual([0, pageSize]))
  it('asks for nothing of nothing', () => expect(offsetsOf(0, -1)).toEqual([]))
})

describe('newsWords', () => {
  it('counts what came', () => expect(newsWords(10, 1_022)).toBe('1,012 new'))
  it('counts what left', () => expect(newsWords(10, 7)).toBe('3 gone'))
  it('is silent when nothing changed', () => expect(newsWords(10, 10)).toBeNull())
})

describe('filterRows', () => {
  const rows = [
    { index: 7, job: job({ name: 'Welcome', preview: '{"to":"ada@example.com"}' }) },
    { index: 3, job: job({ name: 'otp', error: 'ETIMEDOUT' }) },
    { index: 5, job: job({ id: '9007199254740993', name: 'welcome' }) },
  ]
  it('wants all words, anywhere, in any case', () => {
    expect(filterRows(rows, 'welcome ADA').map(({ index }) => index)).toEqual([7])
    expect(filterRows(rows, 'timedout').map(({ index }) => index)).toEqual([3])
    expect(filterRows(rows, '740993').map(({ index }) => index)).toEqual([5])
  })
  it('keeps the order of the list', () => {
    expect(filterRows(rows, '').map(({ index }) => index)).toEqual([3, 5, 7])
  })
})

describe('rowTime', () => {
  const both = job({ createdAt: 1, at: 2 })
  it('is the birth of what waits', () => expect(rowTime(both, 'waiting')).toBe(1))
  it('is the end of what failed', () => expect(rowTime(both, 'failed')).toBe(2))
  it('takes what there is', () => expect(rowTime(job({ createdAt: 1 }), 'failed')).toBe(1))
})
