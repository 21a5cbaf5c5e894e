import type { Duplex } from 'node:stream'
import type { RedisOptions } from 'ioredis'
import type { Endpoint } from '../../domain/profile.ts'
import type { RedisAddress } from '../../domain/redis-url.ts'
import { connectorOf, disconnectTimeoutMs } from './connector.ts'
import type { StreamStep } from './open-stream.ts'

/** What a socket is for: each purpose has its own, so that a slow page never holds back a write, nor a job a page. */
export type Purpose = 'read' | 'write' | 'dedicated' | 'events'

/** How TLS is laid over a socket; all text in PEM. What is not given is Node's own way. */
export interface TargetTls {
  /** Authorities to trust in place of Node's own list. */
  readonly ca?: string
  /** Our own certificate and its key, for a server that asks for one. */
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  /** The name that the certificate must bear, where that is not the host. */
  readonly servername?: string
  /** False takes any certificate. */
  readonly verify?: boolean
}

/** Everything needed to open a socket to one Redis. */
export interface Target {
  readonly address: RedisAddress
  readonly password: string | null
  /** Used when the transport of the address is `tls`. */
  readonly tls?: TargetTls
  /** Makes the stream in place of a socket of this computer: through an SSH server. Rejects with a SluiceError. */
  readonly dial?: (to: Endpoint, signal: AbortSignal) => Promise<Duplex>
  /** Aborted once the Sentinels name another master; whoever holds a socket to this one drops it. */
  readonly superseded?: AbortSignal
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
 * opens another one. The stream itself is made by our connector: `target` is opened as it is. `autoResendUnfulfilledCommands` and `maxRetriesPerRequest` say the same once more, should a later
 * version of the client read them first.
 */
export function clientOptions(
  target: Target,
  purpose: Purpose,
  name: string = purpose,
  onStep: (step: StreamStep) => void = () => {},
): RedisOptions {
  const { address, password } = target
  return {
    // Whoever opens the link has a deadline, which knows what it was waiting for.
    Connector: connectorOf({ target: async () => target, onStep }),
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
    commandTimeout: commandTimeoutMs[purpose],
    // After a drop, how long to wait for the peer's goodbye: a dead peer never says it.
    disconnectTimeout: disconnectTimeoutMs,
    keepAlive: 10_000,
    noDelay: true,
    showFriendlyErrorStack: false,
  }
}
