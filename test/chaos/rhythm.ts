import type { Random } from '../../src/engine/demo/random.ts'

/** Does something again and again, after pauses of `meanMs` on average, until `signal` aborts; resolves after the last. */
export async function rhythm(
  random: Random,
  meanMs: number,
  signal: AbortSignal,
  act: () => Promise<void> | void,
): Promise<void> {
  for (;;) {
    await pause(meanMs * (0.5 + random.next()), signal)
    if (signal.aborted) return
    await act()
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
