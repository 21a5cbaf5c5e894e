import { once } from 'node:events'
import { connect as connectSocket, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { checkServerIdentity, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { SluiceError } from '../../domain/errors.ts'
import type { Target } from './client-options.ts'
import { secureContextOf } from './secure-context.ts'

/** What an attempt to open a stream is at: who waits too long wants to know for what. */
export type StreamStep = 'connect' | 'tls' | 'open'

/**
 * Opens the stream to a target: a socket of this computer or one through SSH, with TLS over it where the target asks for
 * it. It is open when this resolves. Throws what the socket, TLS or SSH threw, and the reason of `signal` when that is
 * aborted first; then nothing stays open.
 */
export async function openStream(
  target: Target,
  signal: AbortSignal,
  onStep: (step: StreamStep) => void = () => {},
): Promise<Duplex> {
  onStep('connect')
  const plain = await openPlain(target, signal)
  if (target.address.transport === 'tls') {
    onStep('tls')
    const secure = await secured(plain, target, signal)
    onStep('open')
    return secure
  }
  onStep('open')
  return plain
}

/** Opens the same without TLS, whatever the address says. */
export async function openPlain({ address, dial }: Target, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted()
  if (dial) {
    if (address.transport === 'unix') {
      throw new SluiceError('BAD_URL', 'A unix socket cannot be reached through SSH: give the host and port of Redis.')
    }
    return dial({ host: address.host, port: address.port }, signal)
  }
  const socket: Socket = connectSocket(
    address.transport === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
  )
  await opened(socket, 'connect', signal)
  return socket
}

/** Lays TLS over a stream that is open, and checks who answers. */
export async function secured(plain: Duplex, { address, tls = {} }: Target, signal: AbortSignal): Promise<TLSSocket> {
  const host = address.transport === 'unix' ? 'localhost' : address.host
  // The name that counts is never taken from the stream: through SSH that would be the tunnel's.
  const expected = tls.servername || host
  let secureContext: SecureContext
  try {
    secureContext = secureContextOf(tls)
  } catch (error) {
    plain.destroy()
    throw error
  }
  const secure = connectTls({
    socket: plain,
    secureContext,
    // TLS knows no server names that are addresses.
    ...(isIP(expected) === 0 ? { servername: expected } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
    rejectUnauthorized: tls.verify !== false,
  })
  secure.once('close', () => plain.destroy())
  await opened(secure, 'secureConnect', signal)
  return secure
}

async function opened(stream: Duplex, event: string, signal: AbortSignal): Promise<void> {
  try {
    await once(stream, event, { signal })
  } catch (error) {
    stream.on('error', () => {}) // one more may come, and nobody is left to hear it
    stream.destroy()
    throw signal.aborted ? signal.reason : error
  }
}
