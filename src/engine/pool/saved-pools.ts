import { join } from 'node:path'
import { type PoolConfig, poolConfigSchema } from '../../domain/pool.ts'
import { openSavedList, type SavedList } from '../profiles/saved-list.ts'

/** The pools that were saved, of all profiles. */
export type SavedPools = SavedList<PoolConfig>

/** Opens `pools.json` of the data folder. Throws DISK_FAILED when it is there and cannot be read. */
export function openSavedPools({ folder, isProfile }: { folder: string; isProfile(id: string): boolean }) {
  return openSavedList({ file: join(folder, 'pools.json'), name: 'pools', config: poolConfigSchema, isProfile })
}
