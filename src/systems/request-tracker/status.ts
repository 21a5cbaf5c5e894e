/** The states of a request as screens count them, and the statuses that each stands for. `other` is all the rest. */
export const statusesOf = {
  pending: ['pending', 'queued', 'created', 'new'],
  processing: ['processing', 'in_progress', 'running', 'started'],
  otp: ['otp_required', 'otp_sent', 'otp_verification', 'waiting_otp', 'waiting_for_otp', 'requires_otp', 'otp'],
  completed: ['completed', 'success', 'succeeded', 'done'],
  failed: ['failed', 'error', 'timeout'],
  cancelled: ['cancelled', 'canceled'],
} as const satisfies Record<string, readonly string[]>

export type StateId = keyof typeof statusesOf | 'other' | 'expired'

const stateOfStatus = new Map<string, StateId>(
  Object.entries(statusesOf).flatMap(([state, statuses]) => statuses.map((status) => [status, state as StateId])),
)

/** The state that a stored status belongs to, whatever its case. */
export function stateOf(status: string): StateId {
  return stateOfStatus.get(status.trim().toLowerCase()) ?? 'other'
}

/** Whether nothing more will happen to a request with this status. */
export function isEnded(status: string): boolean {
  const state = stateOf(status)
  return state === 'completed' || state === 'failed' || state === 'cancelled'
}
