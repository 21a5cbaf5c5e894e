import { isJson } from '../../../domain/json-text.ts'
import type { TrackedRequest } from '../../../domain/request.ts'
import { isOver, phaseOf } from './requests.model.ts'

/** What can be done with a request by what it says of itself: nothing once it is over, codes while it waits for one. */
export function requestAbilities(request: Pick<TrackedRequest, 'status' | 'requiresOtp'>): {
  change: boolean
  code: boolean
} {
  const phase = phaseOf(request)
  return { change: !isOver(phase), code: !isOver(phase) && (phase === 'otp' || request.requiresOtp) }
}

/** What is wrong with text that should be JSON; null when nothing is. */
export function jsonProblem(text: string): string | null {
  return isJson(text) ? null : 'This is not JSON.'
}

/** The form of a new request, numbers as typed. */
export interface NewRequestForm {
  readonly service: string
  readonly serviceId: string
  readonly data: string
  readonly seconds: string
  readonly userId: string
}

export const startingRequest: NewRequestForm = {
  service: '',
  serviceId: '',
  data: '{}',
  seconds: '120',
  userId: '',
}
