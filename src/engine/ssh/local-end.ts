import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A listener on this computer; each connection to it goes on to where a tunnel leads. */
export interface LocalEnd {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Stops listening and cuts what goes through. */
  close(): Promise<void>
}

/**
 * Listens on a free port of 127.0.0.1 for programs that need an address and know no SSH: `dial` makes the stream for each
 * connection; when it throws, that connection is cut, as by a server that is away.
 *
 * Who can reach it: no other computer. Of this one, on Linux only programs of the same user and of root, because the
 * owner of each connection is looked up and those of other users are cut before a byte went through. On macOS and Windows
 * any program of any user can connect while the listener is open; Redis then still asks for its own password, where it
 * has one. A unix socket in a private folder would keep others out everywhere, but not every queue library takes one in
 * its URL, and Windows has none that they know. So keep it open only as long as the program that needs it runs.
 */
export async function openLocalEnd(dial: () => Promise<Duplex>): Promise<LocalEnd> {
  const sockets = new Set<Socket>()
  let port = 0
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    pass(socket).catch(() => socket.destroy())
  })

  async function pass(socket: Socket): Promise<void> {
    if (!(await isOurs(socket, port))) throw new Error('a connection of another user')
    const stream = await dial()
    stream.on('error', () => {}).once('close', () => socket.destroy())
    socket.once('close', () => stream.destroy())
    if (socket.destroyed) return void stream.destroy()
    socket.pipe(stream).pipe(socket)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  port = address.port
  return {
    host: '127.0.0.1',
    port,
    async close() {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Whether the other end belongs to a process of our user. True where the system does not say. */
async function isOurs(socket: Socket, ownPort: number): Promise<boolean> {
  const user = process.getuid?.()
  if (process.platform !== 'linux' || user === undefined) return true
  const table = await readFile('/proc/net/tcp', 'latin1').catch(() => null)
  if (table === null) return true
  return isOwnedBy(user, table, socket.remotePort ?? 0, ownPort)
}

/**
 * Whether this user or root owns the end at `port` of a loopback connection to `toPort`, by the text of /proc/net/tcp.
 * Columns: number, own address, peer's address, state, queues, timer, retries, user id (proc(5)).
 */
export function isOwnedBy(user: number, table: string, port: number, toPort: number): boolean {
  const end = (number: number) => `:${number.toString(16).toUpperCase().padStart(4, '0')}`
  const row = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, own, peer]) => own?.endsWith(end(port)) && peer?.endsWith(end(toPort)))
  return row !== undefined && [user, 0].includes(Number(row[7]))
}
