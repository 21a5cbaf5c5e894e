import type { HandlerId } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'

/** The handler that a queue asks for, by what its system is for and by its name. */
export function guessHandler({ system, name }: QueueRef): HandlerId {
  if (system === 'http-jobs') return 'http'
  if (system === 'request-tracker') return 'request'
  if (system === 'bull' || system === 'bullmq') return /csv/i.test(name) ? 'csv' : 'own'
  return /sms|otp|text/i.test(name) ? 'sms' : 'email'
}
