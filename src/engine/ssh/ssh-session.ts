import { SluiceError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/profile.ts'
import { type ClientOptions, openClient } from './open-client.ts'
import { closedBy, refusedChannel, silentAt, unansweredChannel } from './ssh-failure.ts'
import { TunnelStream } from './tunnel-stream.ts'

/** How long a server may take to connect to where we want to go. */
const channelMs = 6_000
/** One session with one SSH server, logged in. */
export interface SshSession {
  /** How many streams go through it. */
  readonly streams: number
  /** False from the moment it is gone or is being ended. */
  readonly open: boolean
  /**
   * A stream to `to`, as the server sees it. Throws SSH_FAILED when the server does not let us through or is gone,
   * CONNECTION_REFUSED or CONNECT_TIMEOUT when it cannot reach `to`, and the reason of `signal` when that is aborted
   * first. A server that says nothing at all when it is asked is taken for dead, and the session ended.
   */
  dial(to: Endpoint, signal: AbortSignal): Promise<TunnelStream>
  /** Ends it with all its streams. */
  end(): void
  /** Resolves when it is gone: with why, or null when it was ended here; never rejects. */
  readonly lost: Promise<SluiceError | null>
  /** Told each time the last of its streams was closed. */
  onUnused(listener: () => void): void
}

export interface SessionOptions extends ClientOptions {
  /** How long it may say nothing at all when it is asked something, before it counts as dead. */
  readonly answerMs: number
}

/** Opens a session; throws as `openClient` does. */
export async function openSession(options: SessionOptions): Promise<SshSession> {
  const { client, lost, why, cut, end } = await openClient(options)
  const { host, stream: below, answerMs } = options
  const streams = new Set<TunnelStream>()
  let open = true
  let onUnused = () => {}

  function leave() {
    open = false
    const reason = why() ?? undefined
    for (const stream of streams) stream.destroy(reason)
  }
  // Before the library closes its channels without a reason.
  if (below.closed) leave()
  else below.prependOnceListener('close', leave)

  function dial(to: Endpoint, signal: AbortSignal): Promise<TunnelStream> {
    return new Promise((resolve, reject) => {
      let settled = false
      const timers = [
        setTimeout(() => {
          if (!heard) cut(silentAt('open', host))
        }, answerMs),
        setTimeout(() => fail(unansweredChannel(host, to)), channelMs),
      ]
      function settle(): boolean {
        if (settled) return false
        settled = true
        for (const timer of timers) clearTimeout(timer)
        signal.removeEventListener('abort', aborted)
        return true
      }
      function fail(error: unknown) {
        if (settle()) reject(error)
      }
      const aborted = () => fail(signal.reason)
      const gone = () => void lost.then((reason) => fail(reason ?? new SluiceError('SSH_FAILED', closing)))
      let heard = false

      if (signal.aborted) return aborted()
      if (!open) return gone()
      signal.addEventListener('abort', aborted)
      gone()
      try {
        client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, channel) => {
          if (error) {
            // Without a session the library calls each of its channels refused: `gone` knows why.
            if (open && 'reason' in error && error.reason !== undefined) fail(refusedChannel(error, host, to))
            return
          }
          const stream = new TunnelStream(channel)
          streams.add(stream)
          stream.once('close', () => {
            streams.delete(stream)
            if (streams.size === 0) onUnused()
          })
          if (!settle()) stream.destroy()
          else if (open) resolve(stream)
          else gone()
        })
        // Says that no shell will be asked for, which is so. Every server answers, also one that does not know it.
        client.openssh_noMoreSessions(() => {
          heard = true
        })
      } catch {
        cut(closedBy('open', host)) // it cannot be written to any more
      }
    })
  }

  return {
    get streams() {
      return streams.size
    },
    get open() {
      return open
    },
    dial,
    lost,
    end() {
      if (!open) return
      end()
      leave()
    },
    onUnused(listener) {
      onUnused = listener
    },
  }
}

const closing = 'The SSH connection was closed.'
