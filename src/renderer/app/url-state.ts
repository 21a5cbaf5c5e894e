import { useCallback } from 'react'
import { navigate, useHashSearch } from './hash-location.ts'

/** A change of query parameters: null takes one out. */
export type UrlPatch = Readonly<Record<string, string | null>>

/** The query with a change made to it. */
export function patchedSearch(search: string, patch: UrlPatch): string {
  const params = new URLSearchParams(search)
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) params.delete(name)
    else params.set(name, value)
  }
  return params.toString()
}

/**
 * What the screen keeps in its URL. Changes replace the present step of the history (typing a filter is not a journey)
 * unless `push` is set (opening a job is).
 */
export function useUrlState(): [URLSearchParams, (patch: UrlPatch, push?: boolean) => void] {
  const search = useHashSearch()
  const change = useCallback((patch: UrlPatch, push = false) => {
    const [path = '/', before = ''] = location.hash.slice(1).split(/\?(.*)/s)
    const after = patchedSearch(before, patch)
    if (after !== before) navigate(after === '' ? path : `${path}?${after}`, { replace: !push })
  }, [])
  return [new URLSearchParams(search), change]
}
