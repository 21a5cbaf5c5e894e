import { describe, expect, it } from 'vitest'
import type { FoundJob, SearchProgress } from '../../../domain/search.ts'
import { beginSearch, type SearchRun } from '../../state/searches.model.ts'
import {
  chooseMore,
  chosenCount,
  chosenPlaces,
  isChosen,
  nothingFound,
  selectionOf,
  stretchFound,
  toggleFound,
} from './found-selection.model.ts'

const queue = (name: string) => ({ system: 'bull', prefix: 'bull', name }) as const
const job = (name: string, ref: string, state = 'failed') =>
  ({ queue: queue(name), state, job: { ref } }) as unknown as FoundJob
// The same ref in two queues: a ref is of its place.
const found = [job('mail', '1'), job('sms', '1'), job('mail', '2'), job('mail', '3', 'wait')]
const places = [{ queue: queue('mail'), state: 'failed', count: 5000 }]
const run = (matches: number): SearchRun => ({
  ...beginSearch({ connectionId: 'a', queue: null, state: null, kinds: [], filter: '', budget: 5 }, 0),
  found,
  progress: { id: 's1', matches, places } as unknown as SearchProgress,
})
const at = (index: number) => found[index] as FoundJob

describe('the selection of found jobs', () => {
  it('takes a row in and out, and knows equal refs of two queues apart', () => {
    const one = toggleFound(nothingFound, at(0), 0)
    expect(found.map((each) => isChosen(one, each))).toEqual([true, false, false, false])
    expect(toggleFound(one, at(0), 0).keys.size).toBe(0)
  })

  it('stretches from the row before', () => {
    const some = stretchFound(toggleFound(nothingFound, at(1), 1), 3, found)
    expect(found.map((each) => isChosen(some, each))).toEqual([false, true, true, true])
  })

  it('is of all rows first, and of all matches when it is asked for again', () => {
    const shown = chooseMore(nothingFound, run(5000))
    expect([shown.all, chosenCount(shown, run(5000))]).toEqual([false, 4])
    const all = chooseMore(shown, run(5000))
    expect([all.all, chosenCount(all, run(5000))]).toEqual([true, 5000])
    expect(chooseMore(shown, run(4)).all).toBe(false)
    expect(toggleFound(all, at(2), 2)).toMatchObject({ all: false, keys: new Set(['bull/bull/mail failed 2']) })
  })

  it('names the jobs place by place', () => {
    const shown = chooseMore(nothingFound, run(4))
    expect(selectionOf(shown, run(4))).toEqual({
      type: 'refs',
      places: [
        { queue: queue('mail'), state: 'failed', refs: ['1', '2'] },
        { queue: queue('sms'), state: 'failed', refs: ['1'] },
        { queue: queue('mail'), state: 'wait', refs: ['3'] },
      ],
    })
    expect(chosenPlaces(shown, run(4))).toHaveLength(3)
  })

  it('names the search where all matches are meant, shown or not', () => {
    const all = { ...nothingFound, all: true }
    expect(selectionOf(all, run(5000))).toEqual({ type: 'search', searchId: 's1' })
    expect(chosenPlaces(all, run(5000))).toEqual(places)
  })

  it('of nothing is none', () => expect(selectionOf(nothingFound, run(4))).toBeNull())
})
