import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { client } from '../../api/client.ts'
import type { StreamState } from '../../api/follow-stream.ts'
import { useStream } from '../../api/use-stream.ts'
import { type Entry, type Outline, RequestStore } from './request-store.ts'

/** Follows the requests of a connection while the screen is there; null follows nothing. */
export function useRequests(connectionId: string | null): {
  store: RequestStore
  outline: Outline
  state: StreamState
} {
  const [store] = useState(() => new RequestStore((tell) => requestAnimationFrame(tell)))
  const state = useStream(
    connectionId ?? '',
    connectionId === null ? null : (signal) => client.requests.watch({ connectionId }, { signal }),
    (event) => store.apply(event),
  )
  const outline = useSyncExternalStore(store.subscribeOutline, store.outline)
  return { store, outline, state }
}

/** One request; renders when it changed, at most once a frame. */
export function useEntry(store: RequestStore, hash: string): Entry | undefined {
  return useSyncExternalStore(
    useCallback((listener: () => void) => store.subscribe(hash, listener), [store, hash]),
    () => store.get(hash),
  )
}

/** The last value, while that one may be kept; else the present one. */
export function useHeld<T>(value: T, mayKeep: (held: T) => boolean): [T, () => void] {
  const [held, setHeld] = useState(value)
  const hold = mayKeep(held)
  useEffect(() => {
    if (!hold) setHeld(value)
  }, [value, hold])
  return [hold ? held : value, () => setHeld(value)]
}
