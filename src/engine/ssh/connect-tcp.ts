import { connect, type Socket } from 'node:net'
import { SluiceError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/profile.ts'

/** How long a TCP connection to an SSH server may take, with the look-up of its name. */
const connectMs = 6_000

/** What to call a server in a sentence; its port only where that is not the usual one. */
export function serverName({ host, port }: Endpoint): string {
  return port === 22 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Connects to an SSH server. Throws SSH_FAILED with a sentence, and the reason of `signal` when that is aborted first. */
export function connectTcp(to: Endpoint, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const name = serverName(to)
    const socket = connect({ host: to.host, port: to.port, noDelay: true })
    const fail = (error: unknown) => {
      clearTimeout(late)
      signal.removeEventListener('abort', aborted)
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const aborted = () => fail(signal.reason)
    const late = setTimeout(
      () => fail(new SluiceError('SSH_FAILED', `No answer from the SSH server ${name}.`)),
      connectMs,
    )
    signal.addEventListener('abort', aborted)
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(new SluiceError('SSH_FAILED', sentence(name, error.code))),
    )
    socket.once('connect', () => {
      clearTimeout(late)
      signal.removeEventListener('abort', aborted)
      socket.removeAllListeners('error').on('error', () => {}) // until somebody else listens
      resolve(socket)
    })
  })
}

function sentence(name: string, code = ''): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of the SSH server ${name} cannot be resolved.`
    case 'ECONNREFUSED':
      return `Nothing answers at the address of the SSH server ${name}: it is not running, or the port is wrong.`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `There is no way to the SSH server ${name} from here: a VPN or a network may be down.`
    default:
      return `The SSH server ${name} cannot be reached${code === '' ? '' : ` (${code})`}.`
  }
}
