import type { SluiceError } from '../../domain/errors.ts'
import type { Reader, Writer } from '../../systems/handles.ts'
import type { Purpose, Target } from './client-options.ts'
import type { Dedicated, Master } from './connection.ts'
import type { Heartbeat } from './keep-open.ts'
import type { Link } from './link.ts'
import type { Reach } from './reach/reach.ts'

/** What a connection hears of its servers. */
export interface ServersState {
  readonly status: 'ready' | 'reconnecting' | 'failed'
  /** What is wrong; with `ready`, what is away while the rest answers. */
  readonly problem: SluiceError | null
  /** Those that are read from now, `host:port`. */
  readonly servers: readonly string[]
}

export interface ServersOptions {
  readonly reach: Reach
  readonly heartbeat: Heartbeat
  open(target: Target, purpose: Purpose, name?: string): Promise<Link>
  onState(state: ServersState): void
}

/**
 * The servers behind one profile, kept open for reading: one (see openServer), or the masters of a cluster (see
 * openCluster). It knows no permissions: who asks for a writer says what it has to satisfy before each command.
 */
export interface Servers {
  readonly reader: Reader
  masters(): readonly Master[]
  /** `demand` is called before each command, and throws when it may not be sent. */
  writer(demand: () => void): Writer
  /** Drops the sockets of all writers; what is in flight is rejected. */
  dropWriters(): void
  /** `demand` is called before each socket that is opened. `key` says in which master of a cluster its owner works. */
  dedicated(purpose: string, demand: () => void, key?: string): Promise<Dedicated>
  /** A socket for a subscription: messages reach every node of a cluster, so any will do. */
  openEvents(): Promise<Link>
  /** Finds out at once who is there; resolves when it is known. Never rejects. */
  check(): Promise<void>
  stop(): void
}
