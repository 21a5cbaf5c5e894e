import type { QueueRef } from '../../domain/queue.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import type { ClientInfo, WorkerInfo } from '../system.ts'

/**
 * No Redis command. A Bull worker names the connection on which it waits for jobs `P:base64(Q)`; there is one for each
 * queue object that processes, whatever its concurrency. The name is matched whole against the known queues, however
 * they are split into prefix and name. BullMQ names its connections alike but waits by BZPOPMIN. Bull 4.
 */
export function workers(clients: readonly ClientInfo[], queues: readonly QueueRef[], now: number): WorkerInfo[] {
  const known = new Map(queues.filter(({ system }) => system === 'bull').map((queue) => [baseOf(queue), queue]))
  return clients.flatMap(({ id, name, address, ageSeconds, command }) => {
    const colon = name.lastIndexOf(':')
    const base = `${name.slice(0, colon)}:${Buffer.from(name.slice(colon + 1), 'base64').toString('utf8')}:`
    const queue = colon > 0 && command !== 'bzpopmin' ? known.get(base) : undefined
    return queue ? [{ queue, id: `client ${id}`, address, since: now - ageSeconds * 1000 }] : []
  })
}
