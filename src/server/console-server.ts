import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AnyRouter } from '@orpc/server'
import { type PageFiles, pageHeaders } from '../engine/page/page-files.ts'
import { acceptSockets } from './rpc-socket.ts'
import { ConsoleSession } from './session.ts'

export interface ConsoleServer {
  readonly port: number
  /** The address to open, with a token that works once. */
  address(): string
  /** Cuts every open connection. */
  close(): Promise<void>
}

export interface ConsoleServerOptions {
  files: PageFiles
  /** What implements the contract. */
  router: AnyRouter
  /** 0: any free port. */
  port: number
  /** Called when a browser came without the cookie after the last address was used: show this new one. */
  onNewAddress?: (address: string) => void
}

const notHere = 'Sluice does not answer under this name.\n'
const noSession =
  'This browser has no session with Sluice. Open the address that the terminal shows; each address works once, and a new one is there now.\n'

/**
 * Serves the console on 127.0.0.1 and nowhere else. Every request must name this server as its host (a page of another
 * site that re-binds its name to the loopback address does not), and everything but the token's own address needs the
 * session's cookie. Rejects when the port is taken.
 */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
  const http = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new Error(`Port ${options.port} is taken: choose another with --port.`) : error,
      ),
    )
    http.listen(options.port, '127.0.0.1', () => resolve())
  })
  const { port } = http.address() as AddressInfo
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  const session = new ConsoleSession(port)
  const address = () => `http://127.0.0.1:${port}/?token=${session.token()}`
  const sockets = acceptSockets(options.router)

  /** Whether a request names this server, and comes from its own page where the browser says where it comes from. */
  function isOurs({ headers }: IncomingMessage): boolean {
    const host = headers.host ?? ''
    if (!hosts.includes(host)) return false
    return headers.origin === undefined || headers.origin === `http://${host}`
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    const url = URL.canParse(path, 'http://127.0.0.1') ? new URL(path, 'http://127.0.0.1') : null
    if (url === null || !isOurs(request)) refuse(response, 403, notHere)
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'GET and HEAD only.\n')
    else if (url.pathname === '/' && url.searchParams.has('token')) takeToken(request, response, url.searchParams)
    else if (session.holds(request.headers.cookie)) serve(request, response, url.pathname)
    else turnAway(response, url.pathname)
  }

  /** Lets in whoever brings the token, and away from its address, so that it stays in no history and no bookmark. */
  function takeToken(request: IncomingMessage, response: ServerResponse, search: URLSearchParams): void {
    const headers = { Location: '/', 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }
    if (session.holds(request.headers.cookie)) response.writeHead(303, headers).end()
    // Only GET uses the token up: what looks at a link before a person opens it sends HEAD.
    else if (request.method === 'GET' && session.redeem(search.get('token') ?? '')) {
      response.writeHead(303, { ...headers, 'Set-Cookie': session.cookie() }).end()
    } else turnAway(response, '/')
  }

  function turnAway(response: ServerResponse, path: string): void {
    if (session.used && path === '/') options.onNewAddress?.(address())
    refuse(response, 403, noSession)
  }

  function serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = options.files.get(path)
    if (file === undefined) {
      refuse(response, 404, 'There is no such file.\n')
      return
    }
    response.writeHead(200, pageHeaders(file, "'self'"))
    if (request.method === 'HEAD') response.end()
    else
      createReadStream(file.path)
        .once('error', (error) => response.destroy(error))
        .pipe(response)
  }

  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Browsers send a socket's Origin always; without one this is no page of ours.
    const allowed =
      request.url === '/rpc' &&
      request.headers.origin !== undefined &&
      isOurs(request) &&
      session.holds(request.headers.cookie)
    if (allowed) sockets.take(request, socket, head)
    else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })

  return {
    port,
    address,
    async close() {
      sockets.close()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await closed
    },
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response
    .writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
    })
    .end(sentence)
}
