import type { Action, StateInfo } from '../../domain/queue.ts'
import type { Connection } from '../state/connections.ts'

/** Why nothing can be written over this connection now; null when it can be. */
export function whyNotWrite(connection: Connection | undefined): string | null {
  if (connection === undefined) return 'This connection is not known here.'
  const { profile, status } = connection
  if (status.status === 'closed') return 'This connection is not open.'
  if (profile.readOnly) return 'This profile is read-only: it never writes.'
  if (!status.writable && profile.environment === 'production')
    return 'Read-only: unlock writing in the bar above first.'
  if (!status.writable) return 'This connection is read-only.'
  if (status.status !== 'ready') return 'Redis is not reachable at the moment.'
  return null
}

/**
 * Why an action cannot be done on jobs of a state; null when it can. What can never be comes before what cannot be now,
 * so that nobody unlocks production only to read that the system has no such action.
 */
export function whyNot(
  connection: Connection | undefined,
  state: StateInfo | undefined,
  action: Action,
): string | null {
  if (state === undefined) return 'What this queue system can do is not known yet.'
  const able = state.actions[action]
  if (able !== true) return able ?? 'This queue system cannot do that.'
  return whyNotWrite(connection)
}
