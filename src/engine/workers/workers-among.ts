import type { QueueRef } from '../../domain/queue.ts'
import type { ClientInfo, QueueSystem, WorkerInfo } from '../../systems/system.ts'

/** The clients of one server. */
export interface ClientsOf {
  readonly clients: readonly ClientInfo[]
  /** Whether this server holds a key: in a cluster a worker has sockets to all masters, and works at one. */
  has(key: string): boolean
}

/** The workers of queues among the clients of all servers; each is looked for where its queue is. Pure. */
export function workersAmong(
  servers: readonly ClientsOf[],
  system: QueueSystem,
  queues: readonly QueueRef[],
  now: number,
): WorkerInfo[] {
  if (system.workers === undefined || queues.length === 0) return []
  return servers.flatMap(({ clients, has }) => {
    const own = servers.length === 1 ? queues : queues.filter((queue) => has(system.keysOf(queue)[0]?.key ?? ''))
    return own.length === 0 ? [] : (system.workers?.(clients, own, now) ?? [])
  })
}
