import type { ErrorCode, SluiceError } from '../../domain/errors.ts'

const firstMs = 250
const longestMs = 5_000
const soonMs = 500
const patientMs = 30_000
const mostPatientMs = 10 * 60_000

/** These pass by themselves, and whoever waits for them wants to know at once. */
const soon: readonly ErrorCode[] = ['REDIS_LOADING', 'REDIS_BUSY', 'REDIS_UNAVAILABLE', 'REPLICA']

/** Only a person at this computer can mend these; an attempt could do nothing but harm (servers lock out who tries on). */
export const needPerson: readonly ErrorCode[] = [
  'SECRET_MISSING',
  'VAULT_LOCKED',
  'SSH_AUTH_FAILED',
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'BAD_URL',
]

/**
 * How long to wait before the next attempt, in ms: from a quarter of a second, doubling up to five seconds, give or take
 * a fifth so that many clients of one server do not return together.
 */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  return spread(Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs), random)
}

/**
 * How long to wait before the next attempt after a problem, in ms; null when an attempt makes no sense before something
 * changed here (a secret was entered, a key trusted). What somebody has to mend at the server (a wrong password, say) is
 * tried after half a minute, then ever more rarely, down to each ten minutes.
 */
export function waitAfter(
  problem: Pick<SluiceError, 'code' | 'retryable'>,
  failures: number,
  random: () => number = Math.random,
): number | null {
  if (needPerson.includes(problem.code)) return null
  if (soon.includes(problem.code)) return spread(soonMs, random)
  if (problem.retryable) return backOffMs(failures, random)
  return spread(Math.min(patientMs * 2 ** Math.max(0, failures - 1), mostPatientMs), random)
}

function spread(ms: number, random: () => number): number {
  return Math.round(ms * (0.8 + 0.4 * random()))
}
