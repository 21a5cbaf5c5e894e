import { SluiceError } from '../../domain/errors.ts'
import type { Reply } from '../handles.ts'

/** A number that Redis keeps as text (a counter, a time, a score); null for anything else. */
export function numberOf(reply: Reply | undefined): number | null {
  const number = Buffer.isBuffer(reply) && reply.length > 0 ? Number(reply.toString('latin1')) : Number.NaN
  return Number.isFinite(number) ? number : null
}

/** Whether a command failed because its key has another type. */
export function isWrongType(error: unknown): boolean {
  if (error instanceof SluiceError) return error.code === 'WRONG_TYPE'
  return error instanceof Error && error.message.includes('WRONGTYPE')
}

/** An array reply's items; none for anything else. */
export function itemsOf(reply: Reply | undefined): Reply[] {
  return Array.isArray(reply) ? reply : []
}
