import { asSluiceError, isRefused } from '../../domain/errors.ts'
import { listSystems } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader } from '../../systems/handles.ts'
import type { QueueSystem, WorkerInfo } from '../../systems/system.ts'
import { layoutOf } from '../pool/lists/layout.ts'
import type { Connection } from '../redis/connection.ts'
import { parseClientList } from './client-list.ts'
import { type ClientsOf, workersAmong } from './workers-among.ts'

/** How every connection of this program, on whatever computer, is called in CLIENT LIST. */
const ownName = 'sluice:'

export interface ListedWorker extends WorkerInfo {
  /** A worker of a Sluice: of this one, or of a colleague's. */
  readonly ours: boolean
}

/**
 * 1 round trip, and those of systems whose workers keep keys of their own: CLIENT LIST at each master, and one command a queue that pools may work on. Everyone who serves the queues, as far as it can be
 * seen: clients that their library names after the queue, and workers of pools, which leave a lease. Programs that pop
 * a list over an unnamed connection cannot be told apart from others. A refused CLIENT LIST is a sentence in `problem`.
 */
export async function listWorkers(
  connection: Pick<Connection, 'reader' | 'masters'>,
  queues: readonly QueueRef[],
  systems: readonly QueueSystem[],
): Promise<{ workers: ListedWorker[]; problem: string | null }> {
  const leases = leasesOf(queues)
  const masters = connection.masters()
  const [replies, ...lists] = await Promise.all([
    connection.reader.pipeline([['TIME'], ...leases.commands]),
    ...masters.map(({ reader }) => reader.call('CLIENT', 'LIST').catch((error: unknown) => asSluiceError(error))),
  ])
  const [time] = replies
  const now = Date.now()
  const servers = masters.map(({ has }, i): ClientsOf => {
    const list = lists[i]
    return { clients: Buffer.isBuffer(list) ? parseClientList(list.toString()) : [], has }
  })
  const clients = servers.flatMap((server) => server.clients)
  const refused = lists.find((list) => list instanceof Error)
  const ownAddresses = new Set(clients.flatMap(({ name, address }) => (name.startsWith(ownName) ? [address] : [])))
  const seen = systems.flatMap((system) => {
    const own = queues.filter((queue) => queue.system === system.id)
    return workersAmong(servers, system, own, now)
  })
  const serverNow = Array.isArray(time) ? Number(time[0]) * 1000 : now
  const inKeys = await Promise.all(
    systems.map((system) => {
      const own = queues.filter((queue) => queue.system === system.id)
      return own.length === 0 ? [] : (system.workersInKeys?.(connection.reader, own, serverNow) ?? [])
    }),
  )
  return {
    workers: [
      ...leases.read(replies.slice(1), serverNow),
      ...inKeys.flat().map((worker) => ({ ...worker, ours: false })),
      ...seen.map((worker) => ({ ...worker, ours: worker.address !== null && ownAddresses.has(worker.address) })),
    ],
    problem: refused instanceof Error ? problemOf(refused) : null,
  }
}

/** Workers of pools that are alive by their leases: worker -> ms on Redis's clock (pool/lists/layout.ts). */
function leasesOf(queues: readonly QueueRef[]) {
  const lists = queues.flatMap((queue) => {
    const system = listSystems.find((id) => id === queue.system)
    return system === undefined ? [] : [{ queue, key: layoutOf(system, queue.prefix, queue.name).leases }]
  })
  return {
    commands: lists.map(({ key }): Command => ['ZRANGE', key, 0, -1, 'WITHSCORES']),
    read(replies: Awaited<ReturnType<Reader['pipeline']>>, now: number): ListedWorker[] {
      return lists.flatMap(({ queue }, i) => {
        const reply = replies[i]
        if (!Array.isArray(reply)) return []
        return reply.flatMap((id, at) => {
          const alive = at % 2 === 0 && Number(reply[at + 1]) > now
          return alive ? [{ queue, id: String(id), address: null, since: null, ours: true }] : []
        })
      })
    },
  }
}

function problemOf(error: Error): string {
  const rest = 'only workers that leave a trace in keys are shown.'
  return isRefused(error)
    ? `This Redis user may not run CLIENT LIST: ${rest}`
    : `CLIENT LIST failed (${error.message}): ${rest}`
}
