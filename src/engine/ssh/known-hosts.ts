import { createHmac } from 'node:crypto'
import type { Endpoint } from '../../domain/profile.ts'

/** What a known_hosts file says of one server: keys in SSH's own format. */
export interface VouchedKeys {
  readonly trusted: readonly Buffer[]
  /** Marked @revoked: never to be taken again. */
  readonly revoked: readonly Buffer[]
}

/** How known_hosts calls a server: its name alone for the usual port, `[name]:port` for any other. */
export function knownHostsName({ host, port }: Endpoint): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/**
 * Reads the text of a known_hosts file, as sshd(8) describes it: names and patterns with commas between them, `*`, `?` and
 * `!`, hashed names (`|1|salt|hash`), the mark @revoked. Lines that it does not understand count for nothing, and so do
 * those of certificate authorities, since host certificates are not looked at here.
 */
export function vouchedKeys(text: string, endpoint: Endpoint): VouchedKeys {
  const name = knownHostsName(endpoint)
  const trusted: Buffer[] = []
  const revoked: Buffer[] = []
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0]?.startsWith('#')) continue
    const mark = words[0]?.startsWith('@') ? words.shift() : undefined
    const [names, type, encoded] = words
    if (names === undefined || type === undefined || encoded === undefined) continue
    if ((mark !== undefined && mark !== '@revoked') || !someNameIs(names, name)) continue
    const key = Buffer.from(encoded, 'base64')
    if (keyType(key) !== type) continue
    if (mark === undefined) trusted.push(key)
    else revoked.push(key)
  }
  return { trusted, revoked }
}

/** The type that a key in SSH's format begins with: `ssh-ed25519`; empty when it is none. */
export function keyType(key: Buffer): string {
  let type: string | null = null
  let at = 0
  // A key is a row of fields with their length before them; one that was cut ends in the middle of a field.
  while (at + 4 <= key.length) {
    const end = at + 4 + key.readUInt32BE(at)
    if (end > key.length) return ''
    type ??= key.toString('latin1', at + 4, end)
    at = end
  }
  return at === key.length ? (type ?? '') : ''
}

function someNameIs(names: string, name: string): boolean {
  if (names.startsWith('|')) return hashed(names, name)
  let found = false
  for (const pattern of names.toLowerCase().split(',')) {
    const not = pattern.startsWith('!')
    if (!matches(not ? pattern.slice(1) : pattern, name)) continue
    if (not) return false
    found = true
  }
  return found
}

function hashed(names: string, name: string): boolean {
  const [, version, salt, hash] = names.split('|')
  if (version !== '1' || !salt || !hash) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest().equals(Buffer.from(hash, 'base64'))
}

function matches(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name
  const parts = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${parts.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`).test(name)
}
