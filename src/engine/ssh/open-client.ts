import { generateKeyPairSync, sign } from 'node:crypto'
import type { Duplex, Readable } from 'node:stream'
import { type AnyAuthMethod, Client, type ServerHostKeyAlgorithm } from 'ssh2'
import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/profile.ts'
import { serverName } from './connect-tcp.ts'
import type { HostKeys } from './host-keys.ts'
import { closedBy, otherThanSsh, type SshStage, silentAt, sshFailure } from './ssh-failure.ts'
import type { Login } from './ssh-login.ts'

/** How long each stage may take. A log-in may wait for a person who confirms the use of a key. */
const stageMs = { greeting: 6_000, 'log-in': 8_000 }

const keepAliveMs = 10_000
const missedAtMost = 3

export interface ClientOptions {
  readonly host: Endpoint
  readonly login: Login
  readonly hostKeys: HostKeys
  /** The way there: a socket, or a stream through the session with a jump host. It goes with the client. */
  readonly stream: Duplex
  readonly signal: AbortSignal
}

/** A client that is logged in. */
export interface OpenClient {
  readonly client: Client
  /** Resolves when it is gone: with why, or null when it was ended here; never rejects. */
  readonly lost: Promise<SluiceError | null>
  /** Why it is gone, or null when it was ended here. Right as soon as the stream says that it is closed. */
  why(): SluiceError | null
  /** Drops it; `why` is what `lost` tells. */
  cut(why: SluiceError): void
  /** Says goodbye and closes. */
  end(): void
}

/**
 * Logs in over a stream: greeting, check of the host's key, log-in, each with its own deadline. Nothing secret is sent
 * before the key is vouched for. Throws SSH_FAILED, SSH_AUTH_FAILED, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, and the reason of
 * `signal` when that is aborted first; then the stream is closed.
 */
export async function openClient(options: ClientOptions): Promise<OpenClient> {
  const { host, login, hostKeys, stream, signal } = options
  const known = await hostKeys.types(host)
  const client = new Client()
  let stage: SshStage = 'greeting'
  let problem: SluiceError | null = null
  let ended = false
  let vouched: Buffer | null = null

  function cut(why: SluiceError): void {
    problem ??= why
    stream.destroy()
  }

  const why = () => (ended ? null : (problem ?? closedBy(stage, host)))
  const lost = new Promise<SluiceError | null>((resolve) => {
    if (stream.closed) resolve(why())
    else stream.once('close', () => resolve(why()))
  })
  let late = setTimeout(() => cut(silentAt('greeting', host)), stageMs.greeting)
  const aborted = () => cut(asSluiceError(signal.reason))
  signal.addEventListener('abort', aborted)
  if (signal.aborted) aborted()

  const ready = new Promise<'ready'>((resolve) => {
    client.on('ready', () => {
      stage = 'open'
      resolve('ready')
    })
  })
  client.on('error', (error: Error & { level?: string }) => {
    if (error.level === 'agent') return // the agent did not sign with one key: the next one is tried
    cut(error.level === 'client-authentication' ? login.refusal() : sshFailure(error, stage, host))
  })
  client.on('handshake', () => {
    if (stage !== 'greeting') return // keys are exchanged anew from time to time
    stage = 'log-in'
    clearTimeout(late)
    late = setTimeout(() => cut(silentAt('log-in', host)), stageMs['log-in'])
  })
  client.on('change password', () => {
    const sentence = `${serverName(host)} wants a new password: set it with ssh, then enter it here.`
    cut(new SluiceError('SSH_AUTH_FAILED', sentence))
  })
  client.on('end', () => stream.destroy())

  /** Vouched for once, a host keeps its key: a new exchange of keys may not bring another. */
  async function verify(key: Buffer): Promise<void> {
    if (vouched === null) await hostKeys.check(host, key)
    else if (!vouched.equals(key)) throw new SluiceError('HOST_KEY_CHANGED')
    vouched = key
  }

  try {
    client.connect({
      sock: stream as Readable, // its types ask for less than it uses
      username: login.username,
      readyTimeout: 0,
      keepaliveInterval: keepAliveMs,
      keepaliveCountMax: missedAtMost,
      strictVendor: false,
      algorithms: { serverHostKey: preferred(known) },
      hostVerifier: (key: Buffer, verdict: (good: boolean) => void) => {
        verify(Buffer.from(key)).then(
          () => verdict(true),
          (error) => {
            problem ??= asSluiceError(error)
            verdict(false)
          },
        )
      },
      authHandler: (left: readonly string[] | null, _partial, next) => {
        // Asked without anything first, the server says what it takes: no password goes to one that wants keys.
        const method = left === null ? { type: 'none' as const, username: login.username } : login.next(left)
        next(method as AnyAuthMethod) // its types lack the false that ends the log-in
      },
    })
    stream.once('data', (chunk: Buffer) => {
      const other = stage === 'greeting' ? otherThanSsh(chunk, host) : null
      if (other) cut(other)
    })
    const first = await Promise.race([ready, lost])
    if (first !== 'ready') throw first ?? closedBy(stage, host)
  } catch (error) {
    cut(error instanceof SluiceError ? error : closedBy(stage, host))
    throw problem
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', aborted)
  }

  return {
    ...{ client, lost, why, cut },
    end() {
      ended = true
      client.end()
      setTimeout(() => stream.destroy(), 500).unref() // a server that does not hear it
    },
  }
}

/** All that can be used here, those first for which a key is known. RSA keys sign in several ways. */
function preferred(known: readonly string[]): ServerHostKeyAlgorithm[] {
  const usable = hostKeyAlgorithms.filter(([type]) => type !== 'ssh-ed25519' || signsEd25519())
  const first = usable.filter(([type]) => known.includes(type))
  const rest = usable.filter(([type]) => !known.includes(type))
  return [...first, ...rest].map(([, algorithm]) => algorithm)
}

const hostKeyAlgorithms: readonly (readonly [type: string, algorithm: ServerHostKeyAlgorithm])[] = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['ssh-rsa', 'rsa-sha2-512'],
  ['ssh-rsa', 'rsa-sha2-256'],
  ['ssh-rsa', 'ssh-rsa'],
]

/** The library refuses a list with what the crypto of this runtime cannot do, and those of Node and Electron differ. */
function signsEd25519(): boolean {
  try {
    return sign(null, Buffer.from('a'), generateKeyPairSync('ed25519').privateKey).length === 64
  } catch {
    return false
  }
}
