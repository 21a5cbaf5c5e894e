import { useCallback } from 'react'
import { create } from 'zustand'
import { type FoundSelection, nothingFound } from './found-selection.model.ts'

/** Where a person is in the matches of a search, and which of them are chosen. */
interface FoundPlace {
  readonly selection: FoundSelection
  readonly cursor: number
}

const start: FoundPlace = { selection: nothingFound, cursor: -1 }

/** By connection, with the search it belongs to. Not in the screen, so that it is there again after a look at a job. */
const usePlaces = create<Record<string, FoundPlace & { searchId: string }>>(() => ({}))

export function useFoundPlace(
  connectionId: string,
  searchId: string,
): [FoundPlace, (change: (now: FoundPlace) => FoundPlace) => void] {
  const kept = usePlaces((state) => state[connectionId])
  const change = useCallback(
    (next: (now: FoundPlace) => FoundPlace) =>
      usePlaces.setState((state) => {
        const now = state[connectionId]
        return { [connectionId]: { ...next(now?.searchId === searchId ? now : start), searchId } }
      }),
    [connectionId, searchId],
  )
  return [kept?.searchId === searchId ? kept : start, change]
}
