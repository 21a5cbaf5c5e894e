import { type Endpoint, type ProfileDraft, usualProfile } from './profile.ts'
import { isRedisCli, readRedisCli, unverified } from './redis-cli.ts'
import type { RedisAddress, UrlParts } from './redis-url.ts'
import { bad, decode, defaultPort, formatRedisUrl, parseDb, parseHost, parseUserInfo, splitUrl } from './redis-url.ts'

/** What a pasted address says of a profile. `notes`: in sentences, what of it could not be taken over as it was. */
export interface AddressDraft extends Pick<ProfileDraft, 'topology' | 'tls' | 'secrets'> {
  /** Of Redis, a Sentinel or a node of the cluster; never with a password. */
  readonly url: string
  readonly notes: readonly string[]
}

const sentinelPort = 26_379

type Kind = { readonly topology: 'plain' | 'sentinel' | 'cluster'; readonly tls: boolean }

/** How URLs begin; programs differ in how they write the same. */
const kinds: Readonly<Record<string, Kind>> = {
  redis: { topology: 'plain', tls: false },
  valkey: { topology: 'plain', tls: false },
  rediss: { topology: 'plain', tls: true },
  valkeys: { topology: 'plain', tls: true },
  sentinel: { topology: 'sentinel', tls: false },
  'redis+sentinel': { topology: 'sentinel', tls: false },
  'redis-sentinel': { topology: 'sentinel', tls: false },
  'rediss+sentinel': { topology: 'sentinel', tls: true },
  'rediss-sentinel': { topology: 'sentinel', tls: true },
  'redis+cluster': { topology: 'cluster', tls: false },
  'redis-cluster': { topology: 'cluster', tls: false },
  'rediss+cluster': { topology: 'cluster', tls: true },
  'rediss-cluster': { topology: 'cluster', tls: true },
}

/**
 * Reads an address that was pasted or typed: a URL of Redis, of Sentinels
 * (`redis+sentinel://[user:password@]host,host:port/master[/db]`) or of a cluster (several hosts with commas, or
 * `redis+cluster://`), or the command line of redis-cli. Throws BAD_URL with a sentence that says what to change and
 * never quotes a password. Reads no file and runs nothing.
 */
export function readAddress(text: string): AddressDraft {
  if (isRedisCli(text)) return readRedisCli(text, readUrl)
  return readUrl(text)
}

function readUrl(text: string): AddressDraft {
  const parts = splitUrl(text)
  if (parts?.scheme === 'unix' || parts?.scheme === 'redis+unix' || parts?.scheme === 'redis-socket') {
    return readSocket(parts)
  }
  const kind = kinds[parts?.scheme ?? '']
  if (parts === null || kind === undefined) {
    throw bad(
      'An address begins with redis://, rediss:// (TLS), unix:// or redis+sentinel://, or is a redis-cli command.',
    )
  }
  const { username, password } = parseUserInfo(parts.user)
  const { options, tls, notes } = readOptions(parts.query)
  const isSentinel = kind.topology === 'sentinel'
  const [first, ...others] = readHosts(parts, isSentinel ? sentinelPort : defaultPort)
  const place = isSentinel ? readGroup(parts, options) : { group: '', db: readDb(parts, options) }

  const address: RedisAddress = { transport: kind.tls ? 'tls' : 'tcp', ...first, username, db: place.db }
  if (isSentinel && password !== null) {
    notes.push('The user and password are taken for Redis: if the Sentinels ask for one too, enter it for them.')
  }
  const isCluster = kind.topology === 'cluster' || (!isSentinel && others.length > 0)
  if (isCluster && address.db !== 0)
    throw bad('A cluster has only the database 0: take the number off the end of the URL.')
  return {
    url: formatRedisUrl(address),
    topology: isSentinel
      ? { kind: 'sentinel', master: place.group, others, username: null, tls: kind.tls }
      : isCluster
        ? { kind: 'cluster', others }
        : { kind: 'standalone' },
    tls,
    secrets: password === null ? {} : { password },
    notes,
  }
}

function readSocket(parts: UrlParts): AddressDraft {
  const { username, password } = parseUserInfo(parts.user)
  const { options, tls, notes } = readOptions(parts.query)
  if (parts.hosts !== '' || parts.path.length < 2) {
    throw bad('A unix:// URL needs three slashes and the path of the socket: unix:///run/redis.sock.')
  }
  const db = parseDb(options.get('db') ?? '0')
  const url = formatRedisUrl({ transport: 'unix', path: decode(parts.path), username, db })
  return { url, topology: { kind: 'standalone' }, tls, secrets: password === null ? {} : { password }, notes }
}

/** All hosts of a list; some programs repeat the scheme before each. */
function readHosts({ hosts }: UrlParts, usualPort: number): [Endpoint, ...Endpoint[]] {
  const [first = '', ...more] = hosts.split(',').map((host) => host.trim())
  const others = more.filter((host) => host !== '').map((host) => parseHost(host, usualPort))
  return [parseHost(first, usualPort), ...others]
}

function readDb({ path, fragment }: UrlParts, options: ReadonlyMap<string, string>): number {
  if (fragment !== '') throw bad('A Redis URL has no part after #.')
  const inPath = path.replace(/^\//, '')
  const option = options.get('db')
  if (inPath !== '' && option !== undefined && inPath !== option) throw bad('The URL names two databases.')
  return parseDb(inPath || option || '0')
}

/** The group and the database of a Sentinel URL: `/group/db`, or as some programs write it `/db#group`. */
function readGroup(parts: UrlParts, options: ReadonlyMap<string, string>): { group: string; db: number } {
  const named = parts.fragment || (options.get('sentinelMasterId') ?? '')
  const segments = parts.path.split('/').slice(1)
  const [group = '', db = '', ...more] = named === '' ? segments : [named, ...segments]
  if (group === '' || more.some((segment) => segment !== '')) {
    throw bad(
      'After the Sentinels come the name of their master and the database: redis+sentinel://host:26379/mymaster/0.',
    )
  }
  return { group: decode(group), db: parseDb(db || options.get('db') || '0') }
}

/** Options that other programs take, which have no counterpart here and change nothing about where Redis is. */
const idle =
  /^(protocol|family|timeout|\w*_timeout|timeoutMs|health_check_interval|max_connections|decode_responses|clientName)$/

function readOptions(query: string) {
  const options = new Map<string, string>()
  const notes: string[] = []
  let verify = true
  for (const option of query.split('&').filter(Boolean)) {
    const [name = '', value = ''] = option.split(/=(.*)/s, 2)
    if (name === 'db' || name === 'sentinelMasterId') options.set(name, decode(value))
    else if (name === 'ssl_cert_reqs') verify = verify && !/^(cert_)?none$/i.test(value)
    else if (/^ssl_(ca_certs|certfile|keyfile)$/.test(name)) notes.push(pasteText[name] ?? '')
    else if (idle.test(name)) notes.push(`The option "${name}" has no meaning here.`)
    else {
      const shown = /^\w{1,40}$/.test(name) ? `"${name}"` : 'that'
      throw bad(`Sluice does not know the option ${shown} in a Redis URL; only db=number may follow the question mark.`)
    }
  }
  if (!verify) notes.push(unverified)
  return { options, notes, tls: { ...usualProfile.tls, verify } }
}

const pasteText: Readonly<Record<string, string>> = {
  ssl_ca_certs: 'The file with the authorities is not read: paste its text.',
  ssl_certfile: 'The file with the client certificate is not read: paste its text.',
  ssl_keyfile: 'The file with the key is not read: paste its text.',
}
