import type { Remedy } from './profile.ts'

/**
 * The closed list of what can go wrong. Every error that crosses the boundary is one of these: a code for programs,
 * one sentence for a person, and whether trying again may help.
 */
export const errorCodes = {
  CONNECTION_REFUSED: {
    retryable: true,
    sentence: 'Nothing answers at that address: the server is not running, or the port is wrong.',
  },
  HOST_NOT_FOUND: { retryable: true, sentence: 'That host name cannot be resolved.' },
  AUTH_FAILED: { retryable: false, sentence: 'Redis refused the user name or password.' },
  TLS_FAILED: { retryable: false, sentence: 'The TLS handshake failed.' },
  CONNECT_TIMEOUT: {
    retryable: true,
    sentence: 'No answer in time: a firewall, a VPN or the address may be the reason.',
  },
  NOT_REDIS: { retryable: false, sentence: 'Something answers there, but it does not speak the Redis protocol.' },
  BAD_URL: { retryable: false, sentence: 'That is not a Redis URL.' },
  SECRET_MISSING: { retryable: false, sentence: 'The password of this profile is not known here: enter it again.' },
  VAULT_LOCKED: { retryable: false, sentence: 'The passwords are locked: enter the passphrase that opens them.' },
  SSH_FAILED: { retryable: true, sentence: 'The SSH server cannot be reached, or closed the connection.' },
  SSH_AUTH_FAILED: { retryable: false, sentence: 'The SSH server refused the user name, password or key.' },
  HOST_KEY_UNKNOWN: {
    retryable: false,
    sentence: 'Nobody vouched for the key of this SSH server yet: compare its fingerprint, then trust it.',
  },
  HOST_KEY_CHANGED: {
    retryable: false,
    sentence: 'The SSH server shows another key than the one that was trusted: nothing was sent to it.',
  },
  NO_MASTER: { retryable: true, sentence: 'No Sentinel names a master that can be reached.' },
  NOT_OPEN: { retryable: false, sentence: 'This connection is not open.' },
  CONNECTION_LOST: { retryable: true, sentence: 'Redis is not reachable at the moment.' },
  COMMAND_TIMEOUT: { retryable: true, sentence: 'Redis did not answer in time.' },
  OUTCOME_UNKNOWN: {
    retryable: false,
    sentence: 'The connection broke while Redis was working: look again before you repeat this.',
  },
  READ_ONLY: { retryable: false, sentence: 'This connection is read-only.' },
  NO_PERMISSION: { retryable: false, sentence: 'The Redis user of this profile may not do that.' },
  REDIS_FULL: { retryable: true, sentence: 'Redis is out of memory and refuses to write.' },
  REDIS_LOADING: { retryable: true, sentence: 'Redis is loading its data from disk.' },
  REDIS_BUSY: {
    retryable: true,
    sentence: 'Redis is busy with a script and answers nothing else until that ends.',
  },
  REDIS_UNAVAILABLE: { retryable: true, sentence: 'This Redis cannot serve its data at the moment.' },
  TOO_MANY_CLIENTS: { retryable: true, sentence: 'Redis has as many clients as it may have.' },
  REPLICA: { retryable: true, sentence: 'This Redis is a read-only replica: write to its master.' },
  WRONG_TYPE: { retryable: false, sentence: 'A key has another type than this queue system uses.' },
  NOT_FOUND: { retryable: false, sentence: 'That is no longer there.' },
  CHANGED: { retryable: false, sentence: 'It changed since you looked at it, so nothing was done.' },
  CROSS_SLOT: {
    retryable: false,
    sentence: 'The keys of this queue lie in several slots of the cluster, so nothing can be done to them in one step.',
  },
  UNSUPPORTED: { retryable: false, sentence: 'This queue system cannot do that.' },
  INVALID_INPUT: { retryable: false, sentence: 'That input is not valid.' },
  CONFIRMATION_NEEDED: { retryable: false, sentence: 'This needs a confirmation that does not match.' },
  LOCAL_REDIS_MISSING: { retryable: false, sentence: 'No redis-server or valkey-server was found on this computer.' },
  DISK_FAILED: { retryable: true, sentence: 'A file of Sluice could not be written.' },
  INTERNAL: { retryable: false, sentence: 'Something went wrong inside Sluice.' },
} as const satisfies Record<string, { retryable: boolean; sentence: string }>

export type ErrorCode = keyof typeof errorCodes

/** An error with a code of the closed list. `message` is for a person and never holds a secret or a payload. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError'
  constructor(
    readonly code: ErrorCode,
    detail?: string,
    /** What a person can do about it, where Sluice knows. */
    readonly remedy: Remedy | null = null,
  ) {
    super(detail ?? errorCodes[code].sentence)
  }
  get retryable(): boolean {
    return errorCodes[this.code].retryable
  }
}

/** Any thrown value as a SluiceError; what is not known becomes INTERNAL with its own message. */
export function asSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error
  return new SluiceError('INTERNAL', error instanceof Error ? error.message : String(error))
}

/**
 * Whether Redis refused a command to this user (ACL), or does not have it (renamed away, as hosted servers do): thrown,
 * or as the reply to one command of a pipeline. Trying again will not help; doing without may.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof SluiceError) return error.code === 'NO_PERMISSION'
  return error instanceof Error && /^(NOPERM|ERR unknown (sub)?command)/i.test(error.message)
}
