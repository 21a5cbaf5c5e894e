import { setTimeout as sleep } from 'node:timers/promises'

/** Takes as long as a provider would, where a demo wants that; throws the signal's reason when it aborts. */
export async function preview(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
