import type { Action, SystemInfo } from '../../domain/queue.ts'
import type { Place } from '../../domain/selection.ts'
import type { Connection } from '../state/connections.ts'
import { whyNot, whyNotWrite } from './action-guard.model.ts'

/**
 * Why an action cannot be done on jobs of several places; null when it can in at least one of them, because the plan says
 * of each place whether it can.
 */
export function whyNotThere(
  connection: Connection | undefined,
  systems: readonly SystemInfo[] | undefined,
  places: readonly Place[],
  action: Action,
): string | null {
  const reasons = places.map(({ queue, state }) => {
    const info = systems?.find(({ id }) => id === queue.system)?.states.find(({ id }) => id === state)
    return whyNot(connection, info, action)
  })
  if (reasons.length === 0) return whyNotWrite(connection)
  return reasons.includes(null) ? null : (reasons[0] ?? null)
}
