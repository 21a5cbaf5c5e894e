import { asSluiceError } from '../../../domain/errors.ts'
import type { Endpoint } from '../../../domain/profile.ts'
import { type AddressDraft, readAddress } from '../../../domain/read-address.ts'
import { formatRedisUrl, hostText, parseHost, parseRedisUrl } from '../../../domain/redis-url.ts'
import { isWhole } from '../../components/whole-number.model.ts'

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

/** What a pasted address says, or a sentence on what is wrong with it. */
export function triedAddress(text: string): AddressDraft | { problem: string } {
  if (text.trim() === '') return { problem: 'Paste a URL, or a redis-cli command.' }
  try {
    return readAddress(text)
  } catch (error) {
    return { problem: asSluiceError(error).message }
  }
}

/** The fields of a URL as profiles keep it; null when it is not one. */
export function fieldsOf(url: string): AddressFields | null {
  try {
    const { address } = parseRedisUrl(url)
    const rest = { db: String(address.db), username: address.username ?? '' }
    return address.transport === 'unix'
      ? { ...emptyAddress, ...rest, transport: 'unix', host: '', path: address.path }
      : { ...emptyAddress, ...rest, transport: address.transport, host: address.host, port: String(address.port) }
  } catch {
    return null
  }
}

/** The URL of the fields, without a password. */
export function urlOf({ transport, host, port, path, db, username }: AddressFields): string {
  const rest = { db: Number(db) || 0, username: username === '' ? null : username }
  if (transport === 'unix') return formatRedisUrl({ transport, path, ...rest })
  return formatRedisUrl({ transport, host: host.trim(), port: Number(port || '6379'), ...rest })
}

/** What is wrong with the fields, by field. */
export function addressProblems(fields: AddressFields): Partial<Record<keyof AddressFields, string>> {
  const { transport, host, port, path, db } = fields
  const problems: Partial<Record<keyof AddressFields, string>> = {}
  if (transport === 'unix') {
    if (!path.startsWith('/') || path.length < 2) problems.path = 'The whole path, from / on.'
  } else {
    if (!isHost(host)) problems.host = 'A host name or an IP address.'
    if (!isWhole(port || '6379', 1, 65_535)) problems.port = '1 to 65535.'
  }
  if (db !== '' && !/^\d{1,9}$/.test(db)) problems.db = 'A number.'
  return problems
}

/** Whether a name can be that of a host: `db.example`, `10.0.0.5`, `::1`. */
export function isHost(text: string): boolean {
  const host = text.trim()
  try {
    parseHost(host.includes(':') ? `[${host}]` : host, 1)
    return true
  } catch {
    return false
  }
}

/** Servers as typed, with commas, spaces or line ends between them; or a sentence on the first that is none. */
export function readServers(text: string, usualPort: number): Endpoint[] | { problem: string } {
  const servers: Endpoint[] = []
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    try {
      servers.push(parseHost(word, usualPort))
    } catch {
      return { problem: 'One host:port a line.' }
    }
  }
  return servers
}

/** Servers as one types them, a line each. */
export function serversText(servers: readonly Endpoint[]): string {
  return servers.map(hostText).join('\n')
}
