import { useEffect } from 'react'
import { client, onEngineBack } from '../api/client.ts'
import { type Attention, attentionOf, worthTelling } from './attention.model.ts'

const uses = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

/** Tells the engine how this window is looked at, so that Redis is read no more often than somebody looks. */
export function useAttention(): void {
  useEffect(() => {
    const window = crypto.randomUUID()
    let usedAt = Date.now()
    let told: { attention: Attention; at: number } | null = null
    const tell = () => {
      const now = Date.now()
      const look = { visible: document.visibilityState === 'visible', focused: document.hasFocus(), usedAt }
      const attention = attentionOf(look, now)
      if (!worthTelling(attention, told, now)) return
      told = { attention, at: now }
      // Not told is taken for idle, and it is told again soon: nobody needs to hear of it.
      client.telemetry.attend({ window, attention }).catch(() => {})
    }
    const onUse = () => {
      usedAt = Date.now()
      tell()
    }
    const options = { passive: true, capture: true }
    for (const use of uses) addEventListener(use, onUse, options)
    for (const change of ['focus', 'blur'] as const) addEventListener(change, tell)
    document.addEventListener('visibilitychange', tell)
    const timer = setInterval(tell, 5_000)
    const stop = onEngineBack(() => {
      told = null
      tell()
    })
    tell()
    return () => {
      for (const use of uses) removeEventListener(use, onUse, options)
      for (const change of ['focus', 'blur'] as const) removeEventListener(change, tell)
      document.removeEventListener('visibilitychange', tell)
      clearInterval(timer)
      stop()
    }
  }, [])
}
