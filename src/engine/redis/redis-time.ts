import type { Command, Reply } from '../../systems/handles.ts'

/** Asks Redis for its clock. */
export const timeCommand: Command = ['TIME']

/** Ms between two replies of TIME (seconds and microseconds); null where they are none. */
export function msBetween(before: Reply | undefined, after: Reply | undefined): number | null {
  const [from, to] = [microsecondsOf(before), microsecondsOf(after)]
  return from === null || to === null ? null : Math.max(0, to - from) / 1000
}

function microsecondsOf(reply: Reply | undefined): number | null {
  const [seconds, rest] = Array.isArray(reply) ? reply : []
  return Buffer.isBuffer(seconds) && Buffer.isBuffer(rest) ? Number(seconds) * 1_000_000 + Number(rest) : null
}
