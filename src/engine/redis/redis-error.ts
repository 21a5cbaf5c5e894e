import { type ErrorCode, SluiceError } from '../../domain/errors.ts'

/** What was going on: a cut while a write was under way leaves its outcome unknown, any other cut changed nothing. */
export type Phase = 'connect' | 'read' | 'write'

/**
 * Any error of the client library, of a socket or of Redis as a SluiceError. It is made anew: the library's errors carry
 * the arguments of the command (a password, a payload), and Redis quotes arguments in some of its replies, so neither
 * the old error nor its quoted parts go on.
 */
export function redisError(error: unknown, phase: Phase): SluiceError {
  if (error instanceof SluiceError) return error
  const first = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  const { name, message, code } = factsOf(first)
  if (name === 'ReplyError') return replyError(message)
  if (first instanceof TypeError || first instanceof RangeError) return new SluiceError('INTERNAL')
  // The client says this before it writes a byte, so nothing can have run.
  if (message.startsWith("Stream isn't writeable")) return new SluiceError('CONNECTION_LOST')
  if (phase === 'write') return new SluiceError('OUTCOME_UNKNOWN')
  return tlsError(code, message) ?? socketError(code, message, phase)
}

/** Whether Redis itself answered with this error, so that the socket is well and what happened is known. */
export function isErrorReply(error: unknown): boolean {
  return factsOf(error).name === 'ReplyError'
}

/** Whether a script failed only because the server does not hold it; such a script did not run. */
export function isNoScript(error: unknown): boolean {
  return factsOf(error).message.startsWith('NOSCRIPT')
}

/** Whether the server does not have the command at all: it is too old, or the command was renamed. Nothing ran. */
export function isUnknownCommand(error: unknown): boolean {
  return /^ERR unknown (sub)?command/i.test(factsOf(error).message)
}

function factsOf(error: unknown): { name: string; message: string; code: string } {
  if (!(error instanceof Error)) return { name: '', message: '', code: '' }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { name: error.name, message: error.message, code }
}

/** Redis' error replies by how they begin; the first that fits counts. No sentence: the code's own. */
const replies: readonly [pattern: RegExp, code: ErrorCode, sentence?: string][] = [
  [/^WRONGPASS|^ERR invalid password|^ERR AUTH /, 'AUTH_FAILED'],
  [/^NOAUTH/, 'AUTH_FAILED', 'Redis asks for a password, and none was given.'],
  [/^DENIED/, 'NO_PERMISSION', 'Redis is in protected mode: it serves only its own computer until it has a password.'],
  [/^OOM/, 'REDIS_FULL'],
  [/^MISCONF/, 'REDIS_FULL', 'Redis refuses to write because it cannot save to its disk.'],
  [/^LOADING/, 'REDIS_LOADING'],
  [/^WRONGTYPE/, 'WRONG_TYPE'],
  [/^READONLY/, 'REPLICA'],
  [/^NOREPLICAS/, 'READ_ONLY', 'Redis takes no writes while it has too few replicas.'],
  [/^BUSY\b/, 'REDIS_BUSY'],
  [/Script killed by user/, 'REDIS_BUSY', 'Someone stopped this script at the server before it wrote anything.'],
  [/^MASTERDOWN/, 'REDIS_UNAVAILABLE', 'This replica lost its master, and serves no data that may be old.'],
  [/^CLUSTERDOWN/, 'REDIS_UNAVAILABLE', 'The cluster is down: some of its slots are served by no master.'],
  [/^TRYAGAIN/, 'REDIS_UNAVAILABLE', 'The keys are on their way from one node of the cluster to another.'],
  [/^ERR max number of clients/, 'TOO_MANY_CLIENTS'],
  [/^ERR (DB index|invalid DB index)/, 'BAD_URL', 'This Redis has no database with that number.'],
  [
    /^(MOVED|ASK|CROSSSLOT|ERR SELECT is not allowed)/,
    'UNSUPPORTED',
    'This is a node of a Redis Cluster, which keeps that data on another node.',
  ],
]

const passwordRemedy = { kind: 'secret', secret: 'password' } as const

