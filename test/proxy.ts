import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy on loopback in front of a server, for tests of what a network does to a connection. */
export interface TestProxy {
  readonly port: number
  /** Connections made to the proxy so far. */
  readonly connections: number
  /**
   * Cuts the connection (both sides, without a goodbye) once `bytes` more have passed in that direction: with 0 bytes of
   * replies, the server has done its work and the client never hears of it.
   */
  cutAfter(direction: 'request' | 'reply', bytes: number): void
  /** Cuts the connection of the next request that matches when its reply comes: it was done, and nobody hears of it. */
  loseReplyTo(request: RegExp): void
  /** Passes nothing on any more, in either direction, and leaves every socket open: a peer that vanished. */
  blackHole(): void
  /** Passes on again what comes from now on. */
  heal(): void
  /** Cuts all connections there are. */
  cut(): void
  close(): Promise<void>
}

/** Starts a proxy to a port of loopback. */
export async function startProxy(targetPort: number): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  let silent = false
  let connections = 0
  let wanted: RegExp | null = null
  const doomed = new Set<Socket>()
  let fuse: { direction: 'request' | 'reply'; bytes: number } | null = null

  function pass(direction: 'request' | 'reply', from: Socket, to: Socket) {
    from.on('data', (chunk: Buffer) => {
      if (silent) return
      if (direction === 'request' && wanted?.test(chunk.toString('latin1'))) {
        wanted = null
        doomed.add(to)
      }
      if (doomed.delete(from)) {
        from.destroy()
        return void to.destroy()
      }
      if (fuse?.direction !== direction) return void to.write(chunk)
      if (chunk.length <= fuse.bytes) {
        fuse.bytes -= chunk.length
        return void to.write(chunk)
      }
      const rest = chunk.subarray(0, fuse.bytes)
      fuse = null
      to.write(rest, () => {
        from.destroy()
        to.destroy()
      })
    })
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
  }

  const server = createServer((client) => {
    connections++
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    pass('request', client, upstream)
    pass('reply', upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    get connections() {
      return connections
    },
    cutAfter: (direction, bytes) => {
      fuse = { direction, bytes }
    },
    loseReplyTo: (request) => {
      wanted = request
    },
    blackHole: () => {
      silent = true
    },
    heal: () => {
      silent = false
    },
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
