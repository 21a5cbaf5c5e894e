import { ORPCError } from '@orpc/client'
import { type ErrorCode, errorCodes, SluiceError } from '../../domain/errors.ts'

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
