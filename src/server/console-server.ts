import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AnyRouter } from '@orpc/server'
import { type PageFiles, pageHeaders } from '../engine/page/page-files.ts'
import { type Rate, RateLimit } from './rate-limit.ts'
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
  /** How many wrong tokens, and how many new sockets, are taken in a time. */
  limits?: { readonly tokens: Rate; readonly sockets: Rate }
  /** Shorter ones, for tests. */
  timeouts?: Partial<typeof timeouts>
}

/** A client that sends its head so slowly, or keeps a connection so long without a question, is one too many. */
const timeouts = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
}
/** A browser keeps six for the page, and one for the contract of each tab. */
const mostConnections = 200
const mostSockets = 50
const longestHead = 16 * 1024

const tooMany = 'Too many tries: wait a minute.\n'
const notHere = 'Sluice does not answer under this name.\n'
const noSession =
  'This browser has no session with Sluice. Open the address that the terminal shows; each address works once, and a new one is there now.\n'

/**
 * Serves the console on 127.0.0.1 and nowhere else. Every request must name this server as its host (a page of another
 * site that re-binds its name to the loopback address does not), and everything but the token's own address needs the
 * session's cookie. Rejects when the port is taken.
 */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
  const http = createServer({ ...timeouts, maxHeaderSize: longestHead, ...options.timeouts }, (request, response) =>
    answer(request, response),
  )
  http.maxConnections = mostConnections
  const tokens = new RateLimit(options.limits?.tokens ?? { most: 10, perMs: 60_000 })
  const opened = new RateLimit(options.limits?.sockets ?? { most: 60, perMs: 60_000 })
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

  /**
   * Whether a request names this server, and comes from its own page where the browser says where it comes from. Another
   * site may lead a person here by a link, and do nothing else: the page that asks has no session until the cookie comes.
   */
  function isOurs({ headers }: IncomingMessage): boolean {
    const host = headers.host ?? ''
    if (!hosts.includes(host)) return false
    if (headers.origin !== undefined && headers.origin !== `http://${host}`) return false
    const site = headers['sec-fetch-site']
    if (site === undefined || site === 'same-origin' || site === 'none') return true
    return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
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
    else if (!tokens.hasRoom()) refuse(response, 429, tooMany)
    // Only GET uses the token up: what looks at a link before a person opens it sends HEAD.
    else if (request.method === 'GET' && session.redeem(search.get('token') ?? '')) {
      response.writeHead(303, { ...headers, 'Set-Cookie': session.cookie() }).end()
    } else {
      tokens.take()
      turnAway(response, '/')
    }
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
    socket.on('error', () => {}) // a reset before the answer is nobody's business
    if (!allowed) socket.end(bareAnswer('403 Forbidden'))
    else if (!opened.take() || sockets.count() >= mostSockets) socket.end(bareAnswer('429 Too Many Requests'))
    else sockets.take(request, socket, head)
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

const bareAnswer = (status: string) => `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`

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
