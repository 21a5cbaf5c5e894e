import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { asSluiceError, type ErrorCode, SluiceError } from '../../domain/errors.ts'
import type { Endpoint, Profile, Remedy, SecretName } from '../../domain/profile.ts'
import { addressText, hostText, type RedisAddress } from '../../domain/redis-url.ts'
import { connectTimeoutMs, type Target } from '../redis/client-options.ts'
import { createReader } from '../redis/handles.ts'
import { openLink } from '../redis/link.ts'
import { openPlain } from '../redis/open-stream.ts'
import { announced, type FoundMaster, findMaster } from '../redis/reach/find-master.ts'
import { reachOf, type Ways, waysOf } from '../redis/reach/reach.ts'
import { redisError } from '../redis/redis-error.ts'
import type { SshTunnels } from '../ssh/ssh-tunnels.ts'
import { type Finding, inspectServer, type TestStep } from './inspect-server.ts'
import { tryCluster } from './try-cluster.ts'
import { tryTls } from './try-tls.ts'

/** `ok` when the Redis can be used at all; a step may still say what its user may not do, or what to look after. */
export interface TestResult {
  readonly ok: boolean
  readonly steps: TestStep[]
  /** The code of the first step that failed, and what would mend it; null when none did. */
  readonly code: ErrorCode | null
  readonly remedy: Remedy | null
}

export interface TestConnectionOptions {
  /** Of a profile or a draft. A password in the URL counts before the secret. */
  readonly profile: Pick<Profile, 'url' | 'topology' | 'tls' | 'ssh'>
  /** Null for a secret that it does not have; may throw SECRET_MISSING. */
  secret(name: SecretName): Promise<string | null>
  readonly ssh: Pick<SshTunnels, 'dial' | 'close'>
  /** How long each step may take. */
  readonly timeoutMs?: number
}

/**
 * Tries to reach a Redis step by step: address, SSH, Sentinels, host name, TCP, TLS, log-in, is it Redis, the cluster, what
 * may its user do. Never throws: the step that failed says why, and later ones are not tried. Writes nothing. An SSH
 * session of its own ends with it.
 */
export async function testConnection(options: TestConnectionOptions): Promise<TestResult> {
  const profileId = `test:${randomUUID()}`
  try {
    return await new ConnectionTest(profileId, options).run()
  } finally {
    options.ssh.close(profileId)
  }
}

/** Ends the test: the step that failed has been noted. */
class Stopped extends Error {}

class ConnectionTest {
  readonly #profile: TestConnectionOptions['profile'] & { readonly id: string }
  readonly #timeoutMs: number
  readonly #steps: TestStep[] = []
  #code: ErrorCode | null = null
  #remedy: Remedy | null = null

  constructor(
    id: string,
    private readonly options: TestConnectionOptions,
  ) {
    this.#profile = { ...options.profile, id }
    this.#timeoutMs = options.timeoutMs ?? connectTimeoutMs
  }

  async run(): Promise<TestResult> {
    try {
      return this.#result(await this.#tryAll())
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
      return this.#result(false)
    }
  }

