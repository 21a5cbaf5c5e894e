import type { Connection } from '../state/connections.ts'
import { formatClock, formatDuration } from '../ui/format.ts'

/**
 * Whether what we show of a connection may be out of date, and how to say so; null when it is fresh or closed. A
 * connection that reads well may still have a problem: then that alone.
 */
export function staleSentence({ status }: Connection, lastAt: number | null, now: number): string | null {
  if (status.status === 'closed') return null
  // Reads go on, and something else is wrong: Redis is full, or has become a replica.
  if (status.status === 'ready') return status.problem
  const why =
    status.problem ?? (status.status === 'connecting' ? 'Connecting…' : 'Redis is not reachable at the moment.')
  if (lastAt === null) return why
  const age = Math.max(0, Math.floor((now - lastAt) / 1000) * 1000)
  return `Data is ${age < 1000 ? '0 s' : age < 60_000 ? `${age / 1000} s` : formatDuration(age)} old since ${formatClock(lastAt)}. ${why}`
}

/** Whether there is anything to say of a connection that is open. */
export function isTroubled({ status }: Connection): boolean {
  return status.status === 'ready' ? status.problem !== null : status.status !== 'closed'
}
