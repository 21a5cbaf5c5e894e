import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OpenAPIHandler } from '@orpc/openapi/node'
import { SluiceError } from '../../domain/errors.ts'
import type { Sample } from '../../domain/sample.ts'
import { ApiMetrics } from './api-metrics.ts'
import { type ApiContext, type ApiParts, createApiRouter } from './api-router.ts'
import { describeApi } from './describe-api.ts'
import { type ApiLimits, defaultLimits, Gate, type Refusal } from './gate.ts'
import { readBody } from './read-body.ts'

export interface HttpApiOptions extends ApiParts {
  /** 0: any free port. */
  readonly port: number
  /** Pages that may call, by their origin: https://example.com */
  readonly origins: readonly string[]
  readonly token: string
  /** The last sample of the connection; null before the first. */
  lastSample(): Sample | null
  readonly limits?: Partial<ApiLimits>
}

export interface HttpApi {
  /** http://127.0.0.1:PORT */
  readonly address: string
  /** Takes no more calls and cuts every open connection. */
  close(): Promise<void>
}

/** A page that asks every few seconds keeps its connection; longer than any such pause, so that none is cut in mid-air. */
const keepAliveMs = 65_000
const mostConnections = 5000

/**
 * Serves the HTTP API on 127.0.0.1 and nowhere else. Throws INVALID_INPUT when the port is taken, or an origin is none.
 * Every call but GET /health needs the token.
 */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const gate = new Gate(options.token, options.origins, { ...defaultLimits, ...options.limits })
  const metrics = new ApiMetrics(options.lastSample)
  const handler = new OpenAPIHandler<ApiContext>(createApiRouter(options))
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: keepAliveMs })
  server.maxConnections = mostConnections
  await listen(server, options.port)
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  let described: Promise<string> | null = null

  /** Answers one call; resolves to what it was about, for the figures. */
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<string> {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    const stranger = gate.refuseOrigin(request, response, port)
    if (stranger !== null) return refuse(response, stranger)
    const { method } = request
    const path = (request.url ?? '').split('?', 1)[0]
    if (method === 'OPTIONS') {
      gate.answerPreflight(request, response)
      return 'preflight'
    }
    if (method === 'GET' && path === '/health') {
      const problem = healthProblem(options)
      send(
        response,
        problem === null ? 200 : 503,
        JSON.stringify({ status: problem === null ? 'ok' : 'down', problem }),
      )
      return 'health'
    }
    const refusal = await gate.refuseCaller(request)
    if (refusal !== null) return refuse(response, refusal)
    if (method === 'GET' && path === '/metrics') {
      send(response, 200, await metrics.text(), metrics.contentType)
      return 'metrics'
    }
    if (method === 'GET' && path === '/openapi.json') {
      described ??= describeApi(address).then((document) => JSON.stringify(document))
      send(response, 200, await described)
      return 'openapi'
    }
    return call(request, response)
  }

  async function call(request: IncomingMessage, response: ServerResponse): Promise<string> {
    const seen = { route: 'other' }
    let body = '{}'
    if (request.method === 'POST') {
      const read = await readBody(request)
      if ('status' in read) return refuse(response, read)
      body = read.text
      Object.assign(request, { body: read.value }) // the handler takes it from here, since the stream has been read
    }
    const { matched } = await handler.handle(request, response, { context: { body, seen } })
    if (!matched) refuse(response, { status: 404, message: 'Nothing is served there.' })
    return seen.route
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const began = performance.now()
    answer(request, response)
      .catch(() => {
        // Cut in mid-air, or something nobody foresaw: whoever asked hears of it where they still can.
        if (!response.headersSent) refuse(response, { status: 500, message: 'Something went wrong inside Sluice.' })
        else response.destroy()
        return 'other'
      })
      .then((route) => metrics.count(route, response.statusCode, (performance.now() - began) / 1000))
  })

  return {
    address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Without a command to Redis: what the connection knows of itself. */
function healthProblem({ connection }: ApiParts): string | null {
  try {
    const open = connection()
    if (open === null) return 'Sluice has no connection to Redis open.'
    const { status, problem } = open.status()
    return status === 'ready' ? null : (problem ?? 'Redis is not reachable at the moment.')
  } catch (error) {
    return error instanceof SluiceError ? error.message : 'Sluice has no connection to Redis open.'
  }
}

const codes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
}

/** In the same shape as the errors of the contract. */
function refuse(response: ServerResponse, { status, message, headers = {} }: Refusal): string {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  send(response, status, JSON.stringify({ defined: false, code: codes[status], status, message }))
  return 'refused'
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new SluiceError(
          'INVALID_INPUT',
          error.code === 'EADDRINUSE' ? `Port ${port} is taken: choose another.` : `Port ${port} cannot be used.`,
        ),
      ),
    )
    server.listen(port, '127.0.0.1', () => {
      server.removeAllListeners('error')
      server.on('error', () => {}) // a connection that could not be accepted, as when the files of the process run out
      resolve()
    })
  })
}
