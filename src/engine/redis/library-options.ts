import { backOffMs } from './back-off.ts'
import { clientOptions, connectTimeoutMs, type Target } from './client-options.ts'
import { slotOf } from './cluster/slot.ts'
import { connectorOf } from './connector.ts'

/**
 * The class as the types of ioredis 5 and 6 both take it: for the compiler the connectors of the two have nothing to do with
 * each other, and `never` is all of them.
 */
type AnyConnector = new (options: unknown) => never

/** How a queue library that makes clients of its own reaches the Redis of a profile; ioredis 5 and 6 both take it. */
export interface LibraryOptions {
  /** Makes the streams: from here, through SSH, with TLS, to whoever is the master at that moment. */
  readonly Connector: AnyConnector
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly connectionName: string
  readonly protocol: 2
  readonly maxRetriesPerRequest: null
  readonly socketTimeout: number
  readonly keepAlive: number
  readonly noDelay: true
  /** Ms until the next attempt; null ends the client, and with it what waits for an answer. */
  retryStrategy(times: number): number | null
  /** 2 where a command did not run because this server is the wrong one: connect anew, and send it again there. */
  reconnectOnError(error: Error): false | 2
}

export interface LibraryNeeds {
  /** Asked before each attempt. */
  target(): Promise<Target>
  /** What CLIENT LIST calls the clients. */
  readonly name: string
  /** Asked before each new attempt. */
  wanted(): boolean
  /** Any key of the queue: in a cluster, its slot says which master `target` leads to. */
  readonly key?: string | Buffer
}

/** Longer than any command of bull or bullmq blocks (10 s); a socket that is silent for so long leads nowhere. */
const silentMs = 20_000
/** A worker whose lock runs out loses its job, so it may not wait as long as a screen may. */
const longestRetryMs = 2_000

/**
 * The options for a library's own clients. In contrast to our own sockets (see clientOptions) these reconnect and send
 * again what was not answered: bull and bullmq count on that, since each of their scripts tests the lock of the job and
 * does nothing the second time. A master that became a replica, or a slot that moved, makes them connect anew as well.
 * Throws what `target` throws. Cost: what `target` costs, at each attempt.
 */
export async function libraryOptions({ target, name, wanted, key }: LibraryNeeds): Promise<LibraryOptions> {
  const { db, username, password, connectionName } = clientOptions(await target(), 'dedicated', name)
  return {
    Connector: connectorOf({ target, timeoutMs: connectTimeoutMs }) as unknown as AnyConnector,
    db: db ?? 0,
    ...(username === undefined ? {} : { username }),
    ...(typeof password === 'string' ? { password } : {}),
    connectionName: connectionName ?? name,
    protocol: 2,
    maxRetriesPerRequest: null,
    socketTimeout: silentMs,
    keepAlive: 10_000,
    noDelay: true,
    retryStrategy: (times) => (wanted() ? Math.min(longestRetryMs, backOffMs(times)) : null),
    reconnectOnError: ({ message }) => (isElsewhere(message, key) ? 2 : false),
  }
}

/**
 * Whether a command did not run because another server has to be asked. Before Redis 7 the refusal of a replica comes
 * wrapped into the error of the script. A MOVED that names another slot than that of the queue would never be mended by
 * connecting anew.
 */
function isElsewhere(message: string, key: string | Buffer | undefined): boolean {
  if (/^READONLY |: -READONLY /.test(message)) return true
  const moved = /^MOVED (\d+) /.exec(message)?.[1]
  return moved !== undefined && key !== undefined && Number(moved) === slotOf(key)
}
