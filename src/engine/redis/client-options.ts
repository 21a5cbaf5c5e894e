import { isIP } from 'node:net'
import type { RedisOptions } from 'ioredis'
import type { RedisAddress } from './redis-url.ts'

/** What a socket is for: each purpose has its own, so that a slow page never holds back a write, nor a job a page. */
export type Purpose = 'read' | 'write' | 'dedicated' | 'events'

/** Everything needed to open a socket to one Redis. */
export interface Target {
  readonly address: RedisAddress
  readonly password: string | null
  /** PEM certificates of authorities to trust in place of Node's own list. */
  readonly ca?: string
}

/** How long a whole attempt to open a socket may take: name look-up, TCP, TLS, log-in and the first PING. */
export const connectTimeoutMs = 8_000

/** Until a command counts as unanswered. A script that writes may take longer than any read of ours. */
const commandTimeoutMs: Readonly<Record<Purpose, number>> = {
  read: 5_000,
  write: 10_000,
  dedicated: 10_000,
  events: 5_000,
}

/** What CLIENT LIST calls our sockets. */
export const namePrefix = 'sluice:'

/**
 * The options of one socket. By default the client would run a destructive command twice: cut between the server's work
 * and its answer, it reconnects and sends the command again. So here no client ever reconnects (`retryStrategy` says
 * stop): whatever was in flight is rejected at the cut, nothing waits in a queue for later, and whoever owns the socket
 * opens another one. `autoResendUnfulfilledCommands` and `maxRetriesPerRequest` say the same once more, should a later
 * version of the client read them first.
 */
export function clientOptions(target: Target, purpose: Purpose, name: string = purpose): RedisOptions {
  const { address, password } = target
  return {
    ...(address.transport === 'unix' ? { path: address.path } : { host: address.host, port: address.port }),
    ...(address.transport === 'tls' ? { tls: tlsOptions(address.host, target.ca) } : {}),
    db: address.db,
    // A user without a password still has to be named: AUTH user "".
    ...(address.username === null ? {} : { username: address.username }),
    ...(password === null && address.username === null ? {} : { password: password ?? '' }),
    connectionName: namePrefix + name.replace(/[^\w:.@-]/g, '_'),
    protocol: 2,
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    // The ready check needs INFO, which an ACL user may lack; the first PING finds out the same.
    enableReadyCheck: false,
    disableClientInfo: true,
    // Whoever opens the link has a shorter deadline, which knows what it was waiting for.
    connectTimeout: connectTimeoutMs + 1_000,
    commandTimeout: commandTimeoutMs[purpose],
    // After a drop, how long to wait for the peer's goodbye: a dead peer never says it.
    disconnectTimeout: 100,
    keepAlive: 10_000,
    noDelay: true,
    showFriendlyErrorStack: false,
  }
}

function tlsOptions(host: string, ca: string | undefined) {
  return { ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) }
}
