import { isRefused, SluiceError } from '../../domain/errors.ts'
import type { RedisStats } from '../../domain/sample.ts'
import type { Reader } from '../../systems/handles.ts'
import { parseInfo } from '../sampler/info.ts'

/**
 * 1 round trip: INFO. The old helper's redis_stats with its own names and formats (keys of all databases, memory as
 * Redis abbreviates it: "2.50M"), and all else that INFO tells. Throws NO_PERMISSION where INFO is refused.
 */
export async function redisStats(
  reader: Reader,
): Promise<{ keys_count: number; memory_used: string; connected_clients: number; info: RedisStats }> {
  const reply = await reader.call('INFO').catch((error: unknown) => {
    throw isRefused(error) ? new SluiceError('NO_PERMISSION', 'This Redis user may not run INFO.') : error
  })
  const { stats, usedMemoryHuman } = parseInfo(String(reply))
  return { keys_count: stats.keys, memory_used: usedMemoryHuman, connected_clients: stats.clients, info: stats }
}
