import { type PointerEvent, useCallback, useEffect, useEffectEvent, useRef } from 'react'

/** The list follows at most this often, and not while the pointer moves over it: a row must not leave under a click. */
const followMs = 2_000
const handMs = 3_000

/**
 * Reads a list again by itself while nobody works in it: `idle`, and no pointer moved over it for a while. `news` changes
 * identity when there may be something new.
 */
export function useResting(
  idle: boolean,
  news: unknown,
  readAt: number | null,
  refresh: () => Promise<void>,
): { resting: boolean; onPointerMove(event: PointerEvent): void } {
  const touchedAt = useRef(0)
  const again = useEffectEvent(() => void refresh())
  // biome-ignore lint/correctness/useExhaustiveDependencies: each piece of news starts the wait
  useEffect(() => {
    if (!idle || readAt === null) return
    let timer: ReturnType<typeof setTimeout>
    const wait = () => {
      const now = Date.now()
      const due = Math.max(readAt + followMs, touchedAt.current + handMs)
      if (due > now) timer = setTimeout(wait, due - now)
      else if (document.visibilityState === 'visible') again()
    }
    wait()
    return () => clearTimeout(timer)
  }, [idle, news, readAt])
  return {
    resting: idle,
    onPointerMove: useCallback(() => {
      touchedAt.current = Date.now()
    }, []),
  }
}
