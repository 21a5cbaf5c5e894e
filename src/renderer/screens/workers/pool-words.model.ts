import { listSystems, type PoolConfig, type PoolStatus } from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { fileName, handlerLooks } from '../../components/handler-look.ts'

/** What does the jobs of a pool: "E-mail", or the name of its own file. */
export function handlerWords({ handler, file }: PoolConfig): string {
  return handler === 'own' && file !== null ? fileName(file) : handlerLooks[handler].label
}

/** The queue that it works on. */
export function queueOf({ system, queuePrefix, queueName }: PoolConfig): QueueRef {
  return { system, prefix: queuePrefix, name: queueName }
}

/** Why a pool has no job to show. `waiting` is null for a queue that is not known on its connection. */
export function noJobSentence(pool: { works: boolean; paused: boolean; waiting: number | null }): string {
  if (!pool.works) return 'Start these workers again to go on with the queue.'
  if (pool.waiting === null) {
    return 'There is no queue of that name now: it begins with its first job. If there should be jobs, look at its prefix and its name.'
  }
  if (pool.paused) return 'The queue is paused. Resume it, and its jobs begin.'
  if (pool.waiting === 0)
    return 'Nothing waits in the queue. The next job that comes is shown here, with how far it is.'
  return 'As soon as a worker here takes a job, it is shown with how far it is and what became of it.'
}

/** Whether its jobs are in lists that Sluice's own protocol works on, which can be counted and paused as one. */
export function isListPool({ system }: PoolConfig): boolean {
  return listSystems.some((id) => id === system)
}

/** What happens to the world when its jobs are done; null for handlers that are the operator's own. */
export function modeWords({ mode, config }: PoolStatus): { label: 'live' | 'dev'; title: string } | null {
  if (config.handler === 'own' || config.handler === 'csv') return null
  if (mode === 'dev') return { label: 'dev', title: 'No provider key is set: messages are only rendered' }
  if (config.handler === 'http') return { label: 'live', title: 'Calls go out to real servers' }
  if (config.handler === 'request') return { label: 'live', title: 'Requests go to the local API for real' }
  return { label: 'live', title: 'Messages go to real people through the provider' }
}
