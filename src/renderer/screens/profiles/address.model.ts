/** A Redis address in the fields of a form. Everything is text, as typed. */
export interface AddressFields {
  readonly transport: 'tcp' | 'tls' | 'unix'
  readonly host: string
  readonly port: string
  /** The path of a socket (unix). */
  readonly path: string
  readonly db: string
  readonly username: string
}

export const emptyAddress: AddressFields = {
  transport: 'tcp',
  host: '127.0.0.1',
  port: '6379',
  path: '',
  db: '0',
  username: '',
}

const schemes = { tcp: 'redis', tls: 'rediss', unix: 'unix' } as const
const transports: Record<string, AddressFields['transport']> = { redis: 'tcp', rediss: 'tls', unix: 'unix' }

/**
 * Takes a Redis URL apart for the fields, and its password out of it. A sentence instead when it is not one: the engine
 * checks again and knows more (it is the one that connects), this is for while one types.
 */
export function parseAddress(url: string): { fields: AddressFields; password: string | null } | { problem: string } {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(url.trim()) ?? []
  const transport = transports[scheme.toLowerCase()]
  if (transport === undefined) return { problem: 'Begin with redis://, rediss:// (TLS) or unix://.' }
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  const tail = rest.slice(authority.length)
  if (tail.includes('#')) return { problem: 'A Redis URL has no part after #. In a password write # as %23.' }
  if (!authority.includes('@') && tail.includes('@'))
    return { problem: 'In a password write / as %2F, ? as %3F and @ as %40.' }
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? '' : authority.slice(0, at)
  const colon = user.indexOf(':')
  const [path = '', query = ''] = tail.split(/\?(.*)/s)
  const option = /^db=(\d*)$/.exec(query)?.[1]
  if (query !== '' && option === undefined) return { problem: 'Only db=number may follow the question mark.' }
  try {
    const login = {
      username: decodeURIComponent(colon < 0 ? user : user.slice(0, colon)),
      password: colon < 0 ? null : decodeURIComponent(user.slice(colon + 1)) || null,
    }
    if (transport === 'unix') {
      if (authority.slice(at + 1) !== '' || path.length < 2)
        return { problem: 'A socket needs three slashes: unix:///run/redis.sock.' }
      const fields = {
        ...emptyAddress,
        transport,
        host: '',
        path: decodeURIComponent(path),
        db: option ?? '0',
        username: login.username,
      }
      return { fields, password: login.password }
    }
    const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(authority.slice(at + 1)) ?? []
    const host = v6 ?? name
    if (host === undefined || host === '') return { problem: 'The host is missing: redis://host:6379.' }
    const fields = {
      transport,
      host: decodeURIComponent(host),
      port: port || '6379',
      path: '',
      db: path.slice(1) || option || '0',
      username: login.username,
    }
    const problem = Object.values(addressProblems(fields))[0]
    return problem === undefined ? { fields, password: login.password } : { problem }
  } catch {
    return { problem: 'A % that is no escape: write a percent sign as %25.' }
  }
}

/** The URL of the fields, without a password. */
export function formatAddress({ transport, host, port, path, db, username }: AddressFields): string {
  const user = username === '' ? '' : `${encodeURIComponent(username)}@`
  if (transport === 'unix') {
    return `unix://${user}${path.split('/').map(encodeURIComponent).join('/')}${isDefaultDb(db) ? '' : `?db=${db}`}`
  }
  const name = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  return `${schemes[transport]}://${user}${name}:${port || '6379'}${isDefaultDb(db) ? '' : `/${db}`}`
}

function isDefaultDb(db: string): boolean {
  return db === '' || db === '0'
}

/** What is wrong with the fields, by field. */
export function addressProblems({
  transport,
  host,
  port,
  path,
  db,
}: AddressFields): Partial<Record<keyof AddressFields, string>> {
  const problems: Partial<Record<keyof AddressFields, string>> = {}
  if (transport === 'unix') {
    if (!path.startsWith('/')) problems.path = 'The whole path, from / on.'
  } else {
    if (host.trim() === '' || /[\s/@?#]/.test(host)) problems.host = 'A host name or an IP address.'
    const number = Number(port || '6379')
    if (!Number.isInteger(number) || number < 1 || number > 65_535) problems.port = '1 to 65535.'
  }
  if (!/^\d{0,9}$/.test(db)) problems.db = 'A number.'
  return problems
}
