import { isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { SluiceError } from '../../domain/errors.ts'

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
const defaultPort = 6379

/**
 * Takes a Redis URL apart: `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS,
 * `unix://[user[:password]@]/path[?db=n]`. Throws BAD_URL with a sentence that says what to change and never quotes the
 * password.
 */
export function parseRedisUrl(text: string): { address: RedisAddress; password: string | null } {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text.trim()) ?? []
  const transport = transports[(scheme ?? '').toLowerCase() as keyof typeof transports]
  if (transport === undefined || rest === undefined) {
    throw bad('A Redis URL begins with redis://, rediss:// (TLS) or unix://.')
  }
  // The authority ends at the first of / ? #, so a later @ means that one of them stands unescaped in the password.
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  const tail = rest.slice(authority.length)
  if (!authority.includes('@') && tail.includes('@') && authority !== '') {
    throw bad('In the user name and password of a URL, write / as %2F, ? as %3F, # as %23 and @ as %40.')
  }
  const at = authority.lastIndexOf('@')
  const { username, password } = parseUserInfo(at < 0 ? '' : authority.slice(0, at))
  const hostAndPort = authority.slice(at + 1)
  const { path, query } = parseTail(tail)
  const dbOption = parseQuery(query)

  if (transport === 'unix') {
    if (hostAndPort !== '' || path === '' || path === '/') {
      throw bad('A unix:// URL needs three slashes and the path of the socket: unix:///run/redis.sock.')
    }
    const address = { transport, path: decode(path), username, db: parseDb(dbOption ?? '0') }
    return { address, password }
  }
  const inPath = path.replace(/^\//, '')
  if (inPath !== '' && dbOption !== null && inPath !== dbOption) throw bad('The URL names two databases.')
  const address = { transport, ...parseHost(hostAndPort), username, db: parseDb(inPath || dbOption || '0') }
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

function hostText({ host, port }: { host: string; port: number }): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

function bad(sentence: string): SluiceError {
  return new SluiceError('BAD_URL', sentence)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad('The URL holds a % that is not an escape: write a percent sign as %25.')
  }
}

function parseUserInfo(text: string): { username: string | null; password: string | null } {
  const colon = text.indexOf(':')
  const username = decode(colon < 0 ? text : text.slice(0, colon))
  const password = decode(colon < 0 ? '' : text.slice(colon + 1))
  return { username: username || null, password: password || null }
}

function parseTail(tail: string): { path: string; query: string } {
  if (tail.includes('#')) throw bad('A Redis URL has no part after #.')
  const mark = tail.indexOf('?')
  return mark < 0 ? { path: tail, query: '' } : { path: tail.slice(0, mark), query: tail.slice(mark + 1) }
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

function parseDb(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw bad('The database at the end of the URL is a number, such as /0.')
  return Number(text)
}

function parseHost(text: string): { host: string; port: number } {
  const [, v6, name, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text) ?? []
  if (v6 !== undefined && !isIPv6(v6)) throw bad('The address in square brackets is not an IPv6 address.')
  if (v6 === undefined && name === undefined) {
    const sentence = text.split(':').length > 2 ? 'An IPv6 address goes in square brackets: redis://[::1]:6379.' : null
    throw bad(sentence ?? 'After the host comes a port number: redis://host:6379.')
  }
  const host = v6 ?? domainToASCII(decode(name ?? ''))
  if (host === '') throw bad('The URL names no host that can exist.')
  const port = portText ? Number(portText) : defaultPort
  if (port < 1 || port > 65_535) throw bad('A port is a number from 1 to 65535.')
  return { host, port }
}
