import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import ssh2, { type AuthContext } from 'ssh2'
import type { SshHost } from '../../src/domain/profile.ts'
import { makeSshKey } from './ssh-key.ts'

/** An SSH server of ours, for what an sshd that is not root's cannot do, and for what a good server never does. */
export interface TestSshServer {
  readonly host: SshHost
  readonly hostKey: Buffer
  /** The methods with which clients tried to log in, in turn. */
  readonly tried: readonly string[]
  /** Sessions there are now. */
  readonly sessions: number
  /** Resolves when a client wishes to be connected somewhere. */
  asked(): Promise<void>
  close(): Promise<void>
}

export interface SshServerOptions {
  /** Decides on each attempt to log in; it must accept or reject. By default all are let in. */
  readonly login?: (attempt: AuthContext) => void
  /** A host to which it neither connects nor says that it does not. */
  readonly silentOn?: string
  /** Said before the log-in. */
  readonly banner?: string
}

const username = 'deploy'

/** Starts it on a free port of loopback. */
export async function startSshServer(options: SshServerOptions = {}): Promise<TestSshServer> {
  const { login = (attempt) => attempt.accept(), silentOn, banner } = options
  const pair = makeSshKey()
  const tried: string[] = []
  const sockets = new Set<Socket>()
  let sessions = 0
  let onAsked = () => {}
  const server = new ssh2.Server(
    { hostKeys: [pair.private], ...(banner === undefined ? {} : { banner }) },
    (client) => {
      client.on('error', () => {}) // clients leave as they like
      client.on('authentication', (attempt) => {
        tried.push(attempt.method)
        login(attempt)
      })
      client.on('ready', () => {
        sessions++
        client.on('close', () => sessions--)
      })
      client.on('tcpip', (accept, reject, { destIP, destPort }) => {
        onAsked()
        if (destIP === silentOn) return
        const socket = connect(destPort, destIP)
        sockets.add(socket)
        socket.once('error', () => reject())
        socket.once('connect', () => {
          const channel = accept()
          socket.removeAllListeners('error').on('error', () => {})
          channel.on('error', () => {}).once('close', () => socket.destroy())
          socket.once('close', () => channel.end())
          socket.pipe(channel).pipe(socket)
        })
        client.on('close', () => socket.destroy())
      })
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: { host: '127.0.0.1', port: address.port, login: 'password', keyFile: '', username },
    hostKey: Buffer.from(pair.public.split(' ')[1] ?? '', 'base64'),
    tried,
    get sessions() {
      return sessions
    },
    asked: () =>
      new Promise((resolve) => {
        onAsked = resolve
      }),
    async close() {
      for (const socket of sockets) socket.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
