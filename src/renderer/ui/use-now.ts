import { useCallback, useSyncExternalStore } from 'react'

const clocks = new Map<number, { listeners: Set<() => void>; timer: ReturnType<typeof setInterval> }>()

/** Calls back at every beat of the one timer that all clocks of this pace share. */
function onBeat(everyMs: number, listener: () => void): () => void {
  const known = clocks.get(everyMs)
  if (known !== undefined) known.listeners.add(listener)
  else {
    const listeners = new Set([listener])
    clocks.set(everyMs, { listeners, timer: setInterval(() => listeners.forEach((tell) => void tell()), everyMs) })
  }
  return () => {
    const clock = clocks.get(everyMs)
    if (clock === undefined) return
    clock.listeners.delete(listener)
    if (clock.listeners.size > 0) return
    clearInterval(clock.timer)
    clocks.delete(everyMs)
  }
}

/**
 * The time, in whole steps of `stepMs`, rendering only when the step changes. All clocks of a step share one timer.
 */
export function useNow(stepMs = 1000): number {
  const subscribe = useCallback((tick: () => void) => onBeat(Math.min(stepMs, 1000), tick), [stepMs])
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs) * stepMs)
}
