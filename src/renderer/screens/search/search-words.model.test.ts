import { describe, expect, it } from 'vitest'
import type { FoundJob, SearchProgress } from '../../../domain/search.ts'
import { beginSearch, type SearchRun } from '../../state/searches.model.ts'
import { leftOutWords, searchWords } from './search-words.model.ts'

const begun = beginSearch({ connectionId: 'a', queue: null, state: null, kinds: [], filter: '', budget: 5 }, 0)
const run = (change: Partial<SearchRun>, progress: Partial<SearchProgress> = {}): SearchRun => ({
  ...begun,
  found: Array.from({ length: 2 }, () => ({}) as FoundJob),
  progress: { scanned: 400, total: 1000, matches: 2, ...progress } as SearchProgress,
  ...change,
})

describe('what is said of a search', () => {
  it('while it runs', () => {
    expect(searchWords(begun)).toBe('Counting the jobs')
    expect(searchWords(run({}))).toBe('Searching: 2 matches so far')
    expect(leftOutWords(run({}))).toBeNull()
  })

  it('when it is done', () => {
    expect(searchWords(run({ phase: 'done' }, { scanned: 1000, matches: 1 }))).toBe('1 match in 1,000 jobs')
    expect(leftOutWords(run({ phase: 'done' }, { matches: 12_431 }))).toBe('The first 2 of 12,431 matches are shown.')
  })

  it('when it was stopped', () => {
    const stopped = run({ phase: 'stopped' })
    expect(searchWords(stopped)).toBe('Stopped at 2 matches')
    expect(leftOutWords(stopped)).toBe('600 jobs were not read.')
  })

  it('when it failed', () => {
    expect(searchWords({ ...begun, phase: 'failed', problem: 'Redis is gone.' })).toBe(
      'The search failed. Redis is gone.',
    )
    const failed = run({ phase: 'failed', problem: 'Redis is gone.' }, { scanned: 999, matches: 2000 })
    expect(searchWords(failed)).toBe('Not finished: 2,000 matches')
    expect(leftOutWords(failed)).toBe('Redis is gone. The first 2 of 2,000 matches are shown. 1 job was not read.')
  })
})
