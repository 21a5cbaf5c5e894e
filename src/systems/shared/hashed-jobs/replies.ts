import { SluiceError } from '../../../domain/errors.ts'
import type { Reply } from '../../handles.ts'

/** A number that Redis keeps as text (a counter, a time, a score); null for anything else. */
export function numberOf(reply: Reply | undefined): number | null {
  const number = Buffer.isBuffer(reply) && reply.length > 0 ? Number(reply.toString('latin1')) : Number.NaN
  return Number.isFinite(number) ? number : null
}

/** Text of a reply; null when it is absent or empty. */
export function stringOf(reply: Reply | undefined): string | null {
  return Buffer.isBuffer(reply) && reply.length > 0 ? reply.toString('utf8') : null
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

/** Epoch ms by the server's clock (TIME), which producers' clocks follow better than this computer's; else this one's. */
export function clockOf(reply: Reply | undefined): number {
  const [seconds, micros] = itemsOf(reply).map(numberOf)
  return seconds == null ? Date.now() : seconds * 1000 + Math.floor((micros ?? 0) / 1000)
}