function replyError(message: string): SluiceError {
  const known = replies.find(([pattern]) => pattern.test(message))
  if (known) return new SluiceError(known[1], known[2], known[1] === 'AUTH_FAILED' ? passwordRemedy : null)
  if (message.startsWith('NOPERM')) return new SluiceError('NO_PERMISSION', permissionSentence(message))
  const unknown = /^ERR unknown (?:sub)?command [`'|]?([\w.|-]{1,40})/i.exec(message)
  if (unknown) return new SluiceError('NO_PERMISSION', `This Redis does not offer the command ${unknown[1]}.`)
  return new SluiceError('INTERNAL', `Redis answered with an error: ${withoutArguments(message)}`)
}

/** "may not run X" names the command, never the key or channel. */
function permissionSentence(message: string): string | undefined {
  const command = /run the '([\w.|-]{1,40})' command/.exec(message)?.[1]
  if (command) return `The Redis user of this profile may not run ${command.replace('|', ' ').toUpperCase()}.`
  if (/access (one of )?the (keys|channels)/.test(message)) {
    return `The Redis user of this profile may not reach that ${message.includes('channel') ? 'channel' : 'key'}.`
  }
  return undefined
}

/** An error reply without what stands in quotes: from the first quotation mark to the last, for arguments hold some too. */
function withoutArguments(message: string): string {
  return message
    .replace(/['"`](.*['"`]|.*$)/s, '…')
    .replace(/\s+/g, ' ')
    .slice(0, 200)
}

const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'The certificate of the server signs itself, so nobody this computer trusts vouches for it.',
  CERT_SIGNATURE_FAILURE: 'The certificate of the server is vouched for by an authority this computer does not trust.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'The certificate of the server is vouched for by an authority this computer does not trust.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The certificate of the server is vouched for by an authority this computer does not know.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'The certificate of the server is vouched for by an authority this computer does not know.',
  CERT_HAS_EXPIRED: 'The certificate of the server has expired.',
  CERT_NOT_YET_VALID: 'The certificate of the server is not valid yet: look at the clock of this computer.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate of the server is for another host name.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'The server does not speak TLS at that port: try redis:// in place of rediss://.',
}

function tlsError(code: string, message: string): SluiceError | null {
  if (certificateProblems[code]) return new SluiceError('TLS_FAILED', certificateProblems[code])
  if (/wrong version number|packet length too long/i.test(message)) {
    return new SluiceError('TLS_FAILED', certificateProblems.ERR_SSL_WRONG_VERSION_NUMBER)
  }
  if (/certificate.?required|handshake.?failure|bad.?certificate/i.test(`${code} ${message}`)) {
    return new SluiceError('TLS_FAILED', 'The server refused the TLS handshake: it may ask for a client certificate.')
  }
  if (/^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|EPROTO)/.test(code) || /secure TLS connection/.test(message)) {
    return new SluiceError('TLS_FAILED')
  }
  return null
}

const brokenWords = 'What came from Redis could not be understood, so the connection was cut.'

const unreachable = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']

function socketError(code: string, message: string, phase: Phase): SluiceError {
  if (code === 'ECONNREFUSED') return new SluiceError('CONNECTION_REFUSED')
  if (code === 'ENOENT') return new SluiceError('CONNECTION_REFUSED', 'There is no socket at that path.')
  if (code === 'EACCES')
    return new SluiceError('CONNECTION_REFUSED', 'This computer does not let you use that address.')
  if (code === 'EAI_AGAIN') return new SluiceError('HOST_NOT_FOUND', 'The name server does not answer at the moment.')
  if (code === 'ENOTFOUND' || code === 'EAI_NONAME') return new SluiceError('HOST_NOT_FOUND')
  if (/Unknown RESP type|Command queue state error/.test(message)) {
    // What spoke Redis before is Redis: something in between broke its words.
    return phase === 'connect' ? new SluiceError('NOT_REDIS') : new SluiceError('CONNECTION_LOST', brokenWords)
  }
  const late = message === 'Command timed out'
  if (phase === 'read') return new SluiceError(late ? 'COMMAND_TIMEOUT' : 'CONNECTION_LOST')
  if (late || unreachable.includes(code)) return new SluiceError('CONNECT_TIMEOUT')
  return new SluiceError(
    'CONNECTION_LOST',
    'The server closed the connection without a word: it may want TLS (rediss://), or be shutting down.',
  )
}
