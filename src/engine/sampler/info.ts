import type { RedisStats } from '../../domain/sample.ts'

/** What INFO tells, as far as screens and charts want it. */
export interface ServerInfo {
  readonly stats: RedisStats
  readonly rssBytes: number
  /** Redis' own short form of the memory in use: "2.50M". */
  readonly usedMemoryHuman: string
}

/** The fields of an INFO reply by name; headings and blank lines are left out. */
export function infoFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}

/** Reads an INFO reply (Redis 5 to 8, Valkey); what a server does not tell is 0, or "unknown" where it is text. */
export function parseInfo(text: string): ServerInfo {
  const fields = infoFields(text)
  const number = (name: string) => Number.parseFloat(fields.get(name) ?? '') || 0
  const maxmemoryPolicy = fields.get('maxmemory_policy') ?? 'unknown'
  let keys = 0
  for (const [name, value] of fields) if (/^db\d+$/.test(name)) keys += Number(/keys=(\d+)/.exec(value)?.[1] ?? 0)
  return {
    rssBytes: number('used_memory_rss'),
    usedMemoryHuman: fields.get('used_memory_human') ?? 'unknown',
    stats: {
      version: fields.get('redis_version') ?? 'unknown',
      usedMemoryBytes: number('used_memory'),
      peakMemoryBytes: number('used_memory_peak'),
      maxMemoryBytes: number('maxmemory'),
      maxmemoryPolicy,
      policyCanEvictQueues: canEvictQueues(maxmemoryPolicy),
      fragmentation: number('mem_fragmentation_ratio'),
      keys,
      clients: number('connected_clients'),
      blockedClients: number('blocked_clients'),
      opsPerSecond: number('instantaneous_ops_per_sec'),
      evictedKeys: number('evicted_keys'),
      expiredKeys: number('expired_keys'),
      uptimeSeconds: number('uptime_in_seconds'),
      role: fields.get('role') ?? 'unknown',
    },
  }
}

/**
 * Whether a maxmemory-policy may drop keys that have no TTL, as queues have none: the `allkeys-` ones do. The
 * `volatile-` ones drop keys with a TTL only, which spares queues but not tracked requests nor this console's trash.
 */
export function canEvictQueues(policy: string): boolean {
  return policy.startsWith('allkeys-')
}
