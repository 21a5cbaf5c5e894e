import type { Redis } from 'ioredis'

const hour = 3_600_000
const times = ['timestamp', 'processedOn', 'finishedOn', 'retriedOn']

/**
 * All keys of a queue of Bull or BullMQ that begin with `base`, without what two moments make different: of times that
 * they are there, of delays and due times whole hours. `told` picks the events that count.
 */
export async function contents(
  redis: Redis,
  base: string,
  told: (event: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const key of (await redis.keys(`${base}*`)).sort()) {
    const suffix = key.slice(base.length)
    const type = await redis.type(key)
    if (type === 'hash') found[suffix] = hashOf(await redis.hgetall(key))
    else if (type === 'list') found[suffix] = await redis.lrange(key, 0, -1)
    else if (type === 'zset') found[suffix] = scoresOf(suffix, await redis.zrange(key, 0, '-1', 'WITHSCORES'))
    else if (type === 'stream') {
      const events = eventsOf(await redis.xrange(key, '-', '+')).filter(told)
      if (events.length > 0) found[suffix] = events
    } else if (type === 'set') found[suffix] = (await redis.smembers(key)).sort()
    // Each worker has a token of its own.
    else found[suffix] = suffix.endsWith(':lock') || (await redis.get(key))
  }
  return found
}

function hashOf(hash: Record<string, string>): Record<string, unknown> {
  const entries = Object.entries(hash).map(([field, value]) => {
    if (times.includes(field)) return [field, /^\d{13}$/.test(value)]
    if (field === 'delay') return [field, Math.round(Number(value) / hour)]
    if (field !== 'opts') return [field, value]
    const { timestamp, ...options } = JSON.parse(value) as Record<string, unknown>
    return [field, { ...options, timestamp: typeof timestamp }]
  })
  return Object.fromEntries(entries)
}

/** Hours from now of what is due, nothing of when a job ended, and all of what orders priorities. */
function scoresOf(suffix: string, items: readonly string[]): unknown[] {
  const now = Date.now()
  return items.map((item, i) => {
    if (i % 2 === 0) return item
    if (suffix === 'delayed') return Math.round((Number(item) / 4096 - now) / hour)
    if (suffix === 'marker') return item === '0' ? 0 : Math.round((Number(item) - now) / hour)
    return suffix === 'prioritized' || suffix === 'priority' ? item : null
  })
}

function eventsOf(entries: readonly [string, string[]][]): Record<string, unknown>[] {
  return entries.map(([, fields]) => {
    const event: Record<string, unknown> = {}
    for (let i = 0; i < fields.length; i += 2) event[fields[i] ?? ''] = fields[i + 1]
    if ('delay' in event) event.delay = Math.round((Number(event.delay) - Date.now()) / hour)
    return event
  })
}
