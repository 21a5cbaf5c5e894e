import { backOffMs } from './back-off.ts'
import { clientOptions, type Target } from './client-options.ts'

/** How a queue library that makes clients of its own reaches the Redis of a profile; ioredis 5 and 6 both take it. */
export interface LibraryOptions {
  readonly host?: string
  readonly port?: number
  /** Of a unix socket, in place of host and port. */
  readonly path?: string
  readonly tls?: { readonly servername?: string; readonly ca?: string }
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly connectionName: string
  readonly protocol: 2
  readonly maxRetriesPerRequest: null
  readonly connectTimeout: number
  readonly socketTimeout: number
  readonly keepAlive: number
  readonly noDelay: true
  /** Ms until the next attempt; null ends the client, and with it what waits for an answer. */
  retryStrategy(times: number): number | null
}

/** Longer than any command of bull or bullmq blocks (10 s); a socket that is silent for so long leads nowhere. */
const silentMs = 20_000
/** A worker whose lock runs out loses its job, so it may not wait as long as a screen may. */
const longestRetryMs = 2_000

/**
 * The options for a library's own clients. In contrast to our own sockets (see clientOptions) these reconnect and send
 * again what was not answered: bull and bullmq count on that, since each of their scripts tests the lock of the job and
 * does nothing the second time. `wanted` is asked before each new attempt.
 */
export function libraryOptions(target: Target, name: string, wanted: () => boolean): LibraryOptions {
  const { host, port, path, tls, db, username, password, connectionName, connectTimeout } = clientOptions(
    target,
    'dedicated',
    name,
  )
  return {
    ...(path === undefined || path === null ? { host: host ?? '', port: port ?? 0 } : { path }),
    ...(tls === undefined ? {} : { tls: tls as NonNullable<LibraryOptions['tls']> }),
    db: db ?? 0,
    ...(username === undefined ? {} : { username }),
    ...(typeof password === 'string' ? { password } : {}),
    connectionName: connectionName ?? name,
    protocol: 2,
    maxRetriesPerRequest: null,
    connectTimeout: connectTimeout ?? silentMs,
    socketTimeout: silentMs,
    keepAlive: 10_000,
    noDelay: true,
    retryStrategy: (times) => (wanted() ? Math.min(longestRetryMs, backOffMs(times)) : null),
  }
}
