import type { ConnectionStatus, Profile } from '../../domain/profile.ts'
import type { Command, Reader, Reply, Writer } from '../../systems/handles.ts'
import type { LibraryOptions } from './library-options.ts'
import type { Traffic } from './traffic.ts'

/** A connection of its own that only its owner uses: for blocking commands and for the pool's scripts. */
export interface Dedicated extends Writer {
  /** Sends one command that may block on the server up to `seconds`; rejects when the socket is cut. */
  block(seconds: number, ...command: Command): Promise<Reply>
  close(): void
}

/** A server that holds keys: the Redis itself, or one master of a cluster. */
export interface Master {
  /** `host:port`, or the path of its socket. */
  readonly name: string
  /** Reads at this server alone; rejects at once with CONNECTION_LOST while it is away. */
  readonly reader: Reader
  /** Whether it holds this key, as far as is known. Costs nothing. */
  has(key: string): boolean
}

/** The masters of a cluster; undefined for a single Redis, where a script may read any number of queues. */
export function mastersOfCluster({ profile, masters }: Pick<Connection, 'profile' | 'masters'>) {
  return profile.topology.kind === 'cluster' ? masters() : undefined
}

/** A profile that is open. All other engine parts reach Redis through this, never through a client library. */
export interface Connection {
  readonly id: string
  readonly profile: Profile
  /**
   * Reads; rejects at once with CONNECTION_LOST while Redis is away, never queues. In a cluster each command goes to the
   * master that has its key; while some masters are away, their commands have errors for replies.
   */
  readonly reader: Reader
  /** Those that each know only of themselves what SCAN, INFO or CLIENT LIST tell. A standalone Redis is one master. */
  masters(): readonly Master[]
  /** What its own sockets have carried since it was opened; costs nothing. */
  traffic(): Traffic
  status(): ConnectionStatus
  /** Calls back at each change of status; returns how to stop. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void
  /** A writer handle, made only while the connection may write; throws READ_ONLY otherwise. */
  writer(): Writer
  /**
   * A connection for one owner, named `sluice:<purpose>`; throws READ_ONLY when the connection may not write. `key` is any
   * of the keys that its owner works on: in a cluster it says at which master commands without a key are sent.
   */
  dedicated(purpose: string, key?: string): Promise<Dedicated>
  /**
   * How a queue library may connect by itself, its clients named `sluice:<purpose>`; they come back after a cut as long
   * as `wanted` says so and the connection is open and not read-only. In a cluster they lead to the master that has `key`. Throws READ_ONLY when it may not write.
   */
  clientOptions(purpose: string, wanted: () => boolean, key?: string): Promise<LibraryOptions>
  /**
   * Subscribes to channel patterns over a connection of its own, again after each reconnect; `onGap` tells that
   * messages may have been missed. Costs no command per message.
   */
  subscribe(
    patterns: readonly string[],
    onMessage: (channel: string, message: Buffer) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>>
}
