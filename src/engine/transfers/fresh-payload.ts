import type { SystemId } from '../../domain/queue.ts'
import { copyMessage } from '../../systems/http-jobs/message.ts'
import { retryPayload } from '../../systems/plain-list/retry-payload.ts'

/**
 * What a job of these systems is as a new one. Where counts of tries and errors are in the payload itself, a copy of a
 * failed job would end with its first failure; other systems keep them beside the payload, or their `add` sees to it.
 */
const makers: Partial<Record<SystemId, (payload: Buffer, state: string, now: number) => Buffer | null>> = {
  'plain-list': (payload, state) => (state === 'dead' ? retryPayload(payload) : payload),
  'http-jobs': (payload, _state, now) => copyMessage(payload, now),
}

/** The payload of a copy; null for what the system could not run. `now` is epoch ms. */
export function freshPayload(system: SystemId, state: string, payload: string, now: number): string | null {
  const make = makers[system]
  return make === undefined ? payload : (make(Buffer.from(payload), state, now)?.toString('utf8') ?? null)
}
