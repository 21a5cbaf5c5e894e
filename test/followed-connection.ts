import type { ConnectionStatus } from '../src/domain/profile.ts'
import type { Heartbeat } from '../src/engine/redis/keep-open.ts'
import { type OpenConnection, openConnection } from '../src/engine/redis/open-connection.ts'
import type { Reach } from '../src/engine/redis/reach/reach.ts'
import { testProfile } from './connection.ts'

/** A connection and all that it ever said of itself. */
export interface FollowedConnection {
  readonly connection: OpenConnection
  /** All statuses that anybody was told of. */
  readonly told: ConnectionStatus[]
  /** The status as it first satisfies the test, now or later. */
  reaches(wanted: (status: ConnectionStatus) => boolean): Promise<ConnectionStatus>
}

/** Opens a connection, reachable or not, that finds out soon what became of it; whoever opens it closes it. */
export function followConnection(
  reach: Reach,
  heartbeat: Heartbeat = { everyMs: 300, timeoutMs: 300 },
): FollowedConnection {
  const connection = openConnection({ profile: testProfile({ url: '' }), reach, heartbeat })
  const told: ConnectionStatus[] = []
  connection.onStatus((status) => told.push(status))
  return {
    connection,
    told,
    reaches: (wanted) => statusReached(connection, wanted),
  }
}

/** The status of a connection as it first satisfies the test, now or later. */
export function statusReached(
  connection: OpenConnection,
  wanted: (status: ConnectionStatus) => boolean,
): Promise<ConnectionStatus> {
  return new Promise((resolve) => {
    const look = (status: ConnectionStatus) => {
      if (!wanted(status)) return
      stop()
      resolve(status)
    }
    const stop = connection.onStatus(look)
    look(connection.status())
  })
}
