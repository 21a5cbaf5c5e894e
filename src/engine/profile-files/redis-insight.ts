import { SluiceError } from '../../domain/errors.ts'
import {
  type Environment,
  type ProfileDraft,
  type SshHost,
  type Topology,
  type TypedSecrets,
  usualProfile,
} from '../../domain/profile.ts'
import { formatRedisUrl } from '../../domain/redis-url.ts'
import { fieldOf, isObject } from './bounded-json.ts'
import {
  demandHonest,
  type FoundFile,
  type FoundProfile,
  fitName,
  leftOut,
  plainText,
  warnings,
} from './found-profile.ts'

/*
 * RedisInsight 2 and 3 export a JSON array, one object for each database. It reads exports of other desktop programs by
 * the same rules, under other names of the fields, and so does this. Of a Sentinel group, `username` and `password` are
 * those of the Sentinels, and those of Redis stand in `sentinelMaster`.
 */
const names = {
  name: ['name', 'connectionName'],
  username: ['username'],
  password: ['password', 'auth'],
  tls: ['tls', 'ssl'],
  ca: ['caCert.certificate', 'caCert', 'sslOptions.ca', 'ssl_ca_cert_path'],
  certificate: ['clientCert.certificate', 'certificate', 'sslOptions.cert', 'ssl_local_cert_path'],
  key: ['clientCert.key', 'keyFile', 'sslOptions.key', 'ssl_private_key_path'],
  master: ['sentinelMaster.name', 'sentinelOptions.masterName', 'sentinelOptions.name'],
  masterUsername: ['sentinelMaster.username'],
  masterPassword: ['sentinelMaster.password', 'sentinelOptions.nodePassword', 'sentinelOptions.sentinelPassword'],
  sshHost: ['sshOptions.host', 'ssh_host', 'sshHost'],
  sshPort: ['sshOptions.port', 'ssh_port', 'sshPort'],
  sshUsername: ['sshOptions.username', 'ssh_user', 'sshUser'],
  sshPassword: ['sshOptions.password', 'ssh_password', 'sshPassword'],
  sshKey: ['sshOptions.privateKey', 'sshOptions.privatekey', 'ssh_private_key_path', 'sshKeyFile'],
  sshPassphrase: ['sshOptions.passphrase', 'sshKeyPassphrase'],
  sshAgent: ['ssh_agent_path'],
} as const

/** What else it writes, and Sluice has no use for. */
const notNeeded = [
  ...[
    'id',
    'host',
    'port',
    'db',
    'cluster',
    'type',
    'connectionType',
    'tlsServername',
    'verifyServerCert',
    'environment',
  ],
  ...['forceStandalone', 'compressor', 'provider', 'providerDetails', 'nameFromProvider', 'lastConnection', 'modules'],
  ...['tags', 'connectionFamily', 'isPreSetup', 'new', 'ssh', 'timeout', 'keyNameFormat', 'version', 'createdAt'],
  ...['sslOptions', 'sentinelOptions', 'sentinelMaster', 'sshOptions', 'caCert', 'clientCert', 'cloudDetails', 'nodes'],
]
const known = new Set<string>([...notNeeded, ...Object.values(names).flat()])
const mostProfiles = 10_000

/** What an export of RedisInsight holds. Throws INVALID_INPUT when nothing in it is a database. */
export function readRedisInsight(items: readonly unknown[]): FoundFile {
  const problems: string[] = []
  const profiles: FoundProfile[] = []
  if (!items.some((item) => isObject(item) && typeof fieldOf(item, 'host') === 'string')) {
    throw new SluiceError('INVALID_INPUT', 'This is neither a file of Sluice nor an export of RedisInsight.')
  }
  for (const [at, item] of items.slice(0, mostProfiles).entries()) {
    try {
      profiles.push(readItem(item))
    } catch (error) {
      problems.push(leftOut(at, textOf(item, 'name'), error))
    }
  }
  if (items.length > mostProfiles) problems.push(`Only the first ${mostProfiles} profiles are read.`)
  return { from: 'RedisInsight', sealed: false, profiles, problems }
}

/** The first of these fields that is there; RedisInsight takes an empty text for none. */
function firstOf(item: unknown, which: keyof typeof names): unknown {
  const found = names[which].map((path) => fieldOf(item, path)).find((value) => value !== undefined && !isObject(value))
  return found === '' ? null : (found ?? null)
}

function textOf(item: unknown, which: keyof typeof names): string | null {
  const value = firstOf(item, which)
  return typeof value === 'string' ? value : null
}

function portOf(value: unknown): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new SluiceError('INVALID_INPUT', 'its port is not valid.')
}

