import { ORPCError } from '@orpc/client'
import { type ErrorCode, errorCodes, SluiceError } from '../../domain/errors.ts'
import { type Remedy, remedySchema } from '../../domain/profile.ts'

/** The code of the closed list that an error carries; null for anything else. */
export function errorCode(error: unknown): ErrorCode | null {
  if (error instanceof SluiceError) return error.code
  if (error instanceof ORPCError && error.code in errorCodes) return error.code as ErrorCode
  return null
}

/** One sentence for a person. Never a stack, never "undefined". */
export function errorSentence(error: unknown): string {
  const code = errorCode(error)
  const message = error instanceof Error ? error.message.trim() : ''
  if (code !== null) return message === '' ? errorCodes[code].sentence : message
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') return errorCodes.INVALID_INPUT.sentence
  return message === '' ? errorCodes.INTERNAL.sentence : message
}

/** Whether asking again may help. What the engine did not name (a broken link) may pass. */
export function isRetryable(error: unknown): boolean {
  const code = errorCode(error)
  if (code !== null) return errorCodes[code].retryable
  return !(error instanceof ORPCError)
}

/** What a person can do about an error, where Sluice knows. */
export function errorRemedy(error: unknown): Remedy | null {
  if (error instanceof SluiceError) return error.remedy
  if (!(error instanceof ORPCError)) return null
  const data: unknown = error.data
  const remedy = typeof data === 'object' && data !== null && 'remedy' in data ? data.remedy : null
  return remedySchema.safeParse(remedy).data ?? null
}
