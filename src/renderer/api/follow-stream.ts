import { errorCode, isRetryable } from './error-text.ts'

export type StreamState =
  | { readonly phase: 'opening' }
  | { readonly phase: 'live' }
  | { readonly phase: 'failed'; readonly error: unknown }

export type OpenStream<T> = (signal: AbortSignal) => Promise<AsyncIterable<T>>

const firstPauseMs = 200
const longestPauseMs = 5_000

/**
 * Reads a stream until `signal` aborts, and opens it again whenever it ends or fails: each opening starts with a
 * snapshot, so nothing is lost but time. Errors that will not pass by themselves are tried again at the slowest pace.
 */
export async function followStream<T>(
  open: OpenStream<T>,
  on: { event(event: T): void; state(state: StreamState): void },
  signal: AbortSignal,
  pause: (ms: number, signal: AbortSignal) => Promise<void> = abortablePause,
): Promise<void> {
  let pauseMs = firstPauseMs
  on.state({ phase: 'opening' })
  while (!signal.aborted) {
    try {
      for await (const event of await open(signal)) {
        if (signal.aborted) return
        pauseMs = firstPauseMs
        on.state({ phase: 'live' })
        on.event(event)
      }
      if (signal.aborted) return
      on.state({ phase: 'opening' })
    } catch (error) {
      if (signal.aborted) return
      if (errorCode(error) === null) on.state({ phase: 'opening' })
      else on.state({ phase: 'failed', error })
      if (!isRetryable(error)) pauseMs = longestPauseMs
    }
    await pause(pauseMs, signal)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
}

function abortablePause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
