import { SluiceError } from './errors.ts'

/** Where a Redis is and as whom to log in. Holds no password. */
export type RedisAddress = {
  /** Number of the logical database. */
  readonly db: number
  /** ACL user; null is Redis' user "default". */
  readonly username: string | null
} & (
  | { readonly transport: 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string }
)

const transports = { redis: 'tcp', rediss: 'tls', unix: 'unix' } as const
const schemes = { tcp: 'redis', tls: 'rediss', unix: 'unix' } as const
/** Where Redis listens, where nobody said otherwise. */
export const defaultPort = 6379

/** The parts of a URL as they stand in it, nothing decoded yet. */
export interface UrlParts {
  /** In lower case. */
  readonly scheme: string
  /** What stands before the @. */
  readonly user: string
  /** `host:port`, or several with commas between them. */
  readonly hosts: string
  /** With the slash it begins with. */
  readonly path: string
  readonly query: string
  readonly fragment: string
}

/** Cuts a URL into its parts; null when it does not begin like one. Throws BAD_URL for an @ that cannot be meant. */
export function splitUrl(text: string): UrlParts | null {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text.trim()) ?? []
  if (scheme === undefined || rest === undefined) return null
  // The authority ends at the first of / ? #, so a later @ means that one of them stands unescaped in the password.
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  const tail = rest.slice(authority.length)
  if (!authority.includes('@') && tail.includes('@') && authority !== '') {
    throw bad('In the user name and password of a URL, write / as %2F, ? as %3F, # as %23 and @ as %40.')
  }
  const at = authority.lastIndexOf('@')
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(tail) ?? []
  const parts = { user: at < 0 ? '' : authority.slice(0, at), hosts: authority.slice(at + 1) }
  return { scheme: scheme.toLowerCase(), ...parts, path, query, fragment }
}

/**
 * Takes a Redis URL apart: `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS,
 * `unix://[user[:password]@]/path[?db=n]`. Throws BAD_URL with a sentence that says what to change and never quotes the
 * password.
 */
export function parseRedisUrl(text: string): { address: RedisAddress; password: string | null } {
  const parts = splitUrl(text)
  const transport = transports[(parts?.scheme ?? '') as keyof typeof transports]
  if (parts === null || transport === undefined) {
    throw bad('A Redis URL begins with redis://, rediss:// (TLS) or unix://.')
  }
  const { path, query, hosts } = parts
  if (parts.fragment !== '' || text.trim().endsWith('#')) throw bad('A Redis URL has no part after #.')
  const { username, password } = parseUserInfo(parts.user)
  const dbOption = parseQuery(query)

  if (transport === 'unix') {
    if (hosts !== '' || path === '' || path === '/') {
      throw bad('A unix:// URL needs three slashes and the path of the socket: unix:///run/redis.sock.')
    }
    const address = { transport, path: decode(path), username, db: parseDb(dbOption ?? '0') }
    return { address, password }
  }
  const inPath = path.replace(/^\//, '')
  if (inPath !== '' && dbOption !== null && inPath !== dbOption) throw bad('The URL names two databases.')
  const address = { transport, ...parseHost(hosts, defaultPort), username, db: parseDb(inPath || dbOption || '0') }
  return { address, password }
}

/**
 * The URL of an address. Without a password it is what a profile keeps and a screen shows; with one it is for a program
 * that connects by itself, and for nobody's eyes.
 */
export function formatRedisUrl(address: RedisAddress, password: string | null = null): string {
  const name = address.username === null ? '' : encodeURIComponent(address.username)
  const secret = password === null ? '' : `:${encodeURIComponent(password)}`
  const user = name + secret === '' ? '' : `${name}${secret}@`
  if (address.transport === 'unix') {
    const path = address.path.split('/').map(encodeURIComponent).join('/')
    return `unix://${user}${path}${address.db === 0 ? '' : `?db=${address.db}`}`
  }
  return `${schemes[address.transport]}://${user}${hostText(address)}${address.db === 0 ? '' : `/${address.db}`}`
}

/** The address for a sentence: `host:port`, `[v6]:port` or the path of the socket. */
export function addressText(address: RedisAddress): string {
  return address.transport === 'unix' ? address.path : hostText(address)
}

/** `host:port`, or `[v6]:port`. */
export function hostText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What is wrong with an address, as an error. */
export function bad(sentence: string): SluiceError {
  return new SluiceError('BAD_URL', sentence)
}

/** What stands percent-encoded in a URL. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad('The URL holds a % that is not an escape: write a percent sign as %25.')
  }
}

/** User name and password, as they stand before the @; null where there is none. */
export function parseUserInfo(text: string): { username: string | null; password: string | null } {
  const colon = text.indexOf(':')
  const username = decode(colon < 0 ? text : text.slice(0, colon))
  const password = decode(colon < 0 ? '' : text.slice(colon + 1))
  return { username: username || null, password: password || null }
}

/** The `db` option of the query; any other option is refused rather than silently ignored. */
function parseQuery(query: string): string | null {
  let db: string | null = null
  for (const option of query.split('&').filter(Boolean)) {
    const name = option.split('=', 1)[0] ?? ''
    if (name !== 'db') {
      const shown = /^\w{1,40}$/.test(name) ? `"${name}"` : 'that'
      throw bad(`Sluice does not know the option ${shown} in a Redis URL; only db=number may follow the question mark.`)
    }
    db = option.slice(3)
  }
  return db
}

export function parseDb(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw bad('The database at the end of the URL is a number, such as /0.')
  return Number(text)
}

/** Takes `host[:port]` or `[v6][:port]` apart. */
export function parseHost(text: string, usualPort: number): { host: string; port: number } {
  const [, v6, name, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text) ?? []
  if (v6 !== undefined && hostOf(`[${v6.replace(/%\w+$/, '')}]`) === null)
    throw bad('The address in square brackets is not an IPv6 address.')
  if (v6 === undefined && name === undefined) {
    const sentence = text.split(':').length > 2 ? 'An IPv6 address goes in square brackets: redis://[::1]:6379.' : null
    throw bad(sentence ?? 'After the host comes a port number: redis://host:6379.')
  }
  const host = v6 ?? hostOf(decode(name ?? ''))
  if (host === null) throw bad('The URL names no host that can exist.')
  const port = portText ? Number(portText) : usualPort
  if (port < 1 || port > 65_535) throw bad('A port is a number from 1 to 65535.')
  return { host, port }
}

/** A host as the name server wants it (`xn--…` for other scripts); null when it cannot be one. Works in a browser too. */
function hostOf(text: string): string | null {
  if (text === '' || /[/?#@\\\s]/.test(text)) return null
  try {
    return new URL(`http://${text}`).hostname || null
  } catch {
    return null
  }
}
