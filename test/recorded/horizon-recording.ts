import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'

interface Recorded {
  readonly key: string
  readonly hash?: Record<string, string>
  readonly set?: string[]
  /** Members and scores in turn. */
  readonly zset?: string[]
  /** Members whose score is the time at which they are put there: processes that live. */
  readonly beat?: string[]
}

/** Puts an installation of Horizon into Redis; see `origin` in the file for where it comes from. */
export async function putHorizon(redis: Redis): Promise<{ prefix: string }> {
  const file = new URL('horizon-5.json', import.meta.url)
  const { prefix, keys } = JSON.parse(readFileSync(file, 'utf8')) as { prefix: string; keys: Recorded[] }
  const [now = '0'] = (await redis.time()).map(String)
  for (const { key, hash, set, zset, beat } of keys) {
    if (hash) await redis.hset(key, hash)
    if (set) await redis.sadd(key, set)
    for (let i = 0; zset && i < zset.length; i += 2) await redis.zadd(key, zset[i + 1] ?? '', zset[i] ?? '')
    for (const member of beat ?? []) await redis.zadd(key, now, member)
  }
  return { prefix }
}
