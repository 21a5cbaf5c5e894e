import { isRefused, SluiceError } from '../../domain/errors.ts'
import type { RedisStats } from '../../domain/sample.ts'
import type { Master } from '../redis/connection.ts'
import { parseInfo } from '../sampler/info.ts'
import { sumInfo } from '../sampler/sum-info.ts'

/**
 * 1 round trip: INFO at each master that answers, at a time. The old helper's redis_stats with its own names and formats (keys of all databases, memory as
 * Redis abbreviates it: "2.50M"), and all else that INFO tells. Throws NO_PERMISSION where INFO is refused.
 */
export async function redisStats(
  masters: readonly Pick<Master, 'reader'>[],
): Promise<{ keys_count: number; memory_used: string; connected_clients: number; info: RedisStats }> {
  const replies = await Promise.allSettled(masters.map(({ reader }) => reader.call('INFO')))
  const told = replies.flatMap((reply) => (reply.status === 'fulfilled' ? [parseInfo(String(reply.value))] : []))
  const sum = sumInfo(told)
  if (sum === null) {
    const why: unknown =
      replies.find((reply) => reply.status === 'rejected')?.reason ?? new SluiceError('CONNECTION_LOST')
    throw isRefused(why) ? new SluiceError('NO_PERMISSION', 'This Redis user may not run INFO.') : why
  }
  const { stats, usedMemoryHuman } = sum
  return { keys_count: stats.keys, memory_used: usedMemoryHuman, connected_clients: stats.clients, info: stats }
}
