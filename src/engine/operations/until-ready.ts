import type { Connection } from '../redis/connection.ts'

/** Waits at least `pauseMs`, then until the connection is ready, at most `longestMs` in all; ends when the signal aborts. */
export async function untilReady(
  connection: Pick<Connection, 'status' | 'onStatus'>,
  pauseMs: number,
  longestMs: number,
  signal?: AbortSignal,
): Promise<void> {
  await pause(pauseMs, signal)
  if (signal?.aborted || connection.status().status === 'ready') return
  const rest = new AbortController()
  const stop = () => rest.abort()
  signal?.addEventListener('abort', stop)
  const forget = connection.onStatus(({ status }) => status === 'ready' && rest.abort())
  await pause(longestMs - pauseMs, rest.signal)
  forget()
  signal?.removeEventListener('abort', stop)
}

/** Waits, or until the signal aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.max(0, ms))
    signal?.addEventListener('abort', end)
  })
}
