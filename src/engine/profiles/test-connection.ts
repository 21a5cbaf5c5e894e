import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import { asSluiceError, type ErrorCode, SluiceError } from '../../domain/errors.ts'
import { connectTimeoutMs, type Target } from '../redis/client-options.ts'
import { createReader } from '../redis/handles.ts'
import { openLink } from '../redis/link.ts'
import { redisError } from '../redis/redis-error.ts'
import { addressText, parseRedisUrl, type RedisAddress } from '../redis/redis-url.ts'
import { inspectServer, type TestStep } from './inspect-server.ts'

/** `ok` when the Redis can be used at all; a step may still say what its user may not do. */
export interface TestResult {
  readonly ok: boolean
  readonly steps: TestStep[]
  /** The code of the first step that failed; null when none did. */
  readonly code: ErrorCode | null
}

export interface TestConnectionOptions {
  readonly url: string
  /** Asked for when the URL holds no password; may throw SECRET_MISSING. */
  password(): Promise<string | null>
  readonly timeoutMs?: number
  /** PEM certificates to trust in place of Node's list. */
  readonly ca?: string
}

/**
 * Tries to reach a Redis step by step: address, host name, TCP, TLS, log-in, is it Redis, what may its user do. Never
 * throws: the step that failed says why, and later ones are not tried. Writes nothing.
 */
export async function testConnection(options: TestConnectionOptions): Promise<TestResult> {
  const { timeoutMs = connectTimeoutMs, ca } = options
  const steps: TestStep[] = []
  let code: ErrorCode | null = null

  /** Runs a step; its result, or null when it failed. `nameFor` may lay a failure at another step's door. */
  async function step<T>(
    name: string,
    work: () => Promise<{ detail: string; result: T }>,
    nameFor: (code: ErrorCode) => string = () => name,
  ): Promise<{ result: T } | null> {
    try {
      const { detail, result } = await work()
      steps.push({ name, ok: true, detail })
      return { result }
    } catch (thrown) {
      const error = asSluiceError(thrown)
      steps.push({ name: nameFor(error.code), ok: false, detail: error.message })
      code ??= error.code
      return null
    }
  }
  const ended = (ok: boolean): TestResult => ({ ok, steps, code })

  const parsed = await step('Address', async () => readAddress(options.url))
  if (!parsed) return ended(false)
  const { address, password: inUrl } = parsed.result

  const found = await step('Host', () => findHost(address, timeoutMs))
  if (!found || !(await step('Connect', () => reachPort(address, timeoutMs)))) return ended(false)

  const link = await step(
    'Log in',
    async () => {
      const password = inUrl ?? (await options.password())
      const target: Target = { address, password, ...(ca === undefined ? {} : { ca }) }
      const result = await openLink(target, 'read', 'test', timeoutMs)
      return { detail: logInText(target), result }
    },
    (failed) => blame[failed] ?? 'Log in',
  )
  if (address.transport === 'tls' && !(code !== null && beforeTls.includes(code))) {
    const detail = 'The connection is encrypted, and the certificate is trusted.'
    steps.splice(-1, 0, { name: 'TLS', ok: true, detail })
  }
  if (!link) return ended(false)

  try {
    const findings = await inspectServer(createReader(() => link.result))
    for (const { code: found, ...finding } of findings) {
      steps.push(finding)
      code ??= found ?? null
    }
    return ended(code !== 'UNSUPPORTED')
  } catch (thrown) {
    const error = asSluiceError(thrown)
    steps.push({ name: 'Redis', ok: false, detail: error.message })
    return { ok: false, steps, code: error.code }
  } finally {
    link.result.drop()
  }
}

/** Which step a failed log-in belongs to, where the user name and password are not to blame. */
const blame: Partial<Record<ErrorCode, string>> = {
  TLS_FAILED: 'TLS',
  BAD_URL: 'Database',
  UNSUPPORTED: 'Database',
  NOT_REDIS: 'Redis',
  REDIS_LOADING: 'Redis',
  CONNECTION_LOST: 'Redis',
  CONNECT_TIMEOUT: 'Redis',
  COMMAND_TIMEOUT: 'Redis',
}

/** Failures of the log-in that say nothing good of TLS. */
const beforeTls: readonly ErrorCode[] = ['TLS_FAILED', 'SECRET_MISSING', 'DISK_FAILED']

function readAddress(url: string) {
  const parsed = parseRedisUrl(url)
  const { address } = parsed
  const how = { tcp: 'TCP', tls: 'TLS', unix: 'a local socket' }[address.transport]
  return { detail: `${addressText(address)} over ${how}, database ${address.db}.`, result: parsed }
}

async function findHost(address: RedisAddress, timeoutMs: number) {
  if (address.transport === 'unix' || isIP(address.host) !== 0) {
    return { detail: 'No name has to be looked up.', result: null }
  }
  try {
    const found = await inTime(lookup(address.host, { all: true }), timeoutMs)
    return { detail: `${address.host} is ${found.map((each) => each.address).join(', ')}.`, result: null }
  } catch (error) {
    throw redisError(error, 'connect')
  }
}

async function reachPort(address: RedisAddress, timeoutMs: number) {
  const socket = connect(address.transport === 'unix' ? { path: address.path } : address)
  try {
    await inTime(once(socket, 'connect'), timeoutMs)
    return { detail: `${addressText(address)} accepts connections.`, result: null }
  } catch (error) {
    throw redisError(error, 'connect')
  } finally {
    socket.on('error', () => {}) // one more may come after the time was up
    socket.destroy()
  }
}

function logInText({ address, password }: Target): string {
  if (address.username !== null) return `Logged in as ${address.username}.`
  return password === null ? 'Redis let us in without a password.' : 'Redis took the password.'
}

async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  work.catch(() => {}) // it may fail after the time was up
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SluiceError('CONNECT_TIMEOUT')), timeoutMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
