import { type Profile, type SshHost, usualProfile } from './profile.ts'
import type { AddressDraft } from './read-address.ts'
import { bad, defaultPort, formatRedisUrl, parseDb, parseHost, parseRedisUrl, type RedisAddress } from './redis-url.ts'
import { type ShellWord, shellQuoted, shellWords } from './shell-words.ts'

const program = /^(?:.*\/)?(?:redis|valkey|keydb)-cli(?:\.exe)?$/

/** Whether a text is meant as a command line of redis-cli, and not as a URL. */
export function isRedisCli(text: string): boolean {
  return /(^|[\s/])(redis|valkey|keydb)-cli(\.exe)?(\s|$)/.test(text) && !/^\s*[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

/** Options that say where Redis is or as whom to log in; all take a value. */
const wanted = new Set(['-h', '-p', '-s', '-a', '--pass', '--user', '-u', '-n', '--sni', '--cacert', '--cert', '--key'])
/** Options with a value that are about something else. */
const idleWithValue = new Set(
  [
    '-t',
    '-r',
    '-i',
    '-X',
    '-d',
    '-D',
    '--cacertdir',
    '--tls-ciphers',
    '--tls-ciphersuites',
    '--name',
    '--pattern',
  ].concat([
    '--quoted-pattern',
    '--cursor',
    '--count',
    '--eval',
    '--rdb',
    '--functions-rdb',
    '--lru-test',
    '--intrinsic-latency',
  ]),
)

/** What is said of an address that switches off the check of the certificate. */
export const unverified = 'The certificate of the server will not be checked, as this address says.'

const files: Readonly<Record<string, string>> = {
  '--cacert': 'The file with the authorities (--cacert) is not read: paste its text.',
  '--cert': 'The file with the client certificate (--cert) is not read: paste its text.',
  '--key': 'The file with the key of the client certificate (--key) is not read: paste its text.',
}

interface Read {
  host: string
  port: string
  socket: string
  username: string | null
  password: string | null
  db: string
  tls: boolean
  insecure: boolean
  sni: string
  cluster: boolean
  /** What a URL among the options said besides. */
  fromUrl: AddressDraft | null
  readonly notes: string[]
}

/**
 * Reads a command line of redis-cli. The later of two options counts, as there. What the shell would fill in (variables,
 * commands) is not: an address with such a thing in it is refused, a password is left out with a note.
 */
export function readRedisCli(text: string, readUrl: (url: string) => AddressDraft): AddressDraft {
  const { words, rest } = shellWords(text.trim().replace(/^[$>%]\s+/, ''))
  const start = words.findIndex(({ text }) => program.test(text))
  if (start < 0) throw bad('A command line begins with redis-cli, or give a URL: redis://host:6379.')
  const read: Read = {
    host: '127.0.0.1',
    port: String(defaultPort),
    socket: '',
    username: null,
    password: null,
    db: '0',
    tls: false,
    insecure: false,
    sni: '',
    cluster: false,
    fromUrl: null,
    notes: [],
  }
  readBefore(words.slice(0, start), read)
  const left = readOptions(words.slice(start + 1), read, readUrl)
  if (left || rest) read.notes.push('Only the address is taken over, not the command that follows it.')
  return draftOf(read)
}

/** `REDISCLI_AUTH=secret redis-cli …`, or another program that runs it elsewhere. */
function readBefore(words: readonly ShellWord[], read: Read): void {
  for (const { text, filledIn } of words) {
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? []
    if (name === 'REDISCLI_AUTH') takePassword(value, filledIn, read)
  }
  if (words.some(({ text }) => !/^[A-Za-z_]\w*=/.test(text))) {
    read.notes.push(
      'What stands before redis-cli is not taken over: the address may be one that only another computer knows.',
    )
  }
}

/** Reads the options; true when a command follows them. */
function readOptions(words: readonly ShellWord[], read: Read, readUrl: (url: string) => AddressDraft): boolean {
  const idle: string[] = []
  for (let at = 0; at < words.length; at++) {
    const [option, glued] = halves(words[at] as ShellWord)
    if (!option.startsWith('-') || option === '-') {
      tellIdle(idle, read)
      return true
    }
    if (wanted.has(option)) {
      const value = glued ?? words[++at]
      if (value === undefined) throw bad(`After ${option} comes a value.`)
      take(option, value, read, readUrl)
    } else if (option === '--tls') read.tls = true
    else if (option === '--insecure') read.insecure = true
    else if (option === '-c') read.cluster = true
    else if (option === '--askpass') read.notes.push('redis-cli would ask for the password: enter it.')
    else {
      if (idleWithValue.has(option) && glued === undefined) at++
      // Never more of it than its name: a password may stand glued to it.
      idle.push(option.startsWith('--') ? option : option.slice(0, 2))
    }
  }
  tellIdle(idle, read)
  return false
}

function tellIdle(options: readonly string[], read: Read): void {
  const names = [...new Set(options)].filter((name) => /^--?[\w-]{1,40}$/.test(name))
  if (names.length > 0) read.notes.push(`These options have no meaning here: ${names.join(', ')}.`)
}

/** `--sni=name` in two. */
function halves(word: ShellWord): [option: string, value: ShellWord | undefined] {
  const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(word.text) ?? []
  return option === undefined || value === undefined ? [word.text, undefined] : [option, { ...word, text: value }]
}

function take(option: string, { text, filledIn }: ShellWord, read: Read, readUrl: (url: string) => AddressDraft): void {
  if (option === '-a' || option === '--pass') return void takePassword(text, filledIn, read)
  const file = files[option]
  if (file !== undefined) return void read.notes.push(file)
  if (filledIn) throw bad(`The shell would fill in the value of ${option}: write it out.`)
  if (option === '-h') read.host = text
  else if (option === '-p') read.port = text
  else if (option === '-s') read.socket = text
  else if (option === '--user') read.username = text
  else if (option === '-n') read.db = text
  else if (option === '--sni') read.sni = text
  else takeUrl(readUrl(text), read)
}

function takePassword(text: string, filledIn: boolean, read: Read): void {
  if (filledIn) read.notes.push('The shell would fill in the password, which is not known here: enter it.')
  else read.password = text
}

function takeUrl(draft: AddressDraft, read: Read): void {
  const { address } = parseRedisUrl(draft.url)
  read.fromUrl = draft
  read.db = String(address.db)
  read.username = address.username ?? read.username
  read.password = draft.secrets.password ?? read.password
  if (address.transport === 'unix') read.socket = address.path
  else {
    read.host = address.host
    read.port = String(address.port)
    read.tls ||= address.transport === 'tls'
  }
}

function draftOf(read: Read): AddressDraft {
  const { fromUrl, notes } = read
  const rest = { username: read.username, db: parseDb(read.db) }
  if (!/^\d{1,5}$/.test(read.port)) throw bad('After -p comes a port number.')
  const place = `${read.host.includes(':') ? `[${read.host}]` : read.host}:${read.port}`
  const address: RedisAddress = read.socket
    ? { transport: 'unix', path: read.socket, ...rest }
    : { transport: read.tls ? 'tls' : 'tcp', ...parseHost(place, defaultPort), ...rest }
  if (read.socket !== '' && !read.socket.startsWith('/'))
    throw bad('After -s comes the whole path of the socket, from / on.')
  const tls = fromUrl?.tls ?? usualProfile.tls
  const verify = tls.verify && !read.insecure
  return {
    url: formatRedisUrl(address),
    topology: read.cluster ? { kind: 'cluster', others: [] } : (fromUrl?.topology ?? { kind: 'standalone' }),
    tls: { ...tls, serverName: read.sni, verify },
    secrets: read.password ? { password: read.password } : {},
    notes: [...(fromUrl?.notes ?? []), ...notes, ...(read.insecure ? [unverified] : [])],
  }
}

/**
 * The command line that reaches the same Redis with redis-cli; for Sentinels, one that asks them for the master. Holds
 * no secret: redis-cli asks for the password. Files stand for the certificates that the profile holds.
 */
export function redisCliOf(profile: Pick<Profile, 'url' | 'topology' | 'tls' | 'ssh' | 'secrets'>): string {
  const { topology, tls, ssh, secrets } = profile
  const { address } = parseRedisUrl(profile.url)
  const isSentinel = topology.kind === 'sentinel'
  const username = isSentinel ? topology.username : address.username
  const secure = isSentinel ? topology.tls : address.transport === 'tls'
  const words = [
    'redis-cli',
    ...(address.transport === 'unix' ? ['-s', address.path] : ['-h', address.host, '-p', String(address.port)]),
    ...(username === null ? [] : ['--user', username]),
    ...(secrets.includes(isSentinel ? 'sentinelPassword' : 'password') ? ['--askpass'] : []),
    ...(isSentinel || address.db === 0 ? [] : ['-n', String(address.db)]),
    ...(topology.kind === 'cluster' ? ['-c'] : []),
    ...(secure ? ['--tls'] : []),
    ...(secure && tls.serverName ? ['--sni', tls.serverName] : []),
    ...(secure && tls.ca ? ['--cacert', 'ca.pem'] : []),
    ...(secure && tls.certificate ? ['--cert', 'client.pem', '--key', 'client.key'] : []),
    ...(secure && !tls.verify ? ['--insecure'] : []),
    ...(isSentinel ? ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', topology.master] : []),
  ]
  const line = words.map(shellQuoted).join(' ')
  if (ssh === null) return line
  const jump = ssh.jump === null ? [] : ['-J', jumpText(ssh.jump)]
  // The user by an option of its own and -- before the host: neither can be taken for another option.
  const way = ['ssh', '-t', ...jump, '-p', String(ssh.port), '-l', ssh.username, '--', ssh.host, line]
  return way.map(shellQuoted).join(' ')
}

function jumpText({ username, host, port }: SshHost): string {
  return `${username}@${host.includes(':') ? `[${host}]` : host}:${port}`
}