  async #tryAll(): Promise<boolean> {
    const { topology, ssh } = this.#profile
    const { address, ways } = await this.#step('Address', async () => {
      const found = this.#ways()
      return { detail: this.#addressText(found.address), result: found }
    })
    const first: Endpoint = address.transport === 'unix' ? { host: '', port: 0 } : address
    if (ssh) await this.#trySsh(first)
    const at = topology.kind === 'sentinel' ? await this.#trySentinels(first, ways) : await this.#node(first)
    // The password is asked for when it is time to log in.
    const bare = await this.#tried('TLS', () => this.#ways(async () => null).ways.redis(at))
    await this.#step('Host', () => this.#findHost(bare.address))
    await this.#tryStream(bare)
    return this.#tryRedis(ways, at)
  }

  #ways(password = () => this.options.secret('password')) {
    const secret = (name: SecretName) => (name === 'password' ? password() : this.options.secret(name))
    return waysOf({ profile: this.#profile, secret, ssh: this.options.ssh })
  }

  #addressText(address: RedisAddress): string {
    const { topology, ssh } = this.#profile
    const how = { tcp: 'TCP', tls: 'TLS', unix: 'a local socket' }[address.transport]
    const through = ssh ? `, through ${hostText(ssh)}` : ''
    const what = {
      standalone: `${addressText(address)} over ${how}, database ${address.db}`,
      sentinel: `A Sentinel at ${addressText(address)}; Redis over ${how}, database ${address.db}`,
      cluster: `A node of a cluster at ${addressText(address)}, over ${how}`,
    }[topology.kind]
    return `${what}${through}.`
  }

  async #trySsh(first: Endpoint): Promise<void> {
    const { ssh } = this.#profile
    if (ssh === null) return
    await this.#step('SSH', async () => {
      const detail = `Logged in at ${hostText(ssh)} as ${ssh.username}${ssh.jump ? `, by way of ${hostText(ssh.jump)}` : ''}.`
      const { dial } = this.options.ssh
      const secret = this.options.secret
      try {
        const late = new SluiceError('SSH_FAILED', `The SSH server ${hostText(ssh)} did not answer in time.`)
        const opened = this.#inTime(
          (signal) => dial({ profileId: this.#profile.id, ssh, secret, to: first, signal }),
          late,
        )
        const stream = await opened
        stream.destroy()
      } catch (thrown) {
        const error = asSluiceError(thrown)
        // The SSH server itself said so: it let us in, and cannot come to Redis. That is another step.
        if (error.code !== 'CONNECTION_REFUSED' && error.code !== 'CONNECT_TIMEOUT') throw error
      }
      return { detail, result: null }
    })
  }

  /** Where the master is. When it refused us, the steps that follow come to the same, and say at which door. */
  async #trySentinels(first: Endpoint, ways: Ways): Promise<Endpoint> {
    const { topology } = this.#profile
    if (topology.kind !== 'sentinel') return first
    const question = {
      group: topology.master,
      sentinels: [first, ...topology.others],
      sentinelTarget: ways.sentinel,
      masterTarget: ways.redis,
    }
    const found = await this.#step('Sentinel', async (): Promise<{ detail: string; result: FoundMaster }> => {
      const result = await findMaster(question).catch(() => findMaster({ ...question, unchecked: true }))
      const sentinels = result.sentinels.length + 1
      const detail =
        `${hostText(result.namedBy)} names ${hostText(result.master)} as the master of ${topology.master}; it knows ` +
        `${counted(sentinels, 'Sentinel')} and ${counted(result.replicas, 'replica')}.`
      return { detail, result }
    })
    return found.master
  }

  /** A node of the cluster that answers; the first one when none does, and the next steps say what is wrong with it. */
  async #node(first: Endpoint): Promise<Endpoint> {
    if (this.#profile.topology.kind !== 'cluster') return first
    const reach = reachOf({ ...this.options, profile: this.#profile })
    const target = await reach.target().catch(() => null)
    return target === null || target.address.transport === 'unix' ? first : target.address
  }

  async #findHost(address: RedisAddress) {
    if (address.transport === 'unix' || isIP(address.host) !== 0) {
      return { detail: 'No name has to be looked up.', result: null }
    }
    const { ssh } = this.#profile
    if (ssh) return { detail: `${ssh.host} looks up the name ${address.host}.`, result: null }
    try {
      const found = await this.#inTime(() => lookup(address.host, { all: true }))
      return { detail: `${address.host} is ${found.map((each) => each.address).join(', ')}.`, result: null }
    } catch (error) {
      throw this.#announcedToo(redisError(error, 'connect'))
    }
  }

  async #tryStream(target: Target): Promise<void> {
    const stream = await this.#step('Connect', async () => {
      try {
        const result = await this.#inTime((signal) => openPlain(target, signal))
        result.on('error', () => {}) // nobody needs to hear of what happens to it later
        return { detail: `${addressText(target.address)} accepts connections.`, result }
      } catch (error) {
        throw this.#announcedToo(redisError(error, 'connect'))
      }
    })
    if (target.address.transport !== 'tls') return void stream.destroy()
    const late = new SluiceError('TLS_FAILED', 'No answer to the TLS handshake: try redis:// in place of rediss://.')
    const steps = await this.#tried('TLS', () => this.#inTime((signal) => tryTls(stream, target, signal), late))
    this.#steps.push(...steps)
  }

  /** An address that a Sentinel told may be one of another network. */
  #announcedToo(error: SluiceError): SluiceError {
    if (this.#profile.topology.kind !== 'sentinel') return error
    return new SluiceError(error.code, `${error.message} ${announced}`, error.remedy)
  }

  async #tryRedis(ways: Ways, at: Endpoint): Promise<boolean> {
    const { topology } = this.#profile
    const link = await this.#step('Log in', async () => {
      const target = await ways.redis(at)
      const result = await openLink(target, 'read', 'test', this.#timeoutMs)
      return { detail: logInText(target), result }
    })
    try {
      const reader = createReader(() => link)
      const findings = await inspectServer(reader, topology.kind)
      if (topology.kind === 'cluster' && findings.every(isUsable)) {
        findings.splice(1, 0, await tryCluster(reader, at, ways.redis, this.#timeoutMs))
      }
      for (const finding of findings) this.#note(finding)
      return findings.every(isUsable)
    } catch (thrown) {
      this.#fail('Redis', asSluiceError(thrown))
      return false
    } finally {
      link.drop()
    }
  }

  /** Runs a step and notes how it went; ends the test when it failed. */
  async #step<T>(name: string, work: () => Promise<{ detail: string; result: T }>): Promise<T> {
    const { detail, result } = await this.#tried(name, work)
    this.#steps.push({ name, ok: true, detail })
    return result
  }

  async #tried<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      const error = asSluiceError(thrown)
      this.#fail(doorOf(name, error), error)
      throw new Stopped()
    }
  }

  #note({ code, ...step }: Finding): void {
    this.#steps.push(step)
    this.#code ??= code ?? null
  }

  #fail(name: string, error: SluiceError): void {
    // A server may refuse our certificate only after the handshake: then that step had not succeeded after all.
    const before = this.#steps.findIndex((step) => step.name === name)
    if (before >= 0) this.#steps.splice(before)
    this.#steps.push({ name, ok: false, detail: error.message })
    this.#code ??= error.code
    this.#remedy ??= error.remedy
  }

  #result(ok: boolean): TestResult {
    return { ok, steps: this.#steps, code: this.#code, remedy: this.#remedy }
  }

  async #inTime<T>(
    work: (signal: AbortSignal) => Promise<T>,
    late: SluiceError = new SluiceError('CONNECT_TIMEOUT'),
  ): Promise<T> {
    const attempt = new AbortController()
    const running = work(attempt.signal)
    running.catch(() => {}) // it may fail after the time was up
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(late)
        attempt.abort(late)
      }, this.#timeoutMs)
    })
    return Promise.race([running, tooLate]).finally(() => clearTimeout(timer))
  }
}

