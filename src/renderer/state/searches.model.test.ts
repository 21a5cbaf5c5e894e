import { describe, expect, it } from 'vitest'
import { type FoundJob, mostShown, type SearchProgress, type SearchQuestion } from '../../domain/search.ts'
import { answers, beginSearch, endSearch, heardOfSearch, stopSearch } from './searches.model.ts'

const queue = { system: 'plain-list', prefix: 'queue:', name: 'mail' } as const
const question: SearchQuestion = {
  connectionId: 'a',
  queue,
  state: 'dead',
  kinds: [],
  filter: 'timeout',
  budget: 5,
}
const progress = (change: Partial<SearchProgress> = {}): SearchProgress => ({
  id: 's1',
  status: 'running',
  scanned: 10,
  total: 100,
  matches: 0,
  matchedBytes: 0,
  bytesRead: 0,
  redisMs: 0,
  elapsedMs: 0,
  places: [],
  problems: [],
  ...change,
})
const jobs = (count: number) => Array.from({ length: count }, () => ({}) as FoundJob)
const begun = beginSearch(question, 1000)

describe('a search', () => {
  it('gathers what is found, and notes when the first was', () => {
    const none = heardOfSearch(begun, { progress: progress(), found: [] }, 1100)
    expect(none.firstMatchMs).toBeNull()
    const some = heardOfSearch(none, { progress: progress({ matches: 2 }), found: jobs(2) }, 1250)
    const more = heardOfSearch(some, { progress: progress({ matches: 3 }), found: jobs(1) }, 9000)
    expect([more.found.length, more.firstMatchMs, more.phase]).toEqual([3, 250, 'running'])
  })

  it('shows no more than may be shown', () => {
    const run = heardOfSearch(begun, { progress: progress(), found: jobs(mostShown + 50) }, 0)
    expect(run.found).toHaveLength(mostShown)
  })

  it('ends as its engine says', () => {
    const end = (status: SearchProgress['status'], problems: string[] = []) =>
      heardOfSearch(begun, { progress: progress({ status, problems }), found: [] }, 0)
    expect(end('done').phase).toBe('done')
    expect(end('cancelled').phase).toBe('stopped')
    expect(end('failed', ['Redis is gone.'])).toMatchObject({ phase: 'failed', problem: 'Redis is gone.' })
    expect(endSearch(end('done'), null).phase).toBe('done')
  })

  it('that breaks off has failed, and one that was stopped has not', () => {
    expect(endSearch(begun, null)).toMatchObject({
      phase: 'failed',
      problem: 'It broke off before everything was read.',
    })
    expect(endSearch(stopSearch(begun), 'Redis is gone.')).toMatchObject({ phase: 'stopped', problem: null })
  })

  it('answers the question that it was asked, whatever the budget and the blanks', () => {
    const { connectionId: _c, budget: _b, ...wanted } = question
    expect(answers(begun, wanted)).toBe(true)
    expect(answers(begun, { ...wanted, filter: ' timeout ' })).toBe(true)
    expect(answers(begun, { ...wanted, queue: { name: 'mail', prefix: 'queue:', system: 'plain-list' } })).toBe(true)
    expect(answers(begun, { ...wanted, filter: 'time' })).toBe(false)
    expect(answers(begun, { ...wanted, state: null })).toBe(false)
    expect(answers(begun, { ...wanted, queue: null })).toBe(false)
    expect(answers(begun, { ...wanted, queue: { ...queue, name: 'sms' } })).toBe(false)
    expect(answers(begun, { ...wanted, kinds: ['failed'] })).toBe(false)
  })
})
