import { SluiceError } from '../../domain/errors.ts'
import type { Endpoint, Ssh } from '../../domain/profile.ts'
import { connectTcp, serverName } from './connect-tcp.ts'
import type { HostKeys } from './host-keys.ts'
import type { OpenedKeys } from './private-key.ts'
import type { AskSecret } from './ssh-login.ts'
import type { SshSession } from './ssh-session.ts'
import type { TunnelStream } from './tunnel-stream.ts'

export interface DialOptions {
  /** Whose session to use: all sockets of a profile share one. A test of a draft takes an id of its own. */
  readonly profileId: string
  readonly ssh: Ssh
  /** Null when it is not known; what it throws is passed on. Asked at each log-in for what that log-in needs. */
  readonly secret: AskSecret
  /** As the SSH server sees it: its names, its `localhost`. */
  readonly to: Endpoint
  readonly signal?: AbortSignal
}

/** Ways to Redis through SSH servers. */
export interface SshTunnels {
  /**
   * A stream to `to`, over the one session of this profile, which is opened when there is none: once, however many wait
   * for it. Throws, after 12 s at the latest:
   * - SSH_FAILED: a server cannot be reached, speaks no SSH, hangs, closes, or does not let us through;
   * - SSH_AUTH_FAILED: it refuses us, or a key or the agent is of no use. Trying again by itself gets people locked out;
   * - HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, SECRET_MISSING: with what a person can do as remedy;
   * - CONNECTION_REFUSED, CONNECT_TIMEOUT: the server is well, but does not reach `to`;
   * - the reason of `signal` when that is aborted; the session may still open, for the next one who asks.
   */
  dial(options: DialOptions): Promise<TunnelStream>
  /** Ends the session of a profile, with all its sockets. */
  close(profileId: string): void
  closeAll(): void
  /** Told why when a session that was up is gone, but not for `close` and for disuse; its sockets are gone then. Returns how to stop listening. */
  onLost(listener: (profileId: string, why: SluiceError) => void): () => void
}

export interface SshTunnelsOptions {
  readonly hostKeys: HostKeys
  /** How long a session stays up without a socket, in ms. */
  readonly idleMs?: number
  /** How long it may take to open a session and a socket through it, in ms. */
  readonly dialMs?: number
  /** How long a session may say nothing when it is asked for a socket, before it is taken for dead and opened anew, in ms. */
  readonly answerMs?: number
}

/** One way of a profile: its sessions, or the attempt to open them. */
interface Way {
  readonly settings: string
  readonly opening: Promise<SshSession>
  session: SshSession | null
  /** Who waits for a socket now. */
  waiting: number
  idle: NodeJS.Timeout | undefined
  end(): void
}

