import { randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits as text that fits an address and a cookie. */
const newSecret = () => randomBytes(32).toString('base64url')

function equal(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * Who may use the console: a browser that opened the printed address, which works once, and then shows its cookie. One
 * session for the run of the server; nothing is kept on disk. Another account of this computer can reach the port, but
 * it has neither the address nor the cookie.
 */
export class ConsoleSession {
  readonly #secret = newSecret()
  #token: string | null = newSecret()

  constructor(
    /** Cookies do not know ports, so each server's cookie has its own name. */
    private readonly port: number,
  ) {}

  get #cookieName(): string {
    return `sluice_${this.port}`
  }

  /** The token that opens the console next; a new one after each use. */
  token(): string {
    this.#token ??= newSecret()
    return this.#token
  }

  /** Whether a token is the one that waits to be used. It is used up by this. */
  redeem(token: string): boolean {
    if (this.#token === null || !equal(token, this.#token)) return false
    this.#token = null
    return true
  }

  /** Whether the last token was used: a browser that comes without the cookie needs a new address. */
  get used(): boolean {
    return this.#token === null
  }

  /** The Set-Cookie header of the browser that brought the token. It ends with the browser, and with this server. */
  cookie(): string {
    return `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** Whether a Cookie header shows this session. */
  holds(header: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`
    const cookies = (header ?? '').split(';').map((cookie) => cookie.trim())
    return cookies.some((cookie) => cookie.startsWith(prefix) && equal(cookie.slice(prefix.length), this.#secret))
  }
}
