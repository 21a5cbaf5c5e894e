import { useEffect, useEffectEvent, useState } from 'react'
import { followStream, type OpenStream, type StreamState } from './follow-stream.ts'

/**
 * Follows a stream while the component is mounted; it is opened again when `key` changes, when the line to the engine
 * comes back and when it fails. `onEvent` always sees the latest props. `open` null follows nothing.
 */
export function useStream<T>(key: string, open: OpenStream<T> | null, onEvent: (event: T) => void): StreamState {
  const [state, setState] = useState<StreamState>({ phase: 'opening' })
  const handle = useEffectEvent(onEvent)
  const start = useEffectEvent((signal: AbortSignal) => {
    if (open === null) return
    const onState = (next: StreamState) =>
      setState((last) => (last.phase === next.phase && next.phase !== 'failed' ? last : next))
    void followStream(open, { event: (event: T) => handle(event), state: onState }, signal)
  })
  const follows = open !== null
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` and `follows` stand for the identity of `open`
  useEffect(() => {
    const controller = new AbortController()
    start(controller.signal)
    return () => controller.abort()
  }, [key, follows])
  return state
}
