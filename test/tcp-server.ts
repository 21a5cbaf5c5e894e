import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** A server on a free port of loopback that does what a test says with each connection. */
export interface TcpServer {
  readonly port: number
  close(): Promise<void>
}

/** Starts a server; with `tls`, one that speaks TLS. */
export async function startTcpServer(onSocket: (socket: Socket) => void, tls?: TlsOptions): Promise<TcpServer> {
  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    socket.on('error', () => {}) // clients leave as they like
    onSocket(socket)
  }
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
