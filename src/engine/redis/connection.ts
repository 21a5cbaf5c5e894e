import type { ConnectionStatus, Profile } from '../../domain/profile.ts'
import type { Command, Reader, Reply, Writer } from '../../systems/handles.ts'
import type { LibraryOptions } from './library-options.ts'

/** A connection of its own that only its owner uses: for blocking commands and for the pool's scripts. */
export interface Dedicated extends Writer {
  /** Sends one command that may block on the server up to `seconds`; rejects when the socket is cut. */
  block(seconds: number, ...command: Command): Promise<Reply>
  close(): void
}

/** A profile that is open. All other engine parts reach Redis through this, never through a client library. */
export interface Connection {
  readonly id: string
  readonly profile: Profile
  /** Reads; rejects at once with CONNECTION_LOST while Redis is away, never queues. */
  readonly reader: Reader
  status(): ConnectionStatus
  /** Calls back at each change of status; returns how to stop. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void
  /** A writer handle, made only while the connection may write; throws READ_ONLY otherwise. */
  writer(): Writer
  /** A connection for one owner, named `sluice:<purpose>`; throws READ_ONLY when the connection may not write. */
  dedicated(purpose: string): Promise<Dedicated>
  /**
   * How a queue library may connect by itself, its clients named `sluice:<purpose>`; they come back after a cut as long
   * as `wanted` says so and the connection is open and not read-only. Throws READ_ONLY when it may not write.
   */
  clientOptions(purpose: string, wanted: () => boolean): Promise<LibraryOptions>
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