/** Makes the tunnels of this process. */
export function createSshTunnels(options: SshTunnelsOptions): SshTunnels {
  const { hostKeys, idleMs = 60_000, dialMs = 12_000, answerMs = 4_000 } = options
  const ways = new Map<string, Way>()
  /** Ways of settings that were changed since: they end when their last socket does. */
  const former = new Map<Way, string>()
  /** By profile; forgotten when it is closed. */
  const keysOf = new Map<string, OpenedKeys>()
  const listeners = new Set<(profileId: string, why: SluiceError) => void>()

  function wayOf({ profileId, ssh, secret }: DialOptions): Way {
    const settings = JSON.stringify(ssh)
    const existing = ways.get(profileId)
    if (existing?.settings === settings && existing.session?.open !== false) return existing
    if (existing) {
      former.set(existing, profileId)
      leave(existing, 0)
    }
    const way = startWay(profileId, ssh, secret, settings)
    ways.set(profileId, way)
    return way
  }

  function startWay(profileId: string, ssh: Ssh, secret: AskSecret, settings: string): Way {
    const attempt = new AbortController()
    const late = setTimeout(() => attempt.abort(tooLate(ssh)), dialMs)
    const keys: OpenedKeys = keysOf.get(profileId) ?? new Map()
    keysOf.set(profileId, keys)
    const opening = openWay(ssh, secret, keys, attempt.signal).finally(() => clearTimeout(late))
    const way: Way = {
      ...{ settings, opening, session: null, waiting: 0, idle: undefined },
      end() {
        clearTimeout(way.idle)
        attempt.abort(new SluiceError('SSH_FAILED', 'The SSH connection was closed.'))
        way.session?.end()
        forget()
      },
    }
    const forget = () => {
      clearTimeout(way.idle)
      former.delete(way)
      if (ways.get(profileId) === way) ways.delete(profileId)
    }
    opening.then((session) => {
      way.session = session
      if (attempt.signal.aborted) session.end()
      session.onUnused(() => leave(way))
      void session.lost.then((why) => {
        forget()
        if (why !== null) for (const listener of listeners) listener(profileId, why)
      })
      leave(way)
    }, forget)
    return way
  }

  /** Ends a way that nobody uses, after a while; one of former settings at once. */
  function leave(way: Way, afterMs = former.has(way) ? 0 : idleMs): void {
    clearTimeout(way.idle)
    if (way.session === null) return
    way.idle = setTimeout(() => {
      if (way.waiting === 0 && way.session?.streams === 0) way.end()
    }, afterMs)
    way.idle.unref()
  }

  /** Opens the session with the server, over one with its jump host where it has one. */
  async function openWay(ssh: Ssh, secret: AskSecret, keys: OpenedKeys, signal: AbortSignal): Promise<SshSession> {
    const { jump, ...host } = ssh
    // They bring the SSH library, which an app without a tunnel need not hold in memory.
    const [{ prepareLogin }, { openSession }] = await Promise.all([
      import('./ssh-login.ts'),
      import('./ssh-session.ts'),
    ])
    // What a person has to enter is asked for before anything is connected.
    const jumpLogin = jump && (await unlessAborted(prepareLogin(jump, 'jump', secret, keys), signal))
    const login = await unlessAborted(prepareLogin(host, 'ssh', secret, keys), signal)
    const shared = { hostKeys, signal, answerMs }
    if (!jump || !jumpLogin) return openSession({ ...shared, host, login, stream: await connectTcp(host, signal) })

    const stream = await connectTcp(jump, signal)
    const first = await openSession({ ...shared, host: jump, login: jumpLogin, stream })
    try {
      const session = await openSession({ ...shared, host, login, stream: await through(first, jump, host, signal) })
      void session.lost.then(() => first.end())
      return session
    } catch (error) {
      first.end()
      throw error
    }
  }

  async function dial(options: DialOptions): Promise<TunnelStream> {
    const signal = AbortSignal.any([AbortSignal.timeout(dialMs), ...(options.signal ? [options.signal] : [])])
    const reason = () => (options.signal?.aborted ? options.signal.reason : tooLate(options.ssh))
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) throw reason()
      const way = wayOf(options)
      const wasOpen = way.session !== null
      way.waiting++
      try {
        const session = await unlessAborted(way.opening, signal)
        return await session.dial(options.to, signal)
      } catch (error) {
        if (signal.aborted) throw reason()
        // A session may be dead for long before it is asked for something. Nothing was sent through it: open another.
        if (wasOpen && attempt === 1 && way.session?.open === false) continue
        throw error
      } finally {
        way.waiting--
        if (way.session?.streams === 0) leave(way)
      }
    }
  }

  function close(profileId: string): void {
    keysOf.delete(profileId)
    ways.get(profileId)?.end()
    for (const [way, id] of former) if (id === profileId) way.end()
  }

  return {
    dial,
    close,
    closeAll() {
      for (const id of new Set([...ways.keys(), ...former.values(), ...keysOf.keys()])) close(id)
    },
    onLost(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

const tooLate = (ssh: Ssh) =>
  new SluiceError('SSH_FAILED', `No way through the SSH server ${serverName(ssh)} could be opened in time.`)

/** The stream from a jump host to the server behind it. That server not being there is a matter of SSH, not of Redis. */
async function through(first: SshSession, jump: Endpoint, host: Endpoint, signal: AbortSignal): Promise<TunnelStream> {
  try {
    return await first.dial({ host: host.host, port: host.port }, signal)
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error
    const name = serverName(jump)
    throw new SluiceError('SSH_FAILED', error.message.replace(`The SSH server ${name}`, `The jump host ${name}`))
  }
}

/** What `work` brings; throws the reason of the signal at once when that comes first, whatever `work` still does. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    if (signal.aborted) aborted()
    signal.addEventListener('abort', aborted)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}
