import type { QueueRef } from '../../domain/queue.ts'
import { defaultPrefix } from '../shared/hashed-jobs/layout.ts'
import type { ClientInfo, WorkerInfo } from '../system.ts'

/**
 * No Redis command. A BullMQ worker names the connection on which it waits for jobs `P:base64(Q)`, or with the `name`
 * option `P:base64(Q):w:NAME`; there is one for each Worker object, whatever its concurrency. `...:qe` only listens to
 * events. Bull names its connections alike, so only queues known as BullMQ's count. BullMQ 5 and 6.
 */
export function workers(clients: readonly ClientInfo[], queues: readonly QueueRef[], now: number): WorkerInfo[] {
  const known = new Map(queues.filter(({ system }) => system === 'bullmq').map((queue) => [clientName(queue), queue]))
  return clients.flatMap((client) => {
    for (const { queueName, worker } of readings(client.name)) {
      const queue = known.get(queueName)
      if (queue === undefined) continue
      const id = worker === null ? `client ${client.id}` : `${worker} (client ${client.id})`
      return [{ queue, id, address: client.address, since: now - client.ageSeconds * 1000 }]
    }
    return []
  })
}

function clientName({ prefix, name }: QueueRef): string {
  return `${prefix === '' ? defaultPrefix : prefix}:${Buffer.from(name).toString('base64')}`
}

/** All ways to split a connection's name: a prefix or a worker's name may hold `:w:` itself. */
function readings(name: string): { queueName: string; worker: string | null }[] {
  const found: { queueName: string; worker: string | null }[] = [{ queueName: name, worker: null }]
  for (let at = name.indexOf(':w:'); at >= 0; at = name.indexOf(':w:', at + 1)) {
    found.push({ queueName: name.slice(0, at), worker: name.slice(at + 3) })
  }
  return found
}