/** Whether this Redis can be used at all, as this profile wants to. */
function isUsable({ code }: Finding): boolean {
  return code !== 'UNSUPPORTED' && code !== 'NO_MASTER'
}

/** Which step a failure belongs to, where that is not the one that was tried. */
function doorOf(name: string, { code, remedy }: SluiceError): string {
  if (remedy?.kind === 'secret') return doorOfSecret[remedy.secret]
  return name === 'Log in' ? (doorOfLogIn[code] ?? name) : name
}

const doorOfSecret: Readonly<Record<SecretName, string>> = {
  password: 'Log in',
  sentinelPassword: 'Sentinel',
  tlsKey: 'TLS',
  tlsKeyPassphrase: 'TLS',
  ssh: 'SSH',
  sshKey: 'SSH',
  jump: 'SSH',
  jumpKey: 'SSH',
}

const doorOfLogIn: Partial<Record<ErrorCode, string>> = {
  TLS_FAILED: 'TLS',
  BAD_URL: 'Database',
  UNSUPPORTED: 'Database',
  NOT_REDIS: 'Redis',
  REDIS_LOADING: 'Redis',
  REDIS_BUSY: 'Redis',
  REDIS_UNAVAILABLE: 'Redis',
  TOO_MANY_CLIENTS: 'Redis',
  CONNECTION_LOST: 'Redis',
  CONNECT_TIMEOUT: 'Redis',
  COMMAND_TIMEOUT: 'Redis',
}

function logInText({ address, password }: Target): string {
  if (address.username !== null) return `Logged in as ${address.username}.`
  return password === null ? 'Redis let us in without a password.' : 'Redis took the password.'
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
