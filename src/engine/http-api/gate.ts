import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { SluiceError } from '../../domain/errors.ts'

/** Calls a second from one address and page. */
export interface ApiLimits {
  readonly callsPerSecond: number
  readonly writesPerSecond: number
  /** Calls a minute with no token or a wrong one. */
  readonly wrongPerMinute: number
}

export const defaultLimits: ApiLimits = { callsPerSecond: 2000, writesPerSecond: 200, wrongPerMinute: 30 }

/** Why a call is not answered. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A new token: 32 random bytes. */
export function newApiToken(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Who may call: whoever names this server (a page of another site that re-bound its name to the loopback address does
 * not), comes from no page or from one that is listed, brings the token, and does not come too often.
 */
export class Gate {
  readonly #origins: ReadonlySet<string>
  readonly #token: Buffer
  readonly #calls: RateLimiterMemory
  readonly #writes: RateLimiterMemory
  readonly #wrong: RateLimiterMemory

  /** Throws INVALID_INPUT for an origin that is none. */
  constructor(token: string, origins: readonly string[], limits: ApiLimits) {
    this.#origins = new Set(origins.map(originOf))
    this.#token = digest(token)
    this.#calls = new RateLimiterMemory({ points: limits.callsPerSecond, duration: 1 })
    this.#writes = new RateLimiterMemory({ points: limits.writesPerSecond, duration: 1 })
    this.#wrong = new RateLimiterMemory({ points: limits.wrongPerMinute, duration: 60 })
  }

  /** Whether the call is for this server and from where it may come; sets the headers by which a listed page may read on. */
  refuseOrigin({ headers }: IncomingMessage, response: ServerResponse, port: number): Refusal | null {
    const host = headers.host ?? ''
    if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
      return { status: 403, message: 'Sluice does not answer under this name.' }
    }
    const { origin } = headers
    if (origin === undefined) return null
    response.setHeader('vary', 'origin')
    if (!this.#origins.has(origin)) return { status: 403, message: 'Pages of this origin may not call Sluice.' }
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', 'retry-after')
    return null
  }

  /** What a browser wants to hear before it lets a page call. */
  answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
    response.setHeader('access-control-allow-methods', 'GET, POST')
    response.setHeader('access-control-allow-headers', 'authorization, content-type')
    response.setHeader('access-control-max-age', '600')
    if (headers['access-control-request-private-network'] === 'true') {
      response.setHeader('access-control-allow-private-network', 'true')
    }
    response.writeHead(204).end()
  }

  /** Whether the call brings the token, and comes not too often. */
  async refuseCaller(request: IncomingMessage): Promise<Refusal | null> {
    const { headers, method, socket } = request
    const key = `${socket.remoteAddress} ${headers.origin ?? ''}`
    const given = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    if (!timingSafeEqual(digest(given), this.#token)) {
      // Counted apart, so that guessing is slow and keeps nobody out who has the token.
      const late = await tooMany(this.#wrong, key)
      return (
        late ?? {
          status: 401,
          message: 'This needs the token that Sluice shows, as "Authorization: Bearer TOKEN".',
          headers: { 'www-authenticate': 'Bearer' },
        }
      )
    }
    return (await tooMany(this.#calls, key)) ?? (method === 'POST' ? tooMany(this.#writes, key) : null)
  }
}

async function tooMany(limiter: RateLimiterMemory, key: string): Promise<Refusal | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000))
    return { status: 429, message: 'Too many calls: slow down.', headers: { 'retry-after': String(seconds) } }
  }
}

/** Of equal length whatever was given, so that comparing takes the same time. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null'
  if (origin === 'null' || origin !== text.replace(/\/$/, '')) {
    throw new SluiceError('INVALID_INPUT', `${text} is no origin: write https://example.com, without a path.`)
  }
  return origin
}
