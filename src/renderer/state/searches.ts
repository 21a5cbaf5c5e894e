import { create } from 'zustand'
import type { SearchQuestion } from '../../domain/search.ts'
import { client } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { readToEnd } from '../api/read-to-end.ts'
import { beginSearch, endSearch, heardOfSearch, type SearchRun, stopSearch } from './searches.model.ts'

/**
 * The searches of this window, one a key. They are here and not in their screens, so that a look at a found job neither
 * ends the search nor loses what it found.
 */
const useSearches = create<{ runs: Readonly<Record<string, SearchRun>> }>(() => ({ runs: {} }))

const stops = new Map<string, () => void>()

/** The search of a key, the last one that was started; undefined before the first. */
export const useSearch = (key: string): SearchRun | undefined => useSearches((state) => state.runs[key])

function put(key: string, change: (run: SearchRun) => SearchRun): void {
  const run = useSearches.getState().runs[key]
  if (run !== undefined) useSearches.setState(({ runs }) => ({ runs: { ...runs, [key]: change(run) } }))
}

/** Starts a search in place of the one that its key had. */
export function startSearch(key: string, question: SearchQuestion): void {
  stops.get(key)?.()
  useSearches.setState(({ runs }) => ({ runs: { ...runs, [key]: beginSearch(question, Date.now()) } }))
  const stop = readToEnd((signal) => client.searches.run(question, { signal }), {
    event: (event) => put(key, (run) => heardOfSearch(run, event, Date.now())),
    end: (error) => put(key, (run) => endSearch(run, error === null ? null : errorSentence(error))),
  })
  stops.set(key, stop)
}

/** Stops a search; what it found so far stays. */
export function stopSearching(key: string): void {
  stops.get(key)?.()
  put(key, stopSearch)
}

/** Stops a search and forgets what it found. */
export function forgetSearch(key: string): void {
  stops.get(key)?.()
  stops.delete(key)
  useSearches.setState(({ runs }) => {
    const { [key]: _forgotten, ...others } = runs
    return { runs: others }
  })
}
