import { type NewRequest, newRequestSchema } from '../../../domain/request.ts'
import { isWhole } from '../../components/whole-number.model.ts'
import { jsonProblem, type NewRequestForm } from './request-actions.model.ts'

/** What is wrong with the form, by field. */
export function newRequestProblems(form: NewRequestForm): Partial<Record<keyof NewRequestForm, string>> {
  const data = jsonProblem(form.data)
  return {
    ...(form.service.trim() === '' && { service: 'Which service is it for?' }),
    ...(form.service.trim().length > 200 && { service: 'At most 200 characters.' }),
    ...(form.serviceId.trim() !== '' &&
      !isWhole(form.serviceId, 0, Number.MAX_SAFE_INTEGER) && { serviceId: 'a whole number, or empty' }),
    ...(data !== null && { data }),
    ...(!isWhole(form.seconds, 1, 86_400) && { seconds: '1 to 86,400' }),
    ...(form.userId.trim().length > 100 && { userId: 'at most 100 characters' }),
  }
}

/** What goes to the engine; only for a form without problems. */
export function toNewRequest(form: NewRequestForm): NewRequest {
  return newRequestSchema.parse({
    service: form.service.trim(),
    serviceId: form.serviceId.trim() === '' ? null : Number(form.serviceId),
    data: form.data,
    estimatedDuration: Number(form.seconds),
    userId: form.userId.trim() === '' ? null : form.userId.trim(),
    sessionId: null,
  })
}
