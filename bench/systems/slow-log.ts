import type { Redis } from 'ioredis'

/** Begins to write down how long each script takes. */
export async function watchScripts(redis: Redis): Promise<void> {
  await redis.config('SET', 'slowlog-max-len', '1000000')
  await redis.config('SET', 'slowlog-log-slower-than', '0')
  await redis.slowlog('RESET')
}

/** How long the longest script took that Redis ran since `watchScripts`, ms, and how many there were. */
export async function longestScript(redis: Redis): Promise<{ longestMs: number; scripts: number }> {
  await redis.config('SET', 'slowlog-log-slower-than', '-1')
  const entries = (await redis.slowlog('GET', -1)) as [id: number, at: number, us: number, command: string[]][]
  const times = entries.filter(([, , , [name]]) => /^eval/i.test(name ?? '')).map(([, , us]) => us / 1000)
  return { longestMs: times.reduce((longest, ms) => Math.max(longest, ms), 0), scripts: times.length }
}
