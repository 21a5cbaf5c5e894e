import { SluiceError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/profile.ts'
import { serverName } from './connect-tcp.ts'

/** How far the opening of a session came. */
export type SshStage = 'greeting' | 'log-in' | 'open'

/** What the library says of an error besides its message: the layer it is of, or the code of a server's goodbye. */
interface SshError extends Error {
  readonly level?: string
  readonly code?: string | number
}

/**
 * What an error of the library means. Its text may be the server's own, and a server may say anything, so also what it
 * was just given: only what is recognized gets into a sentence.
 */
export function sshFailure(error: SshError, stage: SshStage, host: Endpoint): SluiceError {
  const server = `The SSH server ${serverName(host)}`
  const { message, level } = error
  if (level === 'client-timeout') return new SluiceError('SSH_FAILED', `${server} no longer answers.`)
  if (stage === 'greeting') {
    if (/no matching/.test(message)) {
      return new SluiceError('SSH_FAILED', `${server} offers only ${unlike(message)} that Sluice does not know.`)
    }
    if (/before handshake/.test(message))
      return new SluiceError('SSH_FAILED', `${server} closed the connection at once.`)
    if (level !== 'client-socket') {
      return new SluiceError('SSH_FAILED', `What answers at ${serverName(host)} does not speak SSH, or does it wrong.`)
    }
  }
  if (stage === 'log-in' && /too many auth/i.test(message)) {
    return new SluiceError(
      'SSH_AUTH_FAILED',
      `${server} refused too many keys and closed the connection: name the one that it takes.`,
    )
  }
  return closedBy(stage, host)
}

/** For a connection that ended without a word. */
export function closedBy(stage: SshStage, host: Endpoint): SluiceError {
  const server = `The SSH server ${serverName(host)}`
  if (stage === 'open') return new SluiceError('SSH_FAILED', `The SSH connection to ${serverName(host)} was lost.`)
  const during = stage === 'greeting' ? 'before the log-in' : 'during the log-in'
  return new SluiceError('SSH_FAILED', `${server} closed the connection ${during}.`)
}

/** What it is that answers in place of an SSH server, by the first it said; null when that can be SSH. */
export function otherThanSsh(first: Buffer, host: Endpoint): SluiceError | null {
  const [, other] = others.find(([pattern]) => pattern.test(first.toString('latin1', 0, 100))) ?? []
  return other === undefined
    ? null
    : new SluiceError('SSH_FAILED', `What answers at ${serverName(host)} is ${other}, not an SSH server.`)
}

/** Each is asked something that it does not understand, namely the greeting of SSH. */
const others: readonly (readonly [RegExp, string])[] = [
  [/^-(ERR|NOAUTH|DENIED|NOPERM|LOADING|MASTERDOWN) /, 'a Redis'],
  [/^HTTP\//, 'a web server'],
]

/** For a server that says nothing more. */
export function silentAt(stage: SshStage, host: Endpoint): SluiceError {
  const server = `The SSH server ${serverName(host)}`
  if (stage === 'greeting') {
    return new SluiceError('SSH_FAILED', `What answers at ${serverName(host)} did not finish its SSH greeting in time.`)
  }
  return new SluiceError('SSH_FAILED', `${server} did not answer ${stage === 'open' ? '' : 'the log-in '}in time.`)
}

/** Why a server opened no channel to `to`. RFC 4254, 5.1: 1 is prohibited, 2 is a failed connection. */
export function refusedChannel(error: Error & { reason?: unknown }, host: Endpoint, to: Endpoint): SluiceError {
  const server = `The SSH server ${serverName(host)}`
  const target = serverName({ host: to.host, port: to.port })
  if (error.reason === 1) return new SluiceError('SSH_FAILED', `${server} does not let us through to ${target}.`)
  if (error.reason === 2) {
    const why = /refused|resol|not known|timed out|unreachable|no route/i.exec(error.message)?.[0].toLowerCase()
    return new SluiceError('CONNECTION_REFUSED', `${server} cannot reach ${target}${why ? `: ${because(why)}` : ''}.`)
  }
  return new SluiceError('SSH_FAILED', `${server} opened no way to ${target}.`)
}

/** The server is well, and still says nothing of the channel: it waits for an answer itself. */
export function unansweredChannel(host: Endpoint, to: Endpoint): SluiceError {
  return new SluiceError('CONNECT_TIMEOUT', `The SSH server ${serverName(host)} gets no answer from ${serverName(to)}.`)
}

function because(why: string): string {
  if (why === 'refused') return 'nothing answers there'
  if (why === 'timed out') return 'no answer in time'
  if (why === 'unreachable' || why === 'no route') return 'there is no way to it'
  return 'the name is not known there'
}

/** What the two have nothing of in common. */
function unlike(message: string): string {
  if (/key exchange/.test(message)) return 'ways to exchange keys'
  if (/host key/.test(message)) return 'kinds of host key'
  if (/cipher/.test(message)) return 'ciphers'
  return 'ways to speak'
}
