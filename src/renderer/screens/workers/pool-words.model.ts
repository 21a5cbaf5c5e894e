import { listSystems, type PoolConfig, type PoolStatus } from '../../../domain/pool.ts'
import { fileName, handlerLooks } from '../../components/handler-look.ts'

/** What does the jobs of a pool: "E-mail", or the name of its own file. */
export function handlerWords({ handler, file }: PoolConfig): string {
  return handler === 'own' && file !== null ? fileName(file) : handlerLooks[handler].label
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