function readItem(item: unknown): FoundProfile {
  if (!isObject(item)) throw new SluiceError('INVALID_INPUT', 'it is no database.')
  const host = fieldOf(item, 'host')
  if (typeof host !== 'string' || host === '') throw new SluiceError('INVALID_INPUT', 'it names no host.')
  const port = portOf(fieldOf(item, 'port'))
  const notes: string[] = []
  const secrets: TypedSecrets = {}
  const { name, notes: ofName } = fitName(textOf(item, 'name'), plainText(`${host}:${port}`))
  const tls = readTls(item, secrets, notes)
  const topology = readTopology(item, tls.isOn, notes)
  const isSentinel = topology.kind === 'sentinel'
  const password = textOf(item, isSentinel ? 'masterPassword' : 'password')
  if (password !== null) secrets.password = password
  const ofSentinel = isSentinel ? textOf(item, 'password') : null
  if (ofSentinel !== null) secrets.sentinelPassword = ofSentinel
  const username = textOf(item, isSentinel ? 'masterUsername' : 'username')
  const db = fieldOf(item, 'db')
  const address = {
    ...{ transport: tls.isOn ? ('tls' as const) : ('tcp' as const), host, port, username },
    db: topology.kind !== 'cluster' && typeof db === 'number' && Number.isInteger(db) && db > 0 ? db : 0,
  }
  const ssh = readSsh(item, secrets, notes)
  const environment = environmentOf(fieldOf(item, 'environment'), name, host)
  if (fieldOf(item, 'providerDetails.authType') === 'azureEntraId') {
    notes.push('RedisInsight logs in with an account of Azure there; Sluice needs a user name and password.')
  }
  const compressor = fieldOf(item, 'compressor')
  if (typeof compressor === 'string' && compressor !== 'NONE') {
    notes.push(`RedisInsight unpacks its values (${plainText(compressor, 20)}); Sluice shows them as they are stored.`)
  }
  if (Object.keys(secrets).length > 0) {
    notes.push('Its secrets stand in the file for everyone to read: remove the file when they are here.')
  }
  const unknown = Object.keys(item).filter((field) => !known.has(field))
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 5).map((field) => plainText(field, 40))
    notes.push(`It has fields that Sluice does not know, and they were left out: ${shown.join(', ')}.`)
  }
  const { builtIn: _, ...usual } = usualProfile
  const draft: ProfileDraft = demandHonest({
    ...usual,
    ...{ name, url: formatRedisUrl(address), topology, tls: tls.settings, ssh },
    ...{ environment, colour: colours[environment], secrets },
  })
  return { draft, asksFor: [], sealed: [], notes: [...ofName, ...notes, ...warnings(draft)] }
}

const colours = { production: 'red', staging: 'amber', local: 'blue' } as const

/** What RedisInsight does not call production may be it all the same: then it opens read-only until somebody says otherwise. */
function environmentOf(said: unknown, name: string, host: string): Environment {
  if (said === 'production' || (said !== 'development' && /\b(prod|production|live)\b/i.test(name))) return 'production'
  return /^(localhost|127\.[\d.]+|::1|\[::1\])$/i.test(host) ? 'local' : 'staging'
}

function readTopology(item: unknown, tls: boolean, notes: string[]): Topology {
  const said = fieldOf(item, 'connectionType') ?? fieldOf(item, 'type')
  const type = typeof said === 'string' ? said.toUpperCase() : null
  const master = textOf(item, 'master')
  if (fieldOf(item, 'forceStandalone') === true) return { kind: 'standalone' }
  if (type === 'CLUSTER' || (type === null && fieldOf(item, 'cluster') === true)) return { kind: 'cluster', others: [] }
  if (type === 'SENTINEL' || (type === null && master !== null)) {
    if (master === null) throw new SluiceError('INVALID_INPUT', 'it does not say which group of the Sentinels it is.')
    return { kind: 'sentinel', master, others: [], username: textOf(item, 'username'), tls }
  }
  if (type !== 'STANDALONE') notes.push('It does not say whether it is a cluster: it is taken for a single Redis.')
  return { kind: 'standalone' }
}

const isPem = (text: string) => /^\s*-----BEGIN [A-Z0-9 ]+-----/.test(text)

function readTls(item: unknown, secrets: TypedSecrets, notes: string[]) {
  /** Text in PEM; what is named by its path is not read. */
  function pem(which: 'ca' | 'certificate' | 'key', what: string): string {
    const text = textOf(item, which)
    if (text === null) return ''
    if (isPem(text)) return text
    notes.push(`${what} is named by its path (${plainText(text, 200)}), and was not read: paste it here.`)
    return ''
  }
  const [ca, certificate] = [pem('ca', 'Its authority'), pem('certificate', 'Its client certificate')]
  const key = pem('key', 'The key of its client certificate')
  if (key !== '') secrets.tlsKey = key
  const isOn = firstOf(item, 'tls') === true || [ca, certificate, key].some((text) => text !== '')
  const serverName = fieldOf(item, 'tlsServername')
  if (isOn && fieldOf(item, 'verifyServerCert') !== true) {
    notes.push('RedisInsight takes any certificate there; Sluice checks it.')
  }
  const settings = { ca, certificate, serverName: typeof serverName === 'string' ? serverName : '', verify: true }
  return { isOn, settings }
}

function readSsh(item: unknown, secrets: TypedSecrets, notes: string[]): ProfileDraft['ssh'] {
  const host = textOf(item, 'sshHost')
  if (host === null || fieldOf(item, 'ssh') === false) return null
  const username = textOf(item, 'sshUsername')
  if (username === null) throw new SluiceError('INVALID_INPUT', 'it does not say who logs in at its SSH server.')
  const at = { host, port: portOf(firstOf(item, 'sshPort') ?? 22), username }
  const ssh = (login: SshHost['login'], keyFile = '') => ({ ...at, login, keyFile, jump: null })
  const key = textOf(item, 'sshKey')
  const password = textOf(item, 'sshPassword')
  if (key === null && textOf(item, 'sshAgent') !== null) {
    notes.push('It logs in with an SSH agent: Sluice asks the one of this computer.')
    return ssh('agent')
  }
  const opens = key === null ? password : (textOf(item, 'sshPassphrase') ?? password)
  if (opens !== null) secrets.ssh = opens
  if (key === null) return ssh('password')
  if (!isPem(key)) return ssh('keyFile', key)
  secrets.sshKey = key
  return ssh('key')
}
